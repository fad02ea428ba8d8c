"""What the tiers are called, best first, and what to do in each. Which account is in which is decided in SQL
(`icp.tier_cases`)."""

from __future__ import annotations

from collections.abc import Iterator

from icp_pipeline.names import literal

TIERS = {
    "tier_1": "Tier 1",
    "tier_2": "Tier 2",
    "tier_3": "Tier 3",
    "not_icp": "Not ICP",
    "unscored": "Unscored",
}
# Those that say something about the account.
JUDGED = tuple(tier for tier in TIERS if tier != "unscored")

# What an account is to the company that sells (`core.account_relationships`), and in the order of `TIERS` what to do.
ACTIONS = {
    "prospect": ("pursue", "nurture", "deprioritise", "exclude", "enrich"),
    "open_deal": ("accelerate", "accelerate", "qualify", "disqualify", "qualify"),
    "customer": ("expand", "expand", "retain", "retain", "retain"),
    "former_customer": ("win_back", "win_back", "deprioritise", "exclude", "enrich"),
    "not_prospect": ("none", "none", "none", "none", "none"),
}
# What such accounts are called, in the order in which tables show them.
RELATIONSHIPS = {
    "prospect": "Prospects",
    "open_deal": "Open deals",
    "customer": "Customers",
    "former_customer": "Former customers",
    "not_prospect": "Not prospects",
}


def tier_rank(column: str) -> str:
    """An SQL expression of a column of tiers: its place in `TIERS`, from 1; NULL for another word."""
    return f"list_position([{', '.join(map(literal, TIERS))}], {column})"


def actions() -> Iterator[tuple[str, str, str]]:
    """Every pair of relationship and tier, with its action."""
    for relationship, by_tier in ACTIONS.items():
        for tier, action in zip(TIERS, by_tier, strict=True):
            yield relationship, tier, action


def table_of_actions() -> list[list[str]]:
    """The same for people: a header, then one row per relationship."""
    head = ["", *TIERS.values()]
    return [head, *([RELATIONSHIPS[name], *map(action_words, by_tier)] for name, by_tier in ACTIONS.items())]


def action_words(action: str) -> str:
    """An action as a table says it; what nobody does anything with has a dash."""
    return "–" if action == "none" else action.replace("_", " ")
