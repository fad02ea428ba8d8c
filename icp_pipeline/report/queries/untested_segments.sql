select outcome, count(*) as segments from segments.segment_lift where verdict = 'too_few' group by outcome
