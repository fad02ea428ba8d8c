select icp_id, attribute, segment, says, respondents, against, asked, is_recorded, ranked_customers
from voice.provisional_criteria
order by icp_id, case says when 'better' then 1 else 2 end, respondents - against desc, attribute, segment
