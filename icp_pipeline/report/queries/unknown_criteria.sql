with
wanted as (
    select distinct icp_id, attribute from icp.criteria
),

known as (
    select distinct account_id, attribute from core.account_attributes
)

select tiers.icp_id, tiers.account_id, wanted.attribute
from icp.account_tiers as tiers
inner join wanted on tiers.icp_id = wanted.icp_id
left join known on tiers.account_id = known.account_id and wanted.attribute = known.attribute
where known.account_id is null
