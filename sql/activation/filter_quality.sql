-- One row per ICP and prospecting tool: how well its saved search finds tier 1 and 2 among our own accounts that have a
-- tier.
with
searches as (
    select distinct icp_id, tool from activation.search_values
)

select
    -- #not_null
    searches.icp_id,
    -- Prospecting tool. #not_null #unique_with[icp_id] #accepted[sales_navigator,apollo,linkedin_ads]
    searches.tool,
    -- Share of the found accounts that are tier 1 or 2; NULL if it finds none, or the tool has a filter for no
    -- criterion. #between[0,1]
    round(cast(counts.found_targets as double) / nullif(cast(counts.found as double), 0), 6) as precision,
    -- Share of tier 1 and 2 that the search finds. #between[0,1]
    round(cast(counts.found_targets as double) / nullif(cast(counts.targets as double), 0), 6) as recall,
    -- Our accounts with a tier.
    counts.accounts,
    -- Those of them in tier 1 or 2.
    counts.targets,
    -- Accounts that the search finds.
    counts.found,
    -- Those of them in tier 1 or 2.
    counts.found_targets,
    -- Number of filters that the search sets; further ones would lose more than they sort out.
    counts.filters_set,
    -- Number of filters that could be set.
    counts.filters,
    -- Accounts found with every filter set.
    every_filter.found as found_by_all,
    -- Those of them in tier 1 or 2.
    every_filter.found_targets as found_targets_by_all
from searches
left join activation.search_counts as counts
    on searches.icp_id = counts.icp_id and searches.tool = counts.tool and counts.preference = 1
left join activation.search_counts as every_filter
    on searches.icp_id = every_filter.icp_id
    and searches.tool = every_filter.tool
    and every_filter.filters_set = every_filter.filters
