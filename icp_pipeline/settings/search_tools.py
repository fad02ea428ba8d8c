"""Names and values of the filters in prospecting tools: Sales Navigator, Apollo, LinkedIn Ads.

Written from the tools' public help; if a tool changes a band or a name, correct it here and nowhere else.
Industries are LinkedIn's: Apollo and most CRMs use the older names, LinkedIn itself shows the newer ones.
"""

from __future__ import annotations

from typing import Any

TOOLS = ("sales_navigator", "apollo", "linkedin_ads")
_TECHNOLOGY = ("technology", "crm", "marketing_automation", "cloud", "competitor", "complementary")
# By tool and attribute: the filter, and what it accepts: its own `bands`, any `range`, its own `names`, any `name`,
# `countries`.
FIELDS: dict[str, dict[str, tuple[str, str]]] = {
    "sales_navigator": {
        "industry": ("Industry", "names"),
        "sub_industry": ("Industry", "names"),
        "employees": ("Company headcount", "bands"),
        "annual_revenue_usd": ("Annual revenue", "bands"),
        "country": ("Headquarters location", "countries"),
        "region": ("Headquarters location", "names"),
        **dict.fromkeys(_TECHNOLOGY, ("Technologies used", "any")),
    },
    "apollo": {
        "industry": ("Industry & Keywords", "names"),
        "sub_industry": ("Industry & Keywords", "names"),
        "employees": ("# Employees", "range"),
        "annual_revenue_usd": ("Revenue", "range"),
        "founded_year": ("Founded Year", "range"),
        "country": ("Account HQ Location", "countries"),
        "region": ("Account HQ Location", "names"),
        "growth_stage": ("Funding", "any"),
        **dict.fromkeys(_TECHNOLOGY, ("Technologies", "any")),
    },
    "linkedin_ads": {
        "industry": ("Company Industries", "names"),
        "sub_industry": ("Company Industries", "names"),
        "employees": ("Company Size", "bands"),
        "annual_revenue_usd": ("Company Revenue", "bands"),
        "country": ("Locations", "countries"),
        "region": ("Locations", "names"),
    },
}
_HEADCOUNT = (1, 11, 51, 201, 501, 1_001, 5_001, 10_001)
_MILLION = 1_000_000
# Where bands start; the last is open. Each ends where the next starts.
BANDS: dict[tuple[str, str], tuple[tuple[float, str], ...]] = {
    ("sales_navigator", "employees"): tuple(
        zip(
            _HEADCOUNT,
            ("1-10", "11-50", "51-200", "201-500", "501-1000", "1001-5000", "5001-10,000", "10,001+"),
            strict=True,
        )
    ),
    ("linkedin_ads", "employees"): tuple(
        zip(
            (1, 2, *_HEADCOUNT[1:]),
            ("Myself Only", "2-10", "11-50", "51-200", "201-500", "501-1000", "1001-5000", "5001-10,000", "10,001+"),
            strict=True,
        )
    ),
    ("sales_navigator", "annual_revenue_usd"): tuple(
        (low * _MILLION, f"{low:g}M-{high:g}M" if high else f"{low:g}M+")
        for low, high in zip(
            (0, 0.5, 1, 2.5, 5, 10, 20, 50, 100, 500, 1_000),
            (0.5, 1, 2.5, 5, 10, 20, 50, 100, 500, 1_000, None),
            strict=True,
        )
    ),
    ("linkedin_ads", "annual_revenue_usd"): (
        (0, "Less than $1 million"),
        (_MILLION, "$1 million to $10 million"),
        (10 * _MILLION, "$10 million to $100 million"),
        (100 * _MILLION, "$100 million to $1 billion"),
        (1_000 * _MILLION, "More than $1 billion"),
    ),
}
_REGIONS = {"NA": "North America", "EMEA": "EMEA", "APAC": "APAC", "LATAM": "Latin America"}
# Older name -> newer name.
_RENAMED = {
    "Accounting": "Accounting",
    "Airlines/Aviation": "Airlines and Aviation",
    "Apparel & Fashion": "Retail Apparel and Fashion",
    "Architecture & Planning": "Architecture and Planning",
    "Automotive": "Motor Vehicle Manufacturing",
    "Aviation & Aerospace": "Aviation and Aerospace Component Manufacturing",
    "Banking": "Banking",
    "Biotechnology": "Biotechnology Research",
    "Broadcast Media": "Broadcast Media Production and Distribution",
    "Building Materials": "Wholesale Building Materials",
    "Business Supplies and Equipment": "Office Furniture and Fixtures Manufacturing",
    "Capital Markets": "Capital Markets",
    "Chemicals": "Chemical Manufacturing",
    "Civil Engineering": "Civil Engineering",
    "Commercial Real Estate": "Leasing Non-residential Real Estate",
    "Computer & Network Security": "Computer and Network Security",
    "Computer Games": "Computer Games",
    "Computer Hardware": "Computer Hardware Manufacturing",
    "Computer Networking": "Computer Networking Products",
    "Computer Software": "Software Development",
    "Construction": "Construction",
    "Consumer Electronics": "Computers and Electronics Manufacturing",
    "Consumer Goods": "Manufacturing",
    "Consumer Services": "Consumer Services",
    "Cosmetics": "Personal Care Product Manufacturing",
    "Defense & Space": "Defense and Space Manufacturing",
    "Design": "Design Services",
    "E-Learning": "E-Learning Providers",
    "Education Management": "Education Administration Programs",
    "Electrical/Electronic Manufacturing": "Appliances, Electrical, and Electronics Manufacturing",
    "Entertainment": "Entertainment Providers",
    "Environmental Services": "Environmental Services",
    "Events Services": "Events Services",
    "Facilities Services": "Facilities Services",
    "Farming": "Farming",
    "Financial Services": "Financial Services",
    "Food & Beverages": "Food and Beverage Services",
    "Food Production": "Food and Beverage Manufacturing",
    "Furniture": "Furniture and Home Furnishings Manufacturing",
    "Government Administration": "Government Administration",
    "Graphic Design": "Graphic Design",
    "Health, Wellness and Fitness": "Wellness and Fitness Services",
    "Higher Education": "Higher Education",
    "Hospital & Health Care": "Hospitals and Health Care",
    "Hospitality": "Hospitality",
    "Human Resources": "Human Resources Services",
    "Industrial Automation": "Automation Machinery Manufacturing",
    "Information Services": "Information Services",
    "Information Technology and Services": "IT Services and IT Consulting",
    "Insurance": "Insurance",
    "International Trade and Development": "International Trade and Development",
    "Internet": "Technology, Information and Internet",
    "Investment Banking": "Investment Banking",
    "Investment Management": "Investment Management",
    "Law Practice": "Law Practice",
    "Legal Services": "Legal Services",
    "Leisure, Travel & Tourism": "Travel Arrangements",
    "Logistics and Supply Chain": "Transportation, Logistics, Supply Chain and Storage",
    "Machinery": "Machinery Manufacturing",
    "Management Consulting": "Business Consulting and Services",
    "Maritime": "Maritime Transportation",
    "Market Research": "Market Research",
    "Marketing and Advertising": "Advertising Services",
    "Mechanical or Industrial Engineering": "Industrial Machinery Manufacturing",
    "Media Production": "Media Production",
    "Medical Devices": "Medical Equipment Manufacturing",
    "Medical Practice": "Medical Practices",
    "Mining & Metals": "Mining",
    "Nonprofit Organization Management": "Non-profit Organizations",
    "Oil & Energy": "Oil and Gas",
    "Online Media": "Online Audio and Video Media",
    "Outsourcing/Offshoring": "Outsourcing and Offshoring Consulting",
    "Packaging and Containers": "Packaging and Containers Manufacturing",
    "Pharmaceuticals": "Pharmaceutical Manufacturing",
    "Plastics": "Plastics Manufacturing",
    "Primary/Secondary Education": "Primary and Secondary Education",
    "Professional Training & Coaching": "Professional Training and Coaching",
    "Public Relations and Communications": "Public Relations and Communications Services",
    "Publishing": "Book and Periodical Publishing",
    "Real Estate": "Real Estate",
    "Renewables & Environment": "Renewable Energy Semiconductor Manufacturing",
    "Research": "Research Services",
    "Restaurants": "Restaurants",
    "Retail": "Retail",
    "Security and Investigations": "Security and Investigations",
    "Semiconductors": "Semiconductor Manufacturing",
    "Staffing and Recruiting": "Staffing and Recruiting",
    "Telecommunications": "Telecommunications",
    "Textiles": "Textile Manufacturing",
    "Transportation/Trucking/Railroad": "Truck Transportation",
    "Utilities": "Utilities",
    "Venture Capital & Private Equity": "Venture Capital and Private Equity Principals",
    "Wholesale": "Wholesale",
    "Writing and Editing": "Writing and Editing",
}
# Salesforce's own picklist, where it roughly matches LinkedIn's.
_SALESFORCE = {
    "Agriculture": "Farming",
    "Apparel": "Apparel & Fashion",
    "Communications": "Telecommunications",
    "Consulting": "Management Consulting",
    "Education": "Education Management",
    "Electronics": "Electrical/Electronic Manufacturing",
    "Energy": "Oil & Energy",
    "Engineering": "Mechanical or Industrial Engineering",
    "Environmental": "Environmental Services",
    "Finance": "Financial Services",
    "Food & Beverage": "Food & Beverages",
    "Government": "Government Administration",
    "Healthcare": "Hospital & Health Care",
    "Media": "Media Production",
    "Not For Profit": "Nonprofit Organization Management",
    "Technology": "Information Technology and Services",
    "Transportation": "Transportation/Trucking/Railroad",
}


