"""What the tiers are called, best first. Which account is in which is decided in SQL (`icp.tier_positions`)."""

TIERS = {
    "tier_1": "Tier 1",
    "tier_2": "Tier 2",
    "tier_3": "Tier 3",
    "not_icp": "Not ICP",
    "unscored": "Unscored",
}
# Those that say something about the account.
JUDGED = tuple(tier for tier in TIERS if tier != "unscored")
