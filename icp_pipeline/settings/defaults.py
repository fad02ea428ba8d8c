"""Defaults: predefined attributes, metrics, technologies and regions."""

from typing import Literal, NamedTuple


class AttributeDefault(NamedTuple):
    """A predefined attribute; `bins` are the inner edges, each bin includes its lower edge."""

    dimension: str
    type: str
    bins: tuple[float, ...] = ()


# The numbers of the tier rule that are not in icp.yaml; settings.run passes them to the models and to learning.
# Log-odds that active triggers must add before an account can be tier 1.
TIER_1_TRIGGER_FLOOR = 0.25
# The lowest fit band for tier 1: a trigger lifts a good fit, but never replaces it.
TIER_1_MIN_FIT: Literal["a", "b", "c"] = "b"
# Log-odds below which the buying process keeps an account out of tier 1.
TIER_1_PROCESS_FLOOR = -0.25
# Quantile of the normal: a difference beyond it is more than chance (one-sided 5 %), and 90 % intervals reach that far.
ONE_SIDED_5_PERCENT = 1.645
# A band above probability 1 would always be empty; this is just below it, in log-odds.
BAND_CEILING = 0.99
# No company's people submit more forms in a day; anything beyond is a bot's.
FORMS_PER_DOMAIN_AND_DAY = 20

ATTRIBUTES: dict[str, AttributeDefault] = {
    "industry": AttributeDefault("firmographic", "categorical"),
    "sub_industry": AttributeDefault("firmographic", "categorical"),
    "employees": AttributeDefault("firmographic", "numeric", (10, 50, 200, 500, 1_000, 2_000, 5_000)),
    "annual_revenue_usd": AttributeDefault("firmographic", "numeric", (1e6, 1e7, 2.5e7, 5e7, 1e8, 2.5e8, 1e9)),
    "country": AttributeDefault("firmographic", "categorical"),
    "region": AttributeDefault("firmographic", "categorical"),
    "growth_stage": AttributeDefault("firmographic", "categorical"),
    "ownership": AttributeDefault("firmographic", "categorical"),
    "founded_year": AttributeDefault("firmographic", "numeric", (1980, 2000, 2010, 2015, 2020)),
    "business_model": AttributeDefault("firmographic", "categorical"),
    "technology": AttributeDefault("technographic", "multi"),
    "crm": AttributeDefault("technographic", "multi"),
    "marketing_automation": AttributeDefault("technographic", "multi"),
    "cloud": AttributeDefault("technographic", "multi"),
    "competitor": AttributeDefault("technographic", "multi"),
    "complementary": AttributeDefault("technographic", "multi"),
    "lead_source": AttributeDefault("situational", "categorical"),
    "committee_size": AttributeDefault("organizational", "numeric", (2, 4, 7)),
    "trial_active_days": AttributeDefault("behavioral", "numeric", (3, 8, 15)),
}


# Attributes whose values the product computes: there a 0 is a count, and NA is North America.
MADE_HERE = frozenset({"committee_size", "trial_active_days", "region"})

# What people and forms enter for unknown, in lower case, by type of attribute. Numbers other than 0 and -1 and
# plausible founding years are left out: they could be true.
PLACEHOLDERS: dict[str, tuple[str, ...]] = {
    "categorical": (
        "select",
        "- select -",
        "-- select --",
        "--select--",
        "please select",
        "select one",
        "select...",
        "choose",
        "please choose",
        "none",
        "-none-",
        "--none--",
        "n/a",
        "na",
        "n.a.",
        "#n/a",
        "nan",
        "null",
        "nil",
        "undefined",
        "unknown",
        "unspecified",
        "not specified",
        "not available",
        "not applicable",
        "not provided",
        "not set",
        "tbd",
        "tbc",
        "blank",
        "(blank)",
        "empty",
        "-",
        "--",
        "---",
        ".",
        "?",
        "??",
        "xxx",
        "0",
        "-1",
        "1900-01-01",
        "9999-12-31",
    ),
    "numeric": ("0", "-1"),
    "date": ("1900-01-01", "9999-12-31"),
    "boolean": (),
}


class MetricDefault(NamedTuple):
    """Direction: +1 if more is better, else -1. Weight: in the composite outcome score."""

    direction: int
    weight: float


METRICS: dict[str, MetricDefault] = {
    "acv_usd": MetricDefault(1, 0.12),
    "ltv_usd": MetricDefault(1, 0.16),
    "net_revenue_retention": MetricDefault(1, 0.16),
    "retained": MetricDefault(1, 0.10),
    "expansion_usd": MetricDefault(1, 0.10),
    "nps": MetricDefault(1, 0.12),
    "sales_cycle_days": MetricDefault(-1, 0.06),
    "time_to_value_days": MetricDefault(-1, 0.08),
    "referrals": MetricDefault(1, 0.08),
    "tickets_per_month": MetricDefault(-1, 0.08),
}

TECHNOLOGIES: dict[str, tuple[str, ...]] = {
    "crm": (
        "salesforce",
        "hubspot crm",
        "hubspot_crm",
        "pipedrive",
        "zoho crm",
        "microsoft dynamics",
        "close",
        "copper",
    ),
    "marketing_automation": ("hubspot", "marketo", "pardot", "eloqua", "mailchimp", "activecampaign", "klaviyo"),
    "cloud": ("aws", "amazon web services", "amazon aws", "google cloud", "microsoft azure", "azure", "heroku"),
    "analytics": ("segment", "snowflake", "google analytics", "google_analytics", "mixpanel", "amplitude"),
    "competitor": (),
    "complementary": (),
}

TRIGGER_STRENGTH_POINTS = {"strong": 0.8, "medium": 0.4, "weak": 0.1}
TRIGGER_STRENGTHS = {"funding_round": "strong", "leadership_change": "strong", "new_executive": "strong"}

# Stages of Salesforce's and HubSpot's default pipelines from which a deal counts as advanced, in any case.
LATE_STAGES = (
    "value proposition",
    "id. decision makers",
    "perception analysis",
    "proposal",
    "proposal/price quote",
    "negotiation",
    "negotiation/review",
    "contract",
    "presentation scheduled",
    "presentationscheduled",
    "decision maker bought-in",
    "decisionmakerboughtin",
    "contract sent",
    "contractsent",
)

# ISO 3166 codes by sales region; every country not named here is EMEA.
REGIONS: dict[str, str] = {
    "NA": "US CA PM GL BM",
    "LATAM": "MX GT BZ SV HN NI CR PA CU DO HT JM PR BS BB TT GD LC VC DM AG KN CO VE GY SR EC PE BO BR PY UY AR CL GF"
    " GP MQ AW CW SX BQ KY TC VG VI AI MS FK BL MF",
    "APAC": "CN HK MO TW JP KR KP MN IN PK BD LK NP BT MV AF TH VN LA KH MM MY SG ID PH BN TL AU NZ PG FJ SB VU NC PF"
    " WS TO KI TV NR PW FM MH GU MP AS CK NU TK WF NF CX CC IO KZ KG UZ TJ TM",
}

# How CRMs spell countries, in addition to the ISO names.
COUNTRY_SPELLINGS = {
    "usa": "US",
    "u.s.a.": "US",
    "u.s.": "US",
    "united states of america": "US",
    "uk": "GB",
    "u.k.": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "deutschland": "DE",
    "the netherlands": "NL",
    "holland": "NL",
    "czech republic": "CZ",
    "south korea": "KR",
    "korea": "KR",
    "russia": "RU",
    "turkey": "TR",
    "vietnam": "VN",
    "uae": "AE",
    "taiwan": "TW",
    "hong kong": "HK",
}
