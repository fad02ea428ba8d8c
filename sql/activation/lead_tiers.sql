-- One row per lead: its best tier over its ICPs, and what else the routing rules of icp.yaml may ask for.
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
    -- #not_null #unique #same_count_as[core.leads]
    leads.lead_id,
    -- ICP that decides; NULL if it belongs to none.
    ranked.icp_id,
    -- Its tier there. #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    coalesce(ranked.tier, 'unscored') as tier,
    -- Its grade there.
    ranked.grade,
    -- Why it is in that tier. #not_null
    coalesce(ranked.reasons, 'no ICP is about it') as reasons,
    -- Relationship of its account to us; `prospect` for a lead without an account, and for a converted one. #not_null
    case
        when leads.is_converted then 'prospect' else coalesce(accounts.relationship, 'prospect')
    end as relationship,
    -- Seniority from its job title.
    leads.seniority,
    -- Country of its account, else its own.
    case when leads.is_converted then leads.country else coalesce(accounts.country, leads.country) end as country,
    -- Name of the form.
    leads.form,
    -- Key of the leads that share a route on one day: the account, else the domain, else the lead itself. #not_null
    case
        when leads.is_converted then leads.lead_id
        else coalesce(matches.account_id, 'domain ' || leads.domain, leads.lead_id)
    end as company
from core.leads
inner join core.lead_matches as matches on leads.lead_id = matches.lead_id
left join core.accounts as accounts on matches.account_id = accounts.account_id
left join ranked on leads.lead_id = ranked.lead_id and ranked.place = 1
