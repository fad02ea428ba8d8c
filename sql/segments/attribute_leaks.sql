-- One row per attribute that any account has: whether it may be learned from, or gives the outcome away.
-- A leak is known only after the sale, or only for customers; it would look like the best trait of all.
with
run as (
    select as_of from settings.run
),

accounts as (
    select
        accounts.account_id,
        case when customers.account_id is not null then 1 else 0 end as is_customer,
        cast(coalesce(customers.won_at, customers.customer_since) as date) as won_on
    from core.accounts as accounts
    left join core.customers as customers on accounts.account_id = customers.account_id
),

groups as (
    select
        cast(sum(is_customer) as double) as customers,
        cast(sum(1 - is_customer) as double) as prospects
    from accounts
),

known_values as (
    select
        attributes.account_id,
        attributes.attribute,
        attributes.level,
        accounts.is_customer,
        case
            when accounts.is_customer = 0 or attributes.known_at is null or accounts.won_on is null then null
            when cast(attributes.known_at as date) > accounts.won_on then 1
            else 0
        end as is_late
    from core.account_attributes as attributes
    inner join accounts on attributes.account_id = accounts.account_id
    where attributes.level is not null
),

-- Undated values say nothing about when they were recorded: they are not in the share.
fills as (
    select
        attribute,
        count(distinct case when is_customer = 1 then account_id end) as filled_customers,
        count(distinct case when is_customer = 0 then account_id end) as filled_prospects,
        sum(is_customer) as customer_values,
        count(is_late) as dated_values,
        coalesce(sum(is_late), 0) as late_values
    from known_values
    group by attribute
),

level_counts as (
    select
        attribute,
        level,
        sum(is_customer) as customers,
        sum(1 - is_customer) as prospects
    from known_values
    group by attribute, level
),

prospect_defaults as (
    select
        attribute,
        level,
        customers,
        prospects,
        row_number() over (partition by attribute order by prospects desc, customers, level) as place
    from level_counts
),

level_outcomes as (
    select
        attributes.attribute,
        attributes.level,
        count(*) as observations,
        cast(sum(cast(observations.y as decimal(18, 9))) as double) as total_y
    from outcomes.observations as observations
    inner join core.account_attributes as attributes on observations.account_id = attributes.account_id
    where
        observations.outcome = 'quality'
        and attributes.level is not null
        and (attributes.known_at is null or cast(attributes.known_at as date) <= observations.observed_at)
    group by attributes.attribute, attributes.level
    having count(*) >= 5
),

-- Share of the variance of y between the levels; y = 6 (percentile - 1/2) has variance 3.
explained as (
    select
        attribute,
        count(*) as levels,
        sum(observations) as observations,
        round(
            sum(total_y * total_y / nullif(observations, 0)) - sum(total_y) * sum(total_y) / nullif(sum(observations), 0), 6
        ) as between_levels
    from level_outcomes
    group by attribute
),

-- Beyond chance: under it the excess over (levels - 1) has variance 2 (levels - 1). On fewer than 60 customers the
-- largest of many honest attributes still looks like a leak in one company of seven.
explained_shares as (
    select
        attribute,
        observations >= 60
        and cast(between_levels as double) / 3 - (levels - 1) >= 4 * sqrt(2.0 * greatest(levels - 1, 1))
            as is_beyond_chance,
        round(
            least(
                1,
                greatest(
                    0,
                    1 - (1 - cast(between_levels as double) / 3 / nullif(observations, 0)) * (observations - 1)
                    / greatest(observations - levels, 1)
                )
            ),
            6
        ) as explained_share
    from explained
),

-- Each attribute against the strongest of the others.
explained_ranks as (
    select
        attribute,
        explained_share,
        is_beyond_chance,
        row_number() over (order by explained_share desc, attribute nulls first) as place,
        coalesce(lead(explained_share) over (order by explained_share desc, attribute nulls first), 0.0) as next_share
    from explained_shares
),

