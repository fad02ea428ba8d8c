"""Plain words for the keys in the tables: tiers, kinds, causes, traits. Nothing is computed here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from icp_pipeline import tiers

_MEANINGS = {
    "tier_1": "Fits well, with an active trigger",
    "tier_2": "Fits well",
    "tier_3": "May fit",
    "not_icp": "Does not fit, or meets a disqualifier",
    "unscored": "Too little is known to score it",
}
# By tier its name and meaning.
TIERS = {tier: (name, _MEANINGS[tier]) for tier, name in tiers.TIERS.items()}
# For accounts without a tier when no ICP is live: enriching them would not give them a score.
WITHOUT_ICP = "There is no live ICP to score it with"
KINDS = {
    "must_have": ("Must have", "Nearly every best customer has it; hardly any customer without it turns out best"),
    "positive": ("Signals of fit", "More common among the best customers"),
    "negative": ("Signals of risk", "More common among the worst customers"),
    "disqualifier": ("Disqualifiers", "An account with one of these is Not ICP, whatever else it has"),
}
# A proxy says who buys: "best and worst customers" would promise more than was measured.
PROXY_KINDS = {
    "must_have": ("Must have", "Nearly every account that advanced has it; hardly any account without it advanced"),
    "positive": ("Signals of fit", "More common among accounts that advanced toward a purchase"),
    "negative": ("Signals of risk", "More common among accounts that did not advance"),
    "disqualifier": ("Disqualifiers", "An account with one of these is Not ICP, whatever else it has"),
}


WIN_KINDS = {
    "must_have": ("Must have", "Nearly every won deal has it; hardly any deal without it is won"),
    "positive": ("Signals of fit", "More common among won deals"),
    "negative": ("Signals of risk", "More common among lost deals"),
    "disqualifier": ("Disqualifiers", "An account with one of these is Not ICP, whatever else it has"),
}


@dataclass(frozen=True)
class Basis:
    """Words for what an ICP was learned from: `counted` are those who have a trait, `compared` the two ends of a lift,
    `chance` what the fit is the probability of; `note` is a caveat, if one is needed.
    `who` succeeds, `succeeded` is what later deals did, `success` the column's heading, `ends` what 5.7× compares.
    """

    is_proxy: bool
    counted: str
    compared: str
    chance: str
    note: str | None
    kinds: dict[str, tuple[str, str]]
    who: str
    succeeded: str
    success: str
    ends: str


OUTCOMES = Basis(
    False,
    "Customers",
    "Best vs. worst",
    "being won and turning out among the best",
    None,
    KINDS,
    "Our best customers",
    "were won and became best customers",
    "Won and best",
    "among the best customers as among the worst",
)
WINS = Basis(
    False,
    "Deals",
    "Won vs. lost",
    "being won",
    "No landed data measure how customers turn out (retention, recurring revenue, surveys, usage, tickets), so this is"
    " learned from deals won and lost: it says who buys, not who turns out well.",
    WIN_KINDS,
    "Accounts that we win",
    "were won",
    "Won",
    "among won deals as among lost ones",
)
PROXIES = Basis(
    True,
    "Accounts",
    "Advanced vs. not",
    "advancing toward a purchase",
    "There are too few customers to rank by how they turned out, so this is learned from a proxy: deals won or"
    " advanced, and engaged trials. Treat it as a first guess.",
    PROXY_KINDS,
    "Accounts that advance toward a purchase",
    "advanced toward a purchase",
    "Advanced",
    "among accounts that advanced toward a purchase (deals won or advanced, engaged trials) as among the others",
)
# Without lost deals there is no chance of winning, only of being among the best customers.
CUSTOMERS_ALONE = replace(
    OUTCOMES,
    chance="turning out among the best once a customer (no lost deals are known, so nothing says who buys)",
    succeeded="became best customers",
    success="Best",
)
CAUSES = {
    "new": "New account",
    "disqualified": "Meets a disqualifier",
    "icp_version": "New ICP version",
    "data": "More or less is known about it",
    "buying_process": "Its buying process signals risk",
    "membership": "No longer covered by this ICP",
    "trigger": "A trigger came or expired",
    "evidence": "Its traits changed",
    "tier_rule": "The rule for tiers changed",
    "gone": "No longer in any export",
    "returned": "Back in an export",
    "merged": "Merged into another account",
    "moved": "Its record id changed",
    "action": "Only the action changed",
    "override": "Only the override changed",
    "score": "Only the score moved",
    "first_tag": "First tag",
    "sent_again": "Sent again after a failed write",
    "not_prospect": "Not a prospect",
}
EXCLUSION_REASONS = {
    "suppressed": "On a suppression list",
    "not_prospect": "Not a prospect",
    "disqualified": "Meets a disqualifier",
    "not_icp": "Not ICP in every ICP it belongs to",
    "customer": "Customer",
    "open_deal": "Open deal",
}
TOOLS = {"sales_navigator": "Sales Navigator", "apollo": "Apollo", "linkedin_ads": "LinkedIn Ads"}
VERDICTS = {
    "icp": "better",
    "negative": "worse",
    "not_significant": "no clear difference",
    "too_few": "too few to say",
}
_TITLES = {
    "NO_SIGNAL": "No ICP could be learned",
    "TOO_FEW_CUSTOMERS": "Few customers to learn from",
    "LEAKY_ATTRIBUTE": "A trait may give the answer away",
    "ICP_TOO_BROAD": "The ICP hardly filters",
    "ICP_STALE": "The ICP is getting old",
    "ICP_UNCONFIRMED": "Today's data no longer support the live ICP",
    "TIER_1_NOT_CLOSING": "Tier 1 is not closing",
    "NO_TRIGGERS": "No triggers are known, so nobody can be tier 1",
    "FIT_SCORE_STALE": "Fit scores compare with an outdated market",
    "TIER_RULE_CHANGED": "The rule for tiers changed",
    "ICP_DRIFTED": "Customers have changed since the ICP was learned",
    "HELD_FILE": "A file was blocked as a whole",
    "REJECTED_ROWS": "Rows that could not be used",
    "SHORT_ROWS": "Rows with fewer cells than columns",
    "ENCODED_TWICE": "Text that was encoded twice",
    "REJECTED_CELLS": "Cells that could not be used",
    "MISSING_COLUMN": "A deciding column is missing",
    "PLACEHOLDER_VALUES": "Values that may mean blank",
    "BLANK_TELLS": "Blank cells that correlate with the outcome",
    "UNKNOWN_COUNTRIES": "Country names that are not recognised",
    "SURVEY_SCALE": "Survey answers on another scale",
    "SURVEY_NAMES": "Survey names where the survey type was expected",
    "SEVERAL_ACCOUNTS": "Deals that name several accounts",
    "NOT_PROSPECTS": "Companies that are not prospects",
    "POSSIBLE_NOT_PROSPECTS": "Companies that may not be prospects",
    "CUSTOMER_WITHOUT_SALE": "Customers without a recorded sale",
    "EXISTING_BUSINESS": "Renewals and upsells are not new wins",
    "NO_NEW_BUSINESS_DEAL": "Customers without a new-business deal",
    "OUTCOME_COVERAGE": "An outcome is known only for some kinds of customers",
    "LOST_BY_AGE": "Old open deals that count as lost",
    "TRAIT_GOES_WITH_START": "A trait that cannot be separated from when customers started",
    "IMPORT_DATES": "Deals created after they closed",
    "DEALS_WITHOUT_COMPANY": "Deals without a company",
    "REJECTED_AMOUNTS": "Amounts that could not be used",
    "DUPLICATE_DOMAIN": "Accounts that share a domain",
    "LARGE_PARENT": "Many customers under one parent",
    "PARENT_CIRCLE": "Accounts that are each other's parent",
    "UNMAPPED_USAGE": "Product usage without a known account",
    "UNKNOWN_SUPPRESSED": "Suppression list lines that match no account",
    "ARM_NOT_SHOWN": "Experiments in which accounts saw the wrong arm",
    "CLAIM_ABOUT_NOBODY": "Claims about a segment without accounts",
    "TEXT_NOT_READ": "Files whose text was not read",
    "UNKNOWN_VOICE": "What people said about unknown accounts",
    "UNKNOWN_OVERRIDE_ICP": "Overrides for an unknown ICP",
    "ENDED_OVERRIDES": "Expired overrides",
    "CONTENT_FOR_NOBODY": "Website content that no known company would see",
    "FORMS_LEFT_OUT": "Form submissions that look like a bot's",
    "ORPHANS": "Rows about companies missing from every account file",
    "NO_BACKTEST": "Tiers not yet tested on later deals",
    "PROXY_BASIS": "Learned from who buys, not yet from who turns out well",
    "WINS_BASIS": "Learned from deals won and lost",
    "BASIS_CHANGED": "The ICP would be learned from different data today",
    "ICP_WITHOUT_MEMBERS": "An ICP's filter matches no account",
    "ICP_FILTER_CHANGED": "An ICP's filter has changed since it was learned",
    "BACKTEST_SNAPSHOT": "The backtest is slightly flattering",
    "IGNORED_FILE": "An unused file has account columns",
    "SOURCE_MISSING": "A file named in the settings is missing",
    "AFTER_AS_OF": "Dates after the day of this run",
    "CLOCK_SET_BACK": "The clock was set back since the run before",
    "FUTURE_FILE_TIME": "Files dated in the future",
    "OUTCOME_UNKNOWN": "Deals without a known outcome",
    "SUBSCRIPTION_ITEMS": "Subscriptions with several items",
    "DIFFERING_LINES": "Lines of one subscription that differ",
    "REPLACED_FILE": "Records missing from a newer full export",
    "OLDER_FILES_ONLY": "Records found only in older files",
    "DIFFERING_SNAPSHOTS": "Files that disagree about a record",
    "DUPLICATE_IDS": "Records that occur more than once in a file",
    "SUBSCRIPTIONS_NOT_COUNTED": "Subscriptions that are not recurring revenue",
    "UNKNOWN_STATUS": "Subscriptions with an unknown status",
    "OUTCOME_FROM_STAGE": "Won and lost inferred from the stage",
    "POSSIBLE_DUPLICATE_DEAL": "Possibly the same deal in two CRMs",
    "UNUSABLE_RECORD_ID": "Records whose id cannot be written back",
    "SECOND_HUBSPOT_COMPANY": "Two HubSpot companies claim one Salesforce account",
    "UNKNOWN_SALESFORCE_ID": "A HubSpot company points to an unknown Salesforce account",
    "CONTRADICTING_IDS": "Systems that disagree about which records are one company",
    "MERGED_INTO_MISSING": "Merged into a record that is missing",
    "AMBIGUOUS_KEY": "A key that matches several accounts",
    "CHURN_BEFORE_START": "Customers that churned before they started",
    "SUBSCRIPTION_ENDS_BEFORE_START": "Subscriptions that end before they start",
}
_PROPER = (
    "CRM",
    "USD",
    "RevOps",
    "NPS",
    "SaaS",
    "ARR",
    "MRR",
    "ACV",
    "LTV",
    "NRR",
    "ICP",
    "B2B",
    "B2C",
    "HR",
    "IT",
    "AI",
    "API",
    "EMEA",
    "APAC",
    "US",
    "UK",
    "EU",
)
_SPELLED = {word.casefold(): word for word in _PROPER}
_LABELS = {
    "employees": "Employees",
    "annual_revenue_usd": "Annual revenue",
    "sub_industry": "Sub-industry",
    "trial_active_days": "Active days in trial",
    "committee_size": "People in the buying committee",
    "founded_year": "Founded",
}
_REGIONS = {"NA": "North America", "LATAM": "Latin America", "EMEA": "EMEA", "APAC": "Asia-Pacific"}
_YES_NO = {"true": "yes", "false": "no"}
# Control characters, lone surrogates, and invisible characters that reorder or hide text.
_UNSEEN = re.compile(
    r"[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u061c\ud800-\udfff]+"
)


def clean(text: object) -> str:
    """Text on one line, without invisible characters or any that reorder the text around them."""
    text = str(text)
    # Nearly every text: printable ones have nothing invisible.
    return (text if text.isprintable() else _UNSEEN.sub(" ", text)).strip()


def label(attribute: str) -> str:
    """`annual_revenue_usd` -> `Annual revenue`; unknown names lose their underscores."""
    if attribute in _LABELS:
        return _LABELS[attribute]
    words = [_SPELLED.get(word.casefold(), word) for word in clean(attribute).replace("_", " ").split()]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def value(attribute: str, segment: str) -> str:
    """A level as a person would write it: ranges with a dash, yes and no, regions by name."""
    if attribute == "region":
        return _REGIONS.get(segment, clean(segment))
    text = _YES_NO.get(segment, clean(segment))
    return re.sub(r"(?<=\d)([KMB]?)-(?=\d)", r"\1–", text)


def trait(attribute: str, segment: str) -> str:
    """`Industry: Computer Software`."""
    return f"{label(attribute)}: {value(attribute, segment)}"


def stands_for(traits: Iterable[tuple[str, str]]) -> str:
    """For a criterion, the traits (attribute and segment) that its customers do not separate from it."""
    named = listed([trait(attribute, segment) for attribute, segment in traits])
    return f"Also stands for {named}: mostly the same customers, so the data cannot tell which one matters."


def basis(name: str | None, chance: str | None = None) -> Basis:
    """The words for a version's `basis` and `chance`; versions older than these columns were learned from outcomes."""
    if name == "wins":
        return WINS
    if name == "proxy":
        return PROXIES
    return CUSTOMERS_ALONE if chance == "best" else OUTCOMES


def title(code: str) -> str:
    """A warning code's meaning, in a few words."""
    return _TITLES.get(code) or clean(code).replace("_", " ").capitalize()


def listed(words: Sequence[str], last: str = "and") -> str:
    """`a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def plural(number: float, one: str, many: str | None = None) -> str:
    """`1 customer`, `1,200 customers`."""
    return f"{number:,.0f} {one if number == 1 else many or one + 's'}"
