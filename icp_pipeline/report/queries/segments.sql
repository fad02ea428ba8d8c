select * from segments.segment_lift where verdict <> 'too_few'
