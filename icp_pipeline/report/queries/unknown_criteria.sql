with
wanted as (
    select distinct icp_id, attribute from icp.criteria
)

select members.icp_id, members.account_id, wanted.attribute
from core.icp_members as members
inner join wanted on members.icp_id = wanted.icp_id
where members.account_id in (select account_id from shown) and not exists (
    select 1 from core.account_attributes as known
    where members.account_id = known.account_id and wanted.attribute = known.attribute and not known.is_blank
)
