-- One row per account of the sheet that sales fills in: up to 20 over all tiers, best known accounts first, in an order
-- that gives nothing away. The tier is hidden, because people tend to agree with what they see. A version's sheet stays
-- the same for a quarter.
with
run as (
    select
        as_of,
        cast(extract(year from as_of) as varchar) || '/' || cast(extract(quarter from as_of) as varchar) as quarter
    from settings.run
),

worked as (
    select distinct account_id
    from core.deals
    where account_id is not null
),

candidates as (
    select
        accounts.account_id,
        accounts.name,
        accounts.domain,
        coalesce(accounts.domain, accounts.salesforce_account_id, accounts.hubspot_company_id) as account,
        accounts.industry,
        accounts.employees,
        accounts.country,
        tiers.relationship,
        tiers.tier,
        reasons.reason_text,
        case when accounts.is_customer or worked.account_id is not null then 0 else 1 end as is_unknown,
        md5(coalesce(tiers.icp_version, '') || '/' || run.quarter || '/' || accounts.account_id) as lot
    from core.accounts as accounts
    cross join run
    inner join icp.account_tiers as tiers on accounts.account_id = tiers.account_id and tiers.icp_id = 'primary'
    inner join exports.reason_texts as reasons
        on accounts.account_id = reasons.account_id and reasons.icp_id = 'primary'
    left join worked on accounts.account_id = worked.account_id
    where
        accounts.name is not null
        and tiers.relationship <> 'not_prospect'
        and tiers.tier <> 'unscored'
),

-- By turns from each tier, so that a small tier leaves its places to the others.
turns as (
    select
        candidates.*,
        row_number() over (partition by tier order by is_unknown asc, lot asc, account_id asc) as turn
    from candidates
    where account is not null
),

chosen as (
    select
        turns.*,
        row_number() over (order by turn asc, lot asc, account_id asc) as place
    from turns
),

shuffled as (
    select
        chosen.*,
        row_number() over (order by md5(lot) asc, account_id asc) as position
    from chosen
    where place <= 20
)

select
    -- Row of the sheet. #not_null #unique #between[1,20]
    cast(position as bigint) as position,
    -- Domain or CRM id; the filled-in sheet is matched by it. #not_null
    account,
    -- Company name. #not_null
    name,
    -- Industry.
    industry,
    -- Headcount.
    employees,
    -- Country.
    country,
    -- Relationship to us: customer, former_customer, open_deal or prospect. #not_null
    relationship,
    -- Signals of fit and of risk, in words.
    reason_text,
    -- Respondent's code, such as ae-3; to be filled in.
    cast(null as varchar) as respondent,
    -- Day of the answer; to be filled in.
    cast(null as date) as given_on,
    -- agrees, too_high (the account is worse than this sounds) or too_low; to be filled in.
    cast(null as varchar) as verdict,
    -- What the data lack; to be filled in.
    cast(null as varchar) as missing
from shuffled
