-- One row per ICP, comparison, source of text and phrase that at least five accounts used: which side uses it more.
-- Empty while `language` is off in icp.yaml.
select
    -- Ideal customer profile whose accounts were compared. #not_null
    phrases.icp_id,
    -- What was compared: side a against side b. #not_null #accepted[best_vs_worst,won_vs_lost,tier_1_vs_rest]
    phrases.comparison,
    -- Kind of text. #not_null
    phrases.source,
    -- Phrase, in lower case. #not_null #unique_with[icp_id,comparison,source]
    phrases.phrase,
    -- Accounts of side a that used it. #not_null
    phrases.accounts_a,
    -- Accounts of side b that used it. #not_null
    phrases.accounts_b,
    -- Accounts of side a with such text. #not_null
    phrases.n_a,
    -- Accounts of side b with such text. #not_null
    phrases.n_b,
    -- How much more side a uses it, in log-odds, within industry and amount of text; NULL if only one side has such
    -- text.
    phrases.log_odds,
    -- Lower end of its 95 % interval.
    phrases.ci_low,
    -- Upper end of its 95 % interval.
    phrases.ci_high,
    -- log_odds divided by its standard error.
    phrases.z,
    -- Probability of so large a |z| for any phrase of this comparison if sides were random (family-wise p-value).
    phrases.p_family,
    -- What that means: more_a or more_b (p_family up to .05), undecided, or counted, where there is nothing to compare with.
    -- #not_null #accepted[more_a,more_b,undecided,counted]
    phrases.verdict
from history.language_phrases as phrases
