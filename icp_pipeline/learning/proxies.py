"""Proxies for outcomes while too few customers can be ranked: how far accounts advanced in buying."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from icp_pipeline.learning.contract import LearnSettings
from icp_pipeline.learning.observed import cluster_ids, n_ranked

# Fewest accounts with a result, and fewest of either kind among them.
_MIN_ACCOUNTS, _MIN_OF_EACH = 30, 10
# Known only of accounts that came far, or part of what they are judged by: they would explain the proxy by itself.
_PART_OF_THE_PROXY = {"committee_size", "trial_active_days"}
_PROXY = "proxy"


def stand_in(observations: pd.DataFrame, proxies: pd.DataFrame | None, settings: LearnSettings) -> pd.DataFrame | None:
    """Proxies in the shape of ranked customers; None if outcomes can be used, or there are too few proxies.

    `observations`: outcomes.observations. `proxies`: outcomes.proxy_observations. Closed deals are left out: whether
    they were won is in the proxy already, and would count twice.
    """
    if settings.basis == "wins" or proxies is None or cluster_ids(proxies).nunique() < _MIN_ACCOUNTS:
        return None
    if settings.basis == "outcomes" and n_ranked(observations) >= settings.min_customers:
        return None
    if min(cluster_ids(proxies[proxies[end].astype(bool)]).nunique() for end in ("is_best", "is_worst")) < _MIN_OF_EACH:
        return None
    return proxies.assign(outcome="quality", is_won=None)


def proxy_settings(settings: LearnSettings) -> LearnSettings:
    """`settings` under which everything is directional: nothing learned from proxies disqualifies."""
    return replace(settings, basis=_PROXY, directional_customers=10**9)


def fit_for_proxies(attributes: pd.DataFrame) -> pd.DataFrame:
    """Attributes without those that are part of the proxy: behavior, and fields recorded as a deal advances."""
    out = attributes["attribute"].isin(_PART_OF_THE_PROXY)
    if "dimension" in attributes:
        out |= attributes["dimension"] == "behavioral"
    return attributes[~out]
