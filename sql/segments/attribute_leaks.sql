-- One row per attribute that any account has: whether the ICP may be learned from it, or it gives the outcome away. A
-- leak is known only after the sale, or only for customers, and would look like the best trait of all. The first of
-- seven rules that an attribute breaks decides, and says so in a sentence.
with
-- The outcome that the attribute explains most.
explained as (
    select
        explained_outcomes.*,
        row_number() over (
            partition by attribute
            order by
                case when is_decisive then 0 when is_too_much then 1 else 2 end, explained_share desc, outcome asc
        ) as place
    from segments.explained_outcomes
),

measures as (
    select
        fills.*,
        coalesce(attributes.type, 'categorical') = 'multi' as has_many_values,
        case explained.outcome when 'win' then 'which deals are won' when 'quality' then 'how customers turn out' end
            as explained_outcome,
        explained.explained_share,
        explained.is_too_much,
        explained.is_decisive,
        explained.honest_share,
        changes.closings,
        changes.changes_after_close,
        changes.expected_changes
    from segments.attribute_fills as fills
    left join explained on fills.attribute = explained.attribute and explained.place = 1
    left join core.later_changes as changes on fills.attribute = changes.attribute
    left join settings.attributes as attributes on fills.attribute = attributes.attribute
),

-- Each value of a multi-valued attribute has a date of its own, so the late ones can be left out one by one: that a
-- customer took up a technology later is not a leak. A field with one value was overwritten as a whole. Values dated
-- before the sale, such as trial use, were known in time, however few prospects got that far. A handful of values proves
-- nothing: it takes five late ones, or ten customers that have a value and ten prospects expected to have one.
judged as (
    select
        measures.*,
        cast(cast(round(100 * explained_share) as integer) as varchar) || ' % of ' || explained_outcome as explained_part,
        case
            when not has_many_values and late_values >= 5 and late_share >= 0.2 then 'recorded_after_the_sale'
            when not has_many_values and late_values + late_lost_values >= 5
                and late_values + late_lost_values >= 0.2 * (dated_values + dated_lost_values)
                then 'recorded_after_the_close'
            when not has_many_values and changes_after_close >= 5
                and changes_after_close >= 0.2 * closings and changes_after_close >= 4 * expected_changes
                then 'written_with_the_close'
            when filled_customers >= 10 and prospects * fill_customers >= 10
                and fill_prospects < 0.25 * fill_customers
                and dated_values - late_values < 0.5 * customer_values
                then 'unknown_for_prospects'
            when filled_prospects >= 10 and filled_customers >= 10
                and default_share_prospects >= 0.9 and default_share_customers <= 0.5
                then 'one_default_for_prospects'
            when is_decisive then 'gives_the_result_away'
            when is_too_much then 'explains_too_much'
            else 'none'
        end as rule
    from measures
),

worded as (
    select
        judged.*,
        case rule when 'none' then 'ok' when 'explains_too_much' then 'warn' else 'block' end as verdict,
        case rule
            when 'recorded_after_the_sale'
                then cast(late_values as varchar) || ' of ' || cast(dated_values as varchar)
                || ' dated values of customers were recorded after the sale'
            when 'unknown_for_prospects'
                then 'known for ' || cast(cast(round(100 * fill_customers) as integer) as varchar)
                || ' % of customers, but for '
                || cast(cast(round(100 * fill_prospects) as integer) as varchar) || ' % of prospects'
            when 'one_default_for_prospects'
                then cast(cast(round(100 * default_share_prospects) as integer) as varchar)
                || ' % of prospects carry ''' || default_level || ''', but '
                || cast(cast(round(100 * default_share_customers) as integer) as varchar) || ' % of customers'
            when 'recorded_after_the_close'
                then cast(late_values + late_lost_values as varchar) || ' of '
                || cast(dated_values + dated_lost_values as varchar)
                || ' dated values of accounts with closed deals were recorded after the deal closed'
            when 'written_with_the_close'
                then 'of ' || cast(closings as varchar) || ' accounts whose deals closed between runs, '
                || cast(changes_after_close as varchar) || ' had it changed at the close or in the 90 days after ('
                || cast(cast(round(expected_changes, 1) as decimal(18, 1)) as varchar) || ' expected from the other accounts)'
            when 'none' then null
            else 'it explains ' || explained_part || ', the strongest unsuspected attribute only '
                || cast(cast(round(100 * honest_share) as integer) as varchar) || ' %'
        end as evidence
    from judged
)

select
    -- #not_null #unique
    worded.attribute,
    -- Rule that it breaks; `none` if it breaks none. #not_null
    -- #accepted[recorded_after_the_sale,recorded_after_the_close,written_with_the_close,unknown_for_prospects,one_default_for_prospects,gives_the_result_away,explains_too_much,none]
    worded.rule,
    -- Blocked attributes are not learned from; a warning asks somebody to look. #not_null #accepted[block,warn,ok]
    worded.verdict,
    -- The figures that broke the rule; NULL when none is broken.
    worded.evidence,
    -- The finding as a sentence; NULL when there is none.
    case worded.verdict
        when 'block' then 'Attribute ' || worded.attribute || ' is excluded: ' || worded.evidence || '.'
        when 'warn' then 'Attribute ' || worded.attribute || ' may give the outcome away: ' || worded.evidence
            || '. The data cannot tell whether it is that strong or was filled in from the outcome, so it is still used.'
    end as message,
    -- Share of customers whose value is known. #between[0,1]
    worded.fill_customers,
    -- Share of prospects whose value is known. #between[0,1]
    worded.fill_prospects,
    -- Share of customers' dated values that were recorded after the sale. #between[0,1]
    worded.late_share,
    -- Outcome that its levels explain most of, in words: how customers turn out, or which deals are won; NULL without
    -- observations.
    worded.explained_outcome,
    -- Share of the variance of that outcome that its levels explain, corrected for their number. #between[0,1]
    worded.explained_share,
    -- What to check before anybody relies on its criteria or points; NULL where there is nothing.
    case when worded.verdict = 'warn'
        then 'Check ' || worded.attribute || ' first: it explains ' || worded.explained_part
            || ', so it may be filled in from that. The warning LEAKY_ATTRIBUTE says what to do.'
    end as doubt
from worded
