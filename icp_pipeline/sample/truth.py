"""The planted truth, as written beside the landing folder: what a reader of the exports should and should not find."""

from __future__ import annotations

from typing import Any

from icp_pipeline.sample import clearbit_files, ledger, salesforce_files, signals, stripe_files, voices
from icp_pipeline.sample.events import DECOY, FUNDING, NEW_EXECUTIVE
from icp_pipeline.sample.market import WorldFrames
from icp_pipeline.sample.planting import INTERACTION_EFFECT, QUALITY_EFFECTS, TRIGGER_EFFECT, WIN_EFFECTS
from icp_pipeline.sample.registry import Registry
from icp_pipeline.sample.usage import BAD_TIMES, UsageCounts
from icp_pipeline.sample.vocabulary import AGENCY, NEW_REGION, PLANTED_TECHNOLOGY, SAAS, SIZE_HIGH, SIZE_LOW

# Attributes as the pipeline names them. `yes` is the level of a true boolean.
_SEGMENTS: dict[str, dict[str, Any]] = {
    "saas": {"attribute": "industry", "level": SAAS},
    "agency": {"attribute": "industry", "level": AGENCY},
    "salesforce": {"attribute": "crm", "level": PLANTED_TECHNOLOGY},
    "size": {"attribute": "employees", "low": SIZE_LOW, "high": SIZE_HIGH},
    "revops": {"attribute": "has_revops", "level": True},
}


def planted_truth(
    frames: WorldFrames, registry: Registry, usage: UsageCounts, rows: dict[str, int], removed: dict[str, int]
) -> dict[str, Any]:
    """Plain values only, ready for JSON."""
    return {
        "seed": frames.seed,
        "as_of": frames.as_of.isoformat(),
        "world": vars(frames.world),
        "icp": _planted("saas", "salesforce", "size", "revops", signal=frames.world.signal),
        "negative_icp": _planted("agency", signal=frames.world.signal),
        "interaction": _interaction(frames),
        "triggers": {
            "real": [FUNDING, NEW_EXECUTIVE],
            "decoy": DECOY,
            "effect_log_odds": TRIGGER_EFFECT * frames.world.signal,
        },
        "leaky_attribute": "onboarding_segment" if frames.world.leak else None,
        "null_attribute_many_levels": "area_code",
        "null_attributes": [
            "area_code",
            "ownership",
            "business_model",
            "budget_owner",
            "founded_year",
            "country",
            "region",
        ],
        "proxies": {"annual_revenue_usd": "employees", "sub_industry": "industry", "technology": "crm"},
        "young_but_harmless": {"attribute": "region", "level": NEW_REGION},
        "accounts": _accounts(frames, registry),
        "deals": _deals(frames),
        "quirks": _quirks(frames, registry, usage, removed),
        "expected_rejected_rows": _rejected(rows),
        "rows_per_file": dict(sorted(rows.items())),
    }


def _planted(*names: str, signal: float) -> list[dict[str, Any]]:
    return [
        _SEGMENTS[name]
        | {
            "quality_log_odds": round(signal * QUALITY_EFFECTS[name], 4),
            "win_log_odds": round(signal * WIN_EFFECTS[name], 4),
        }
        for name in names
    ]


def _interaction(frames: WorldFrames) -> dict[str, Any] | None:
    if not frames.world.interaction:
        return None
    pair = [_SEGMENTS["saas"], _SEGMENTS["salesforce"]]
    return {"pair": pair, "quality_log_odds": round(frames.world.signal * INTERACTION_EFFECT, 4)}


def _accounts(frames: WorldFrames, registry: Registry) -> dict[str, int]:
    """Companies, and the records that represent them."""
    salesforce_held = registry.accounts["salesforce_id"] != ""
    hubspot_held = registry.accounts["hubspot_id"] != ""
    return {
        "companies": len(frames.accounts),
        "customers": len(frames.customers),
        "churned": int(frames.customers["churned_on"].notna().sum()),
        "in_salesforce": int(salesforce_held.sum()),
        "in_hubspot": int(hubspot_held.sum()),
        "in_both": int((salesforce_held & hubspot_held).sum()),
    }


def _deals(frames: WorldFrames) -> dict[str, int]:
    deals = frames.deals
    new = deals["kind"] == "new"
    return {
        "all": len(deals),
        "won": int(deals["is_won"].sum()),
        "lost": int((deals["is_closed"] & ~deals["is_won"]).sum()),
        "open": int((~deals["is_closed"]).sum()),
        "of_existing_customers": int((~new).sum()),
    }


def _quirks(frames: WorldFrames, registry: Registry, usage: UsageCounts, removed: dict[str, int]) -> dict[str, Any]:
    typed = registry.accounts["website"].str.contains(".example", regex=False)
    return {
        "salesforce_merged_ids": registry.merged["old_id"].tolist(),
        "hubspot_merged_ids": registry.hubspot_merged["old_id"].tolist(),
        "duplicate_salesforce_ids": registry.duplicates["salesforce_id"].tolist(),
        "companies_without_own_domain": int((~typed).sum()),
        "removed_technologies": removed,
        "usage": {
            "events": usage.events,
            "late": usage.late,
            "overlapping_rows": usage.overlapping,
            "without_group": usage.without_group,
            "unmapped": usage.unmapped,
            "posthog_noise_rows": usage.posthog_noise,
        },
        "deals_without_rate": int(ledger.without_rate(len(frames.deals)).sum()),
        "subscriptions_without_rate": stripe_files.NO_RATE_ROWS,
        "survey_scores_that_are_none": voices.BAD_SCORES,
    }


def _rejected(rows: dict[str, int]) -> dict[str, int]:
    """Whole rows that no reader can use, per file."""
    last_tracks = max(name for name in rows if name.startswith("usage/tracks_"))
    return {
        "salesforce/Account.csv": salesforce_files.BAD_ACCOUNTS,
        "salesforce/Opportunity.csv": salesforce_files.BAD_OPPORTUNITIES,
        "clearbit/companies.csv": clearbit_files.FREE_MAIL_ROWS,
        "triggers/events.csv": signals.BAD_TRIGGER_DATES,
        last_tracks: BAD_TIMES,
    }
