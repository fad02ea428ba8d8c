with
scored as (
    select max(as_of) as as_of from icp.account_tiers
),

interviewed as (
    select count(distinct respondent) as interviewed
    from staging.interviews
    cross join scored
    where held_on <= scored.as_of
),

judged as (
    select
        count(case when kind = 'feedback' then 1 end) as feedback,
        count(case when kind = 'override' then 1 end) as overrides
    from voice.judgements
)

select interviewed.interviewed, judged.feedback, judged.overrides
from interviewed
cross join judged
