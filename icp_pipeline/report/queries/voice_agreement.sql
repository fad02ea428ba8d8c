select icp_id, tier, respondents, agrees, too_high, too_low, rate, rate_low, rate_high
from voice.agreement
order by icp_id, case tier when 'tier_1' then 1 when 'tier_2' then 2 when 'tier_3' then 3 when 'not_icp' then 4 else 5 end
