"""The words of the made-up market: industries, countries, technologies, names. Shares are of the whole market."""

from typing import NamedTuple

SAAS, AGENCY = "Computer Software", "Marketing and Advertising"
NEW_REGION = "APAC"


class Industry(NamedTuple):
    """One industry as CRMs and enrichment spell it, with the enrichment vendor's levels above and below."""

    share: float
    sector: str
    group: str
    below: tuple[str, ...]


INDUSTRIES: dict[str, Industry] = {
    SAAS: Industry(
        0.24, "Information Technology", "Software & Services", ("Analytics Software", "HR Software", "Finance Software")
    ),
    AGENCY: Industry(0.16, "Consumer Discretionary", "Media", ("Performance Agency", "Brand Agency")),
    "Financial Services": Industry(0.13, "Financials", "Diversified Financials", ("Lending", "Asset Management")),
    "Hospital & Health Care": Industry(0.12, "Health Care", "Health Care Services", ("Clinics", "Digital Health")),
    "Retail": Industry(0.10, "Consumer Discretionary", "Retailing", ("Online Retail", "Store Chains")),
    "Machinery": Industry(0.10, "Industrials", "Capital Goods", ("Machine Tools", "Robotics")),
    "Logistics and Supply Chain": Industry(0.08, "Industrials", "Transportation", ("Freight", "Warehousing")),
    "Education Management": Industry(0.07, "Consumer Discretionary", "Consumer Services", ("Schools", "Training")),
}


class Country(NamedTuple):
    """One country: code, sales region, share, places with their state or province, currency of its contracts."""

    code: str
    region: str
    share: float
    places: tuple[tuple[str, str], ...]
    currency: str = "usd"


COUNTRIES: dict[str, Country] = {
    "United States": Country(
        "US", "NA", 0.42, (("Austin", "Texas"), ("Boston", "Massachusetts"), ("Denver", "Colorado"), ("Fresno", "CA"))
    ),
    "Canada": Country("CA", "NA", 0.06, (("Toronto", "Ontario"), ("Vancouver", "British Columbia"))),
    "United Kingdom": Country("GB", "EMEA", 0.10, (("Leeds", "England"), ("Glasgow", "Scotland")), "gbp"),
    "Germany": Country("DE", "EMEA", 0.09, (("Hamburg", "Hamburg"), ("Köln", "Nordrhein-Westfalen")), "eur"),
    "France": Country("FR", "EMEA", 0.06, (("Lyon", "Auvergne-Rhône-Alpes"), ("Nîmes", "Occitanie")), "eur"),
    "Netherlands": Country("NL", "EMEA", 0.05, (("Utrecht", "Utrecht"),), "eur"),
    "Australia": Country("AU", "APAC", 0.06, (("Perth", "Western Australia"),)),
    "Singapore": Country("SG", "APAC", 0.05, (("Singapore", ""),)),
    "India": Country("IN", "APAC", 0.04, (("Pune", "Maharashtra"),)),
    "Brazil": Country("BR", "LATAM", 0.04, (("Curitiba", "Paraná"),)),
    "Mexico": Country("MX", "LATAM", 0.03, (("Puebla", "Puebla"),)),
}

# Contract currency -> US dollars per unit, for turning planted dollars into invoiced money.
USD_PER_UNIT = {"usd": 1.0, "eur": 1.08, "gbp": 1.27, "chf": 1.12}

# Name as technology lists spell it -> share of the market. Salesforce is the planted one.
TECHNOLOGIES: dict[str, float] = {
    "Salesforce": 0.42,
    "HubSpot": 0.30,
    "Marketo": 0.18,
    "AWS": 0.50,
    "Snowflake": 0.22,
    "Segment": 0.20,
    "Intercom": 0.25,
    "Rivalytics": 0.15,
    "Google Analytics": 0.70,
}
PLANTED_TECHNOLOGY, COMPETITOR = "Salesforce", "Rivalytics"

EMPLOYEE_BANDS = (
    (2, 10, 0.05),
    (10, 50, 0.18),
    (50, 200, 0.26),
    (200, 1_000, 0.30),
    (1_000, 5_000, 0.15),
    (5_000, 40_000, 0.06),
)
SIZE_LOW, SIZE_HIGH = 200, 999

OWNERSHIP = {"Private": 0.72, "Public": 0.15, "Subsidiary": 0.13}
BUSINESS_MODEL = {"B2B": 0.60, "B2C": 0.25, "B2B2C": 0.15}
BUDGET_OWNER = {"CFO": 0.3, "COO": 0.25, "CMO": 0.2, "CIO": 0.25}
LEAD_SOURCE = {"Web": 0.35, "Phone Inquiry": 0.15, "Partner Referral": 0.2, "Purchased List": 0.15, "Other": 0.15}
AREA_CODES = 200

# Words of the names, separated by blanks.
NAME_HEADS = (
    "Amber Alder Arrow Aspen Atlas Aurora Basalt Beacon Birch Blue Bright Bronze Cedar Cinder Clear Cobalt Copper Coral"
    " Crane Crest Crystal Dawn Delta Drift Dune Echo Elm Ember Falcon Fern Field Flint Forge Frost Gale Garnet Glacier"
    " Granite Grove Harbor Hazel Heron High Hollow Iris Iron Ivory Jade Juniper Kestrel Lark Laurel Linden Lumen Lunar"
    " Maple Marble Meadow Mesa Mint Moss North Oak Ocean Onyx Opal Orchid Osprey Otter Pearl Pine Plain Polar Quartz"
    " Quiet Raven Reed Ridge River Robin Rowan Sable Sage Salt Sand Silver Slate Solar Spruce Star Stone Storm Summit"
    " Swift Teal Thistle Thorn Tidal Timber Topaz Umber Vale Velvet Violet West Wild Willow Winter Wren Zephyr"
)
NAME_TAILS = (
    "bridge brook byte craft dale deck desk field flow forge front gate grid ground guard hub lab lane leaf light line"
    " link lock logic loom mark mesh mill mind path peak pier pilot point port press pulse quest rail reach root scale"
    " shift shore sight signal smith spark sphere spring stack stone stream sync trail vault view vista wave way well"
    " wise works yard"
)
LEGAL_FORMS = {
    "US": ("Inc.", "LLC", "Corp."),
    "GB": ("Ltd", "PLC"),
    "DE": ("GmbH", "AG"),
    "FR": ("SAS", "SA"),
    "NL": ("B.V.",),
    "AU": ("Pty Ltd",),
    "BR": ("Ltda.",),
}