def level_key(level: str) -> str:
    """How a level is compared with a tool's names; activation.search_values does the same to sources' values."""
    text = level.lower().replace("_", " ").replace("/", " ")
    return text.replace(" & ", " ").replace(" and ", " ").replace(", ", " ")


def field_rows() -> list[dict[str, Any]]:
    """Rows of `settings.search_fields`."""
    return [
        {"tool": tool, "attribute": attribute, "field": field, "takes": takes}
        for tool in TOOLS
        for attribute, (field, takes) in sorted(FIELDS[tool].items())
    ]


def band_rows() -> list[dict[str, Any]]:
    """Rows of `settings.search_bands`."""
    return [
        {
            "tool": tool,
            "attribute": attribute,
            "band": band,
            "band_order": place,
            "lower_bound": float(low),
            "upper_bound": float(bands[place][0]) if place < len(bands) else None,
        }
        for (tool, attribute), bands in sorted(BANDS.items())
        for place, (low, band) in enumerate(bands, start=1)
    ]


def name_rows() -> list[dict[str, Any]]:
    """Rows of `settings.search_names`."""
    return [
        {"tool": tool, "attribute": attribute, "level_key": key, "name": name, "exactness": exactness}
        for tool in TOOLS
        for attributes, names in ((("industry", "sub_industry"), _industries(tool)), (("region",), _regions()))
        for attribute in attributes
        for key, (name, exactness) in sorted(names.items())
    ]


def _regions() -> dict[str, tuple[str, str]]:
    return {level_key(region): (name, "near") for region, name in _REGIONS.items()}


def _industries(tool: str) -> dict[str, tuple[str, str]]:
    """The tool's name for an industry of any of the three vocabularies; exact names come last, and win."""
    shown = {old: old if tool == "apollo" else new for old, new in _RENAMED.items()}
    names = {level_key(word): (shown[old], "near") for word, old in _SALESFORCE.items()}
    names |= {level_key(new): (shown[old], "exact") for old, new in _RENAMED.items()}
    return names | {level_key(old): (shown[old], "exact") for old in _RENAMED}
