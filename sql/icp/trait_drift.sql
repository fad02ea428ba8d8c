-- One row per attribute of the live ICP: how far its values in the market have moved since the version was learned.
-- Population stability index over accounts that are not customers, less what two samples of these sizes would show
-- without any change. Accounts of one parent count once per value, so that newly landed subsidiaries are not a change
-- of the market; if the version counted each account, each counts today. An attribute with several values counts each
-- of them. Versions without stored shares have no rows.
with
live as (
    select distinct
        versions.icp_id,
        versions.icp_version,
        kept.attribute
    from icp.live_versions as versions
    inner join history.icp_trait_shares as kept
        on versions.icp_id = kept.icp_id and versions.icp_version = kept.icp_version
),

counts_now as (
    select
        members.icp_id,
        attributes.attribute,
        attributes.level,
        count(distinct case
            when versions.counts_parents then coalesce(parents.ultimate_parent_id, members.account_id)
            else members.account_id
        end) as n
    from icp.live_versions as versions
    inner join core.icp_members as members on versions.icp_id = members.icp_id
    inner join core.account_relationships as relationships on members.account_id = relationships.account_id
    inner join core.account_attributes as attributes on members.account_id = attributes.account_id
    left join core.account_parents as parents on members.account_id = parents.account_id
    where relationships.is_in_market
    group by members.icp_id, attributes.attribute, attributes.level
),

counts as (
    select live.icp_id, live.icp_version, live.attribute, kept.level, kept.n as n_then, 0 as n_now
    from live
    inner join history.icp_trait_shares as kept
        on live.icp_id = kept.icp_id and live.icp_version = kept.icp_version and live.attribute = kept.attribute
    union all
    select live.icp_id, live.icp_version, live.attribute, counts_now.level, 0 as n_then, counts_now.n as n_now
    from live
    inner join counts_now on live.icp_id = counts_now.icp_id and live.attribute = counts_now.attribute
),

levels as (
    select
        icp_id,
        icp_version,
        attribute,
        level,
        sum(n_then) as n_then,
        sum(n_now) as n_now
    from counts
    group by icp_id, icp_version, attribute, level
),

sized as (
    select
        levels.*,
        count(*) over (partition by icp_id, attribute) as n_levels,
        sum(n_then) over (partition by icp_id, attribute) as total_then,
        sum(n_now) over (partition by icp_id, attribute) as total_now
    from levels
),

-- Half a count is added to each level, so that one that came or went is not an infinite change.
shares as (
    select
        icp_id,
        icp_version,
        attribute,
        level,
        n_levels,
        total_then,
        total_now,
        cast(n_then as double) / nullif(total_then, 0) as share_then,
        cast(n_now as double) / nullif(total_now, 0) as share_now,
        (n_then + 0.5) / nullif(total_then + 0.5 * n_levels, 0) as smooth_then,
        (n_now + 0.5) / nullif(total_now + 0.5 * n_levels, 0) as smooth_now
    from sized
    -- Too few values for a distribution, then or now.
    where total_then >= 30 and total_now >= 30
),

parts as (
    select
        shares.*,
        cast((smooth_now - smooth_then) * ln(smooth_now / nullif(smooth_then, 0)) as decimal(18, 12)) as part
    from shares
),

ranked as (
    select
        parts.*,
        row_number() over (partition by icp_id, attribute order by part desc, level asc) as importance,
        sum(part) over (partition by icp_id, attribute) as total_part
    from parts
)

select
    -- #not_null
    ranked.icp_id,
    -- Live ICP version. #not_null
    ranked.icp_version,
    -- #not_null #unique_with[icp_id]
    ranked.attribute,
    -- The value whose share changed most. #not_null
    ranked.level,
    -- Its share of all values when the version was learned. #not_null #between[0,1]
    ranked.share_then,
    -- Its share now. #not_null #between[0,1]
    ranked.share_now,
    -- Values known when the version was learned, once per parent or account. #not_null
    cast(ranked.total_then as bigint) as n_then,
    -- Values known now, counted alike. #not_null
    cast(ranked.total_now as bigint) as n_now,
    -- Population stability index beyond chance: 0 if nothing moved; above 0.25 it is a different market. #not_null
    -- #finite
    round(
        greatest(
            0.0,
            cast(ranked.total_part as double)
            - (ranked.n_levels - 1) * (1.0 / nullif(ranked.total_then, 0) + 1.0 / nullif(ranked.total_now, 0))
        ),
        9
    ) as psi
from ranked
where ranked.importance = 1
