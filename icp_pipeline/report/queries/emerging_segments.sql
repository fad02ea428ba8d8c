select attribute, segment, summary from segments.emerging_segments order by direction, q_value, attribute, segment
