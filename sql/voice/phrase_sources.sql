-- One row per ICP, comparison and source of text: whether there is enough text to compare. Empty while `language` is
-- off.
select
    -- #not_null
    sources.icp_id,
    -- What is compared. #not_null #unique_with[icp_id,source]
    sources.comparison,
    -- Kind of text. #not_null
    sources.source,
    -- Accounts of side a with such text. #not_null
    sources.n_a,
    -- Accounts of side b with such text. #not_null
    sources.n_b,
    -- How many more accounts side a needs; NULL if only one side can have such text.
    sources.missing_a,
    -- How many more accounts side b needs; NULL if only one side can have such text.
    sources.missing_b
from history.language_sources as sources
