select icp_id, comparison, source, phrase, accounts_a, accounts_b, n_a, n_b, log_odds, ci_low, ci_high, z, p_family, verdict
from voice.phrases
where verdict <> 'undecided'
order by icp_id, comparison, source, abs(z) desc nulls last, accounts_a + accounts_b desc, phrase
