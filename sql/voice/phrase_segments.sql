-- One row per ICP, source of text, phrase and segment in which at least five accounts used it. Empty while `language` is off.
select
    -- #not_null
    segments.icp_id,
    -- Kind of text. #not_null
    segments.source,
    -- Phrase, in lower case. #not_null
    segments.phrase,
    -- What the segment is a value of: industry, employees, region or tier. #not_null
    segments.attribute,
    -- #not_null #unique_with[icp_id,source,phrase,attribute]
    segments.segment,
    -- Accounts of the segment that used it. #not_null
    segments.accounts,
    -- Accounts of the segment with such text. #not_null
    segments.n,
    -- Share of them that used it. #between[0,1]
    cast(segments.accounts as double) / nullif(segments.n, 0) as share
from history.language_segments as segments
