-- One row per ICP, comparison and source of text: whether there is enough to say anything. Empty while `language` is off.
select
    -- Ideal customer profile. #not_null
    sources.icp_id,
    -- What is compared. #not_null #unique_with[icp_id,source]
    sources.comparison,
    -- Which text. #not_null
    sources.source,
    -- Accounts of side a with such text. #not_null
    sources.n_a,
    -- Accounts of side b with such text. #not_null
    sources.n_b,
    -- Accounts that side a lacks to be compared; NULL where one side alone can have such text.
    sources.missing_a,
    -- Accounts that side b lacks to be compared; NULL where one side alone can have such text.
    sources.missing_b
from history.language_sources as sources
