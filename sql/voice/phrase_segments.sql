-- One row per ICP, source of text, phrase and segment in which at least five accounts used it. Empty while `language` is off.
select
    -- Ideal customer profile. #not_null
    segments.icp_id,
    -- Which text. #not_null
    segments.source,
    -- The phrase. #not_null
    segments.phrase,
    -- What the segment is a part by: industry, employees, region or tier. #not_null
    segments.attribute,
    -- Segment. #not_null #unique_with[icp_id,source,phrase,attribute]
    segments.segment,
    -- Accounts of the segment that used it. #not_null
    segments.accounts,
    -- Accounts of the segment with such text. #not_null
    segments.n,
    -- Share of them that used it. #between[0,1]
    cast(segments.accounts as double) / nullif(segments.n, 0) as share
from history.language_segments as segments
