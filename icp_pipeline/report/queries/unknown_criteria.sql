with
wanted as (
    select distinct icp_id, attribute from icp.criteria
)

select tiers.icp_id, tiers.account_id, wanted.attribute
from icp.account_tiers as tiers
inner join wanted on tiers.icp_id = wanted.icp_id
where not exists (
    select 1 from core.account_attributes as known
    where tiers.account_id = known.account_id and wanted.attribute = known.attribute
)
