-- The best tier of each lead over its ICPs, and what else the rules of icp.yaml may ask of it.
with
ranked as (
    select
        lead_scores.*,
        row_number() over (
            partition by lead_id
            order by
                case tier when 'tier_1' then 1 when 'tier_2' then 2 when 'tier_3' then 3 when 'unscored' then 4 else 5
                end asc,
                case when icp_id = 'primary' then 0 else 1 end asc,
                icp_id asc
        ) as place
    from icp.lead_scores
)

select
    -- Lead. #not_null #unique #same_count_as[core.leads]
    leads.lead_id,
    -- ICP that decides; NULL where no ICP is about it.
    ranked.icp_id,
    -- Its tier there. #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    coalesce(ranked.tier, 'unscored') as tier,
    -- Its grade there.
    ranked.grade,
    -- Why it is in that tier. #not_null
    coalesce(ranked.reasons, 'no ICP is about it') as reasons,
    -- What its account is; a lead of none, and a converted one, is a prospect. #not_null
    case
        when leads.is_converted then 'prospect' else coalesce(accounts.relationship, 'prospect')
    end as relationship,
    -- Seniority that its title names.
    leads.seniority,
    -- Country of its account, else its own.
    case when leads.is_converted then leads.country else coalesce(accounts.country, leads.country) end as country,
    -- Form that was sent off.
    leads.form,
    -- Whose leads of one day go one way: its account, else its domain, else the lead alone. #not_null
    case
        when leads.is_converted then leads.lead_id
        else coalesce(matches.account_id, 'domain ' || leads.domain, leads.lead_id)
    end as company
from core.leads
inner join core.lead_matches as matches on leads.lead_id = matches.lead_id
left join core.accounts as accounts on matches.account_id = accounts.account_id
left join ranked on leads.lead_id = ranked.lead_id and ranked.place = 1
