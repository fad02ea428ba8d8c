-- One row per lead and ICP that it belongs to: its account's score if it has an account, else the score of what is
-- known about its company. What became of the lead plays no part: a converted lead keeps its last score from before, or
-- is scored by its own facts.
with
kept as (
    select lead_id, icp_id, basis, tier, grade, reasons, fit_points, fit_probability, fit_score, known_share,
        icp_version, as_of
    from history.lead_scores
    where not is_converted
),

kept_leads as (
    select distinct leads.lead_id
    from core.leads
    inner join kept on leads.lead_id = kept.lead_id
    where leads.is_converted
),

told_leads as (
    select distinct lead_id
    from core.lead_attributes
    where attribute <> 'lead_source'
),

scores as (
    select
        matches.lead_id,
        tiers.icp_id,
        'account' as basis,
        tiers.tier,
        tiers.grade,
        tiers.reasons,
        scores.fit_points,
        scores.fit_probability,
        scores.fit_score,
        scores.known_share,
        tiers.icp_version
    from core.lead_matches as matches
    inner join icp.account_tiers as tiers on matches.account_id = tiers.account_id
    inner join icp.account_scores as scores on tiers.account_id = scores.account_id and tiers.icp_id = scores.icp_id
    where matches.method in ('crm_link', 'domain')
    union all
    select
        fit.lead_id,
        fit.icp_id,
        case when told_leads.lead_id is null then 'none' else 'own_facts' end as basis,
        case when told_leads.lead_id is null then 'unscored' else positions.tier end as tier,
        case when told_leads.lead_id is not null then positions.grade end as grade,
        case
            when told_leads.lead_id is null then 'nothing is known about the company at ' || leads.domain
            else reasons.reasons
        end as reasons,
        fit.fit_points,
        fit.fit_probability,
        fit.fit_score,
        fit.known_share,
        fit.icp_version
    from icp.lead_fit as fit
    inner join icp.lead_positions as positions on fit.lead_id = positions.lead_id and fit.icp_id = positions.icp_id
    inner join icp.lead_reasons as reasons on fit.lead_id = reasons.lead_id and fit.icp_id = reasons.icp_id
    inner join core.leads on fit.lead_id = leads.lead_id
    left join told_leads on fit.lead_id = told_leads.lead_id
    union all
    -- Free mail, or no domain at all: no company.
    select
        matches.lead_id,
        versions.icp_id,
        'none' as basis,
        'unscored' as tier,
        cast(null as varchar) as grade,
        'no known company: '
        || case when leads.is_free_mail then 'free mail' else 'no domain' end as reasons,
        cast(null as decimal(18, 9)) as fit_points,
        cast(null as double) as fit_probability,
        cast(null as double) as fit_score,
        cast(null as double) as known_share,
        versions.icp_version
    from core.lead_matches as matches
    inner join core.leads on matches.lead_id = leads.lead_id
    inner join icp.live_versions as versions on versions.filter_sql is null
    left join core.lead_companies as companies on matches.lead_id = companies.lead_id
    where matches.method in ('none', 'converted') and companies.lead_id is null
),

decided as (
    select
        scores.lead_id, scores.icp_id, scores.basis, scores.tier, scores.grade, scores.reasons,
        cast(scores.fit_points as double) as fit_points, scores.fit_probability, scores.fit_score, scores.known_share,
        scores.icp_version, run.as_of as scored_on
    from scores
    cross join settings.run
    left join kept_leads on scores.lead_id = kept_leads.lead_id
    where kept_leads.lead_id is null
    union all
    select
        kept.lead_id, kept.icp_id, kept.basis, kept.tier, kept.grade, kept.reasons, kept.fit_points,
        kept.fit_probability, kept.fit_score, kept.known_share, kept.icp_version, kept.as_of as scored_on
    from kept
    inner join kept_leads on kept.lead_id = kept_leads.lead_id
)

select
    -- #not_null #references[core.leads.lead_id]
    decided.lead_id,
    -- #not_null #unique_with[lead_id]
    decided.icp_id,
    -- What the score is based on: its account, what is known about its company (own_facts), or nothing. #not_null
    -- #accepted[account,own_facts,none]
    decided.basis,
    -- Chance of what the version was learned from. #between[0,1] #finite
    decided.fit_probability,
    -- Share of the ICP's accounts that fit less well, 0 to 100; NULL when own facts leave it unscored. #between[0,100] #finite
    case when decided.tier <> 'unscored' or decided.basis = 'account' then decided.fit_score end as fit_score,
    -- #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    decided.tier,
    -- Fit as a letter, engagement as a digit; NULL when unscored.
    decided.grade,
    -- Share of the criteria's traits that are known for it. #between[0,1]
    decided.known_share,
    -- Why, strongest evidence first. #not_null
    decided.reasons,
    -- Log-odds of the ideal outcome.
    decided.fit_points,
    -- Version that scored it.
    decided.icp_version,
    -- Day of the score; for a converted lead the last one before conversion. #not_null
    decided.scored_on
from decided
