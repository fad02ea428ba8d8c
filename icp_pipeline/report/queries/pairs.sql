select * from segments.segment_pair_lift where verdict <> 'too_few'
