"""Warnings of learning: plain sentences with a stable code."""

from __future__ import annotations

import pandas as pd

from icp_pipeline.learning.contract import WARNINGS, LearnSettings, frame


def too_few(n_customers: int, settings: LearnSettings) -> list[dict[str, str]]:
    """What can be claimed with this many ranked customers."""
    if n_customers >= settings.directional_customers:
        return []
    if n_customers < settings.min_customers:
        possible = (
            f"below {settings.min_customers} nothing can be claimed about segments; go by interviews, won "
            "deals and engaged trials until more customers have a history"
        )
    else:
        possible = (
            f"from {settings.min_customers} to {settings.directional_customers} criteria are a direction, not "
            "proof, and nobody is disqualified by them"
        )
    return [_warning("TOO_FEW_CUSTOMERS", f"{n_customers} customers could be ranked: {possible}.")]


def no_signal(n_customers: int, signal_z: float, settings: LearnSettings) -> list[dict[str, str]]:
    """NO_SIGNAL: why there is no ICP."""
    if signal_z < settings.signal_z:
        reason = (
            f"accounts the model had not seen are not ranked better than chance (z {signal_z:.2f}, needed "
            f"{settings.signal_z})"
        )
    else:
        reason = "no segment stands out enough to be a criterion"
    compared = {"proxy": "accounts by proxies (deals won and advanced)", "wins": "closed deals"}.get(
        settings.basis, "ranked customers"
    )
    message = (
        f"No ICP was learned from {n_customers} {compared}: {reason}. All accounts stay unscored; more "
        "customers, outcomes or attributes may change that."
    )
    return [_warning("NO_SIGNAL", message)]


def too_broad(coverage: float | None, settings: LearnSettings) -> list[dict[str, str]]:
    """ICP_TOO_BROAD: the ICP keeps too much of the market to be a filter."""
    if coverage is None or coverage <= settings.broad_share:
        return []
    message = (
        f"{coverage:.0%} of the addressable accounts meet the ICP's criteria; above {settings.broad_share:.0%} "
        "it hardly filters. Sell to tier 1 first."
    )
    return [_warning("ICP_TOO_BROAD", message)]


def no_backtest() -> list[dict[str, str]]:
    """NO_BACKTEST: nothing was tested, so nothing is proved."""
    return [
        _warning(
            "NO_BACKTEST",
            "Too few dated results for a time split (30 customers before it, 20 results with "
            "5 good ones after it): the tiers are not yet proved on later deals.",
        )
    ]


def snapshot_split() -> list[dict[str, str]]:
    """How the split was made, which flatters a little."""
    return [
        _warning(
            "BACKTEST_SNAPSHOT",
            "The backtest splits by the date of the result; attributes are as they stand "
            "today where the source has no history.",
            "info",
        )
    ]


def as_frame(warnings: list[dict[str, str]]) -> pd.DataFrame:
    """All warnings of one learning."""
    return frame(list(warnings), WARNINGS)


def _warning(code: str, message: str, severity: str = "warning") -> dict[str, str]:
    return {"code": code, "severity": severity, "message": message, "subject": "icp"}
