-- One row per criterion of the live ICP, in words. Empty if there is no signal.
select
    -- #not_null
    versions.icp_id,
    -- Live ICP version. #not_null
    versions.icp_version,
    -- Role of the criterion. #not_null #accepted[must_have,positive,negative,disqualifier]
    criteria.kind,
    -- #not_null
    criteria.attribute,
    -- The values of the trait that meet it. #not_null #unique_with[icp_id,attribute]
    criteria.segment,
    -- Log-odds that meeting it adds on average. #finite
    criteria.points,
    -- Share among the best customers over share among the worst.
    criteria.lift,
    -- Lower end of the lift's 90 % interval.
    criteria.ci_low,
    -- Upper end of the lift's 90 % interval.
    criteria.ci_high,
    -- Ranked customers that meet it.
    criteria.n_segment,
    -- Expected share of false discoveries among criteria with a q-value as low as this. #between[0,1]
    criteria.q_value,
    -- Share of the addressable market that meets it, among accounts whose trait is known. #between[0,1]
    criteria.share_of_market,
    -- The evidence in one sentence. #not_null
    criteria.evidence,
    -- What to check before relying on it, by today's data; NULL if nothing.
    leaks.doubt
from icp.live_versions as versions
inner join history.icp_criteria as criteria
    on versions.icp_id = criteria.icp_id and versions.icp_version = criteria.icp_version
left join segments.attribute_leaks as leaks on criteria.attribute = leaks.attribute
