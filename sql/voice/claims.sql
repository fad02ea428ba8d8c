-- One row per ICP and claim made in an interview: a segment, and that it turns out better or worse than the rest. Each
-- respondent has one vote per segment: the last one.
with
-- In the spelling of sources and bins, or read as a spelling in icp.yaml or of a country; a value that no account has
-- keeps the respondent's spelling.
known_spellings as (
    select distinct attribute, lower(level) as segment_key, level as segment, 1 as preference
    from core.account_attributes
    where level is not null
    union all
    select attribute, lower(segment) as segment_key, segment, 2 as preference
    from settings.bin_ranges
    union all
    select attribute, lower(level) as segment_key, grouped_level as segment, 3 as preference
    from settings.level_groups
    union all
    select 'country' as attribute, lower(country) as segment_key, country_name as segment, 4 as preference
    from settings.country_regions
),

ranked_spellings as (
    select
        attribute,
        segment_key,
        segment,
        row_number() over (partition by attribute, segment_key order by preference asc, segment asc) as place
    from known_spellings
),

spellings as (
    select attribute, segment_key, segment
    from ranked_spellings
    where place = 1
),

said as (
    select
        interviews.respondent,
        interviews.attribute,
        coalesce(spellings.segment, trim(interviews.segment)) as segment,
        lower(coalesce(spellings.segment, trim(interviews.segment))) as segment_key,
        interviews.says,
        interviews.held_on,
        interviews.is_not_recorded,
        row_number() over (
            partition by
                interviews.respondent,
                interviews.attribute,
                lower(coalesce(spellings.segment, trim(interviews.segment)))
            order by interviews.held_on desc, interviews.source_path desc, interviews.source_line desc
        ) as recency
    from staging.interviews as interviews
    cross join settings.run as run
    left join spellings
        on interviews.attribute = spellings.attribute and lower(trim(interviews.segment)) = spellings.segment_key
    where interviews.topic = 'claim' and interviews.held_on <= run.as_of
),

-- First date of the claim: an outcome that began earlier may be what it is based on.
votes as (
    select
        last_said.respondent,
        last_said.attribute,
        last_said.segment,
        last_said.segment_key,
        last_said.says,
        last_said.is_not_recorded,
        min(earlier.held_on) as first_said_on
    from said as last_said
    inner join said as earlier
        on last_said.respondent = earlier.respondent
        and last_said.attribute = earlier.attribute
        and last_said.segment_key = earlier.segment_key
        and last_said.says = earlier.says
    where last_said.recency = 1
    group by
        last_said.respondent,
        last_said.attribute,
        last_said.segment,
        last_said.segment_key,
        last_said.says,
        last_said.is_not_recorded
),

claimed as (
    select
        attribute,
        segment_key,
        says,
        min(segment) as segment,
        string_agg(respondent, ', ' order by respondent nulls first) as said_by,
        count(*) as respondents,
        min(first_said_on) as first_said_on,
        max(case when is_not_recorded then 1 else 0 end) as is_not_recorded
    from votes
    group by attribute, segment_key, says
)

select
    -- #not_null
    icps.icp_id,
    -- Attribute, by its key in icp.yaml, or as the respondent called it. #not_null
    claimed.attribute,
    -- Segment, as the data spell it if they have it. #not_null
    claimed.segment,
    -- better or worse: how the respondents say the segment turns out against the rest. #not_null
    -- #accepted[better,worse] #unique_with[icp_id,attribute,segment]
    claimed.says,
    -- Codes of the respondents who said so. #not_null
    claimed.said_by,
    -- Number of respondents who said so. #not_null
    cast(claimed.respondents as bigint) as respondents,
    -- Day on which the first of them said it. #not_null
    claimed.first_said_on,
    -- Whether an attribute records it. #not_null
    claimed.is_not_recorded = 0 and coalesce(attributes.is_enabled, false) as is_recorded
from claimed
cross join settings.icps as icps
left join settings.attributes as attributes on claimed.attribute = attributes.attribute
