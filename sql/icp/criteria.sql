-- One row per criterion of the live ICP, as a person would read it. Empty where there is no signal.
select
    -- ICP. #not_null
    versions.icp_id,
    -- Version that is live. #not_null
    versions.icp_version,
    -- Role of the criterion. #not_null #accepted[must_have,positive,negative,disqualifier]
    criteria.kind,
    -- Trait it is about. #not_null
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
    -- Chance-adjusted: the expected share of false finds among criteria this clear. #between[0,1]
    criteria.q_value,
    -- Share of the addressable market that meets it, among accounts whose trait is known. #between[0,1]
    criteria.share_of_market,
    -- The evidence in one sentence. #not_null
    criteria.evidence,
    -- What to check before anybody relies on it, by the data of today; NULL where there is nothing.
    leaks.doubt
from icp.live_versions as versions
inner join history.icp_criteria as criteria
    on versions.icp_id = criteria.icp_id and versions.icp_version = criteria.icp_version
left join segments.attribute_leaks as leaks on criteria.attribute = leaks.attribute
