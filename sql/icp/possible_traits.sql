-- One row per account, ICP and value that an unknown trait may have, if it might move the tier: what knowing it would
-- add. And two rows with everything unknown at its best and at its worst (`attribute` is NULL). #by[account_id]
with
standings as (
    select
        points.account_id,
        points.icp_id,
        points.fit_points as fit,
        points.fit_points + points.trigger_score as total,
        points.known_attributes < versions.min_known_attributes as is_unscored,
        versions.edge_a,
        versions.edge_b,
        versions.edge_d
    from icp.account_points as points
    inner join icp.live_versions as versions on points.icp_id = versions.icp_id
    where points.fit_points is not null and versions.edge_b is not null and versions.criteria > 0
),

unknown_traits as (
    select standings.*, traits.attribute
    from standings
    inner join (select distinct icp_id, attribute from icp.trait_values) as traits on standings.icp_id = traits.icp_id
    left join (select distinct account_id, attribute from core.account_attributes) as known_traits
        on standings.account_id = known_traits.account_id and traits.attribute = known_traits.attribute
    where known_traits.attribute is null
),

-- Points move a tier only past an edge: values that pass none are dropped before they become rows.
-- tests/cli/test_what_if.py shows that this loses none.
single_values as (
    select
        unknown_traits.account_id,
        unknown_traits.icp_id,
        'trait' as case_kind,
        trait_values.attribute,
        trait_values.segment,
        trait_values.points as fit_added,
        trait_values.process_points as process_added,
        trait_values.counts_as_known as criteria_added,
        trait_values.disqualifies,
        trait_values.objects
    from unknown_traits
    inner join icp.trait_values as trait_values
        on unknown_traits.icp_id = trait_values.icp_id and unknown_traits.attribute = trait_values.attribute
    where
        trait_values.disqualifies
        or trait_values.objects
        -- A better buying process may lift an account that it holds at tier 2.
        or trait_values.process_points <> 0
        or (unknown_traits.is_unscored and trait_values.counts_as_known > 0)
        or (unknown_traits.total < unknown_traits.edge_a)
        <> (unknown_traits.total + trait_values.points < unknown_traits.edge_a)
        -- The edge from which a trigger can make tier 1 is one of these.
        or (unknown_traits.fit < unknown_traits.edge_a)
        <> (unknown_traits.fit + trait_values.points < unknown_traits.edge_a)
        or (unknown_traits.fit < unknown_traits.edge_b)
        <> (unknown_traits.fit + trait_values.points < unknown_traits.edge_b)
        or (unknown_traits.fit < unknown_traits.edge_d)
        <> (unknown_traits.fit + trait_values.points < unknown_traits.edge_d)
),

extremes as (
    select icp_id, attribute, 'best_of_unknown' as case_kind, points, process_points,
        counts_as_known, disqualifies, objects
    from icp.trait_values
    where best_place = 1
    union all
    select icp_id, attribute, 'worst_of_unknown' as case_kind, points, process_points,
        counts_as_known, disqualifies, objects
    from icp.trait_values
    where worst_place = 1
),

all_unknown as (
    select
        unknown_traits.account_id,
        unknown_traits.icp_id,
        extremes.case_kind,
        cast(null as varchar) as attribute,
        cast(null as varchar) as segment,
        cast(sum(extremes.points) as decimal(18, 9)) as fit_added,
        cast(sum(extremes.process_points) as decimal(18, 9)) as process_added,
        cast(sum(extremes.counts_as_known) as integer) as criteria_added,
        max(case when extremes.disqualifies then 1 else 0 end) = 1 as disqualifies,
        max(case when extremes.objects then 1 else 0 end) = 1 as objects
    from unknown_traits
    inner join extremes
        on unknown_traits.icp_id = extremes.icp_id and unknown_traits.attribute = extremes.attribute
    group by unknown_traits.account_id, unknown_traits.icp_id, extremes.case_kind
),

possible as (
    select account_id, icp_id, case_kind, attribute, segment,
        fit_added, process_added, criteria_added, disqualifies, objects
    from single_values
    union all
    select account_id, icp_id, case_kind, attribute, segment,
        fit_added, process_added, criteria_added, disqualifies, objects
    from all_unknown
)

select
    -- #not_null
    possible.account_id,
    -- #not_null
    possible.icp_id,
    -- trait: one trait. best_of_unknown, worst_of_unknown: all unknown traits together. #not_null
    -- #accepted[trait,best_of_unknown,worst_of_unknown]
    possible.case_kind,
    -- Trait; NULL for all of them.
    possible.attribute,
    -- Its value; NULL for any value about which nothing was learned.
    -- #unique_with[account_id,icp_id,case_kind,attribute]
    possible.segment,
    -- Log-odds that the fit would gain. #not_null
    possible.fit_added,
    -- Part of them that comes from the buying process. #not_null
    possible.process_added,
    -- How many more of the criteria's traits it would make known. #not_null
    possible.criteria_added,
    -- Whether it would be disqualified. #not_null
    possible.disqualifies,
    -- Whether it would meet a negative criterion of the buying process. #not_null
    possible.objects
from possible
