-- One row per attribute that earlier runs watched in the year up to the as-of date: how often its value was written
-- when a deal closed or in the 90 days after, and how often other accounts' values were written in the same nights.
-- Daily exports carry no dates: whatever differs from the run before was written in between.
with
recent as (
    select
        changes.*,
        row_number() over (partition by changes.attribute order by changes.as_of, changes.run_id) as place
    from history.attribute_changes as changes
    cross join settings.run as run
    where date_diff('day', changes.as_of, run.as_of) between 0 and 365
)

select
    -- #not_null #unique
    attribute,
    -- Accounts whose deals closed while they were watched, or in the 90 days before. #not_null
    cast(sum(case when place = 1 then closed_accounts else new_closings end) as bigint) as closings,
    -- Values written when a deal closed or in the 90 days after. #not_null
    cast(sum(closed_changes) as bigint) as changes_after_close,
    -- Values that would have been written if these accounts were like the others. #not_null #finite
    round(
        cast(
            sum(cast(1.0 * closed_accounts * other_changes / nullif(other_accounts, 0) as decimal(28, 9))) as double
        ),
        6
    ) as expected_changes
from recent
where other_accounts > 0
group by attribute
