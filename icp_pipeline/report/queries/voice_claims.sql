select
    icp_id, attribute, segment, says, said_by, respondents, first_said_on, n, n_known, lift, ci_low, ci_high, q_value,
    n_needed, verdict, because, later_n, later_lift, later_ci_low, later_ci_high, later_verdict
from voice.hypotheses
order by
    icp_id,
    case verdict when 'supported' then 1 when 'contradicted' then 2 when 'undecided' then 3 else 4 end,
    respondents desc, attribute, segment, says
