-- One row per account and trait that content.yaml may use: company traits, and whether the account gets the path for
-- companies outside the ICP. Only traits that the ladders ask for.
with
text_traits as (
    select distinct attribute, trait
    from activation.website_rungs
    where kind = 'segment' and not is_flag
),

flag_traits as (
    select distinct attribute, level, trait, value
    from activation.website_rungs
    where kind = 'segment' and is_flag
),

-- One row if a slot has a variant for companies outside the ICP, else none.
self_serve as (
    select distinct trait, value
    from activation.website_rungs
    where kind = 'self_serve'
),

facts as (
    select attributes.account_id, text_traits.trait, attributes.level as value
    from core.account_attributes as attributes
    inner join text_traits on attributes.attribute = text_traits.attribute
    where not attributes.is_blank
    union all
    select attributes.account_id, flag_traits.trait, flag_traits.value
    from core.account_attributes as attributes
    inner join flag_traits
        on attributes.attribute = flag_traits.attribute and attributes.level = flag_traits.level
    where not attributes.is_blank
    union all
    select tiers.account_id, self_serve.trait, self_serve.value
    from icp.account_tiers as tiers
    cross join self_serve
    where tiers.icp_id = 'primary' and tiers.tier = 'not_icp'
)

select
    -- #not_null #unique_with[trait] #references[core.accounts.account_id]
    facts.account_id,
    -- Name of the trait in the flag files. #not_null
    facts.trait,
    -- Its value; a single one, so that flags and tables decide alike. #not_null
    min(facts.value) as value
from facts
group by facts.account_id, facts.trait