measures as (
    select
        fills.attribute,
        fills.filled_customers,
        fills.filled_prospects,
        fills.customer_values,
        fills.dated_values,
        fills.late_values,
        prospect_defaults.level as default_level,
        groups.prospects,
        coalesce(attributes.type, 'categorical') = 'multi' as has_many_values,
        fills.filled_customers / nullif(groups.customers, 0) as fill_customers,
        fills.filled_prospects / nullif(groups.prospects, 0) as fill_prospects,
        cast(fills.late_values as double) / nullif(fills.dated_values, 0) as late_share,
        cast(prospect_defaults.prospects as double) / nullif(fills.filled_prospects, 0) as default_share_prospects,
        cast(prospect_defaults.customers as double) / nullif(fills.filled_customers, 0) as default_share_customers,
        explained_ranks.explained_share,
        explained_ranks.is_beyond_chance,
        explained_ranks.place,
        explained_ranks.next_share
    from fills
    cross join groups
    inner join prospect_defaults on fills.attribute = prospect_defaults.attribute and prospect_defaults.place = 1
    left join explained_ranks on fills.attribute = explained_ranks.attribute
    left join settings.attributes as attributes on fills.attribute = attributes.attribute
),

-- Each value of a multi-valued attribute has a date of its own, so the late ones can be left out one by one:
-- that a customer took up a technology later is no leak. A field with one value was overwritten as a whole.
-- Values dated before the sale, such as trial use, were known in time, however few prospects got that far.
-- A handful of values proves nothing: five late ones are needed to judge, or ten customers that have a value and ten
-- prospects expected to have one. With few customers that takes a field that nearly all of them had overwritten.
judged as (
    select
        attribute,
        dated_values,
        late_values,
        default_level,
        fill_customers,
        fill_prospects,
        late_share,
        default_share_prospects,
        default_share_customers,
        explained_share,
        next_share,
        case
            when late_values >= 5 and late_share >= 0.2 and not has_many_values then 'recorded_after_the_sale'
            when filled_customers >= 10
                and prospects * fill_customers >= 10
                and fill_prospects < 0.25 * fill_customers
                and dated_values - late_values < 0.5 * customer_values
                then 'unknown_for_prospects'
            when filled_prospects >= 10
                and filled_customers >= 10
                and default_share_prospects >= 0.9
                and default_share_customers <= 0.5
                then 'one_default_for_prospects'
            when place = 1 and is_beyond_chance and explained_share >= 0.25 and explained_share >= 2.5 * next_share
                then 'explains_too_much'
            else 'none'
        end as rule
    from measures
),

worded as (
    select
        attribute,
        rule,
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
            when 'explains_too_much'
                then 'it explains ' || cast(cast(round(100 * explained_share) as integer) as varchar)
                || ' % of how customers turn out, the next attribute '
                || cast(cast(round(100 * next_share) as integer) as varchar) || ' %'
        end as evidence,
        fill_customers,
        fill_prospects,
        late_share,
        explained_share
    from judged
)

select
    -- The attribute. #not_null #unique
    worded.attribute,
    -- Rule that it breaks, none if it breaks none. #not_null #accepted[recorded_after_the_sale,unknown_for_prospects,one_default_for_prospects,explains_too_much,none]
    worded.rule,
    -- Blocked attributes are not learned from; a warning asks somebody to look. #not_null #accepted[block,warn,ok]
    worded.verdict,
    -- The figures that broke the rule; NULL when none is broken.
    worded.evidence,
    -- The finding as a sentence; NULL when there is none.
    case worded.verdict
        when 'block' then 'Attribute ' || worded.attribute || ' is set aside: ' || worded.evidence || '.'
        when 'warn'
            then 'Attribute ' || worded.attribute || ' may give the outcome away: ' || worded.evidence
            || '. Check when it is filled in, or switch it off in the settings.'
    end as message,
    -- Share of customers for which it is known. #between[0,1]
    worded.fill_customers,
    -- Share of prospects for which it is known. #between[0,1]
    worded.fill_prospects,
    -- Share of the dated values of customers that were recorded after the sale. #between[0,1]
    worded.late_share,
    -- Share of the variance of customer outcomes that its levels explain, corrected for their number. #between[0,1]
    worded.explained_share
from worded
