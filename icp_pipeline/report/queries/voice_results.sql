select icp_id, respondent, kind, verdict, cases, unworked, worked, won, rate, rate_low, rate_high, peers_rate
from voice.respondent_results
order by icp_id, kind desc, respondent, verdict
