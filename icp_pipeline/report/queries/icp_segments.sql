select * from segments.icp_segment_lift where verdict <> 'too_few'
