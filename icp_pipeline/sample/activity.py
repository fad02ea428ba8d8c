"""Who used the product when, and how the app names them: spans of activity, group ids, users. No files here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from icp_pipeline.sample.market import WorldFrames
from icp_pipeline.sample.streams import stream

_TRIAL_SHARE, _TRIAL_DAYS, _TRIAL_RATE = 0.45, 30, 2.0
_POSTHOG = 0.08
# What links a group id to an account: the domain or the CRM id among its traits, the mapping file, or nothing.
_MAPPED_BY = {"domain": 0.55, "crm_id": 0.2, "file": 0.22, "nothing": 0.03}
INTERNAL_GROUP = "acct_internal_qa"


@dataclass(frozen=True)
class Activity:
    """The product's usage before single events are drawn."""

    # group, start, end (days, end excluded), rate (events a day, relative). One row per span of activity.
    spans: pd.DataFrame
    # One row per group: group_id, account (-1 for the internal one), users, first_user, mapped_by, in_posthog.
    groups: pd.DataFrame


def plan_activity(frames: WorldFrames) -> Activity:
    """Customers from their first value on, trials before the decision, and the vendor's own test group."""
    rng = stream(frames.seed, "activity")
    spans = pd.concat([_customer_spans(frames), _trial_spans(frames, rng)], ignore_index=True)
    account = np.unique(spans["account"].to_numpy())
    spans["group"] = np.searchsorted(account, spans["account"].to_numpy())
    groups = _groups(frames, account, rng)
    return Activity(pd.concat([spans, _internal_span(frames, spans, len(account))], ignore_index=True), groups)


def _customer_spans(frames: WorldFrames) -> pd.DataFrame:
    customers = frames.customers
    start = _days(customers["won_on"]) + customers["time_to_value_days"].to_numpy()
    end = _days(customers["churned_on"].fillna(pd.Timestamp(frames.as_of)))
    rows = pd.DataFrame(
        {"account": customers["account"], "start": start, "end": end, "rate": customers["activity"], "is_trial": False}
    )
    return rows[start < end]


def _trial_spans(frames: WorldFrames, rng: np.random.Generator) -> pd.DataFrame:
    """Trials start with the deal and end with it or after a month; having a trial does not predict who stays."""
    deals = frames.deals[frames.deals["kind"] == "new"]
    deals = deals[rng.random(len(deals)) < _TRIAL_SHARE]
    start = _days(deals["created_on"]) + rng.integers(0, 10, len(deals))
    stop = np.minimum(_days(deals["closed_on"]), np.datetime64(frames.as_of, "D"))
    end = np.minimum(stop, start + rng.integers(5, _TRIAL_DAYS, len(deals)))
    rows = pd.DataFrame(
        {"account": deals["account"], "start": start, "end": end, "rate": _TRIAL_RATE, "is_trial": True}
    )
    return rows[start < end]


def _groups(frames: WorldFrames, account: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    size = len(account)
    users = 1 + rng.poisson(4, size + 1)
    kinds = np.array(list(_MAPPED_BY), dtype=object)
    domain = frames.accounts["domain"].str.removesuffix(".example").to_numpy(dtype=object)[account]
    return pd.DataFrame(
        {
            "group_id": np.append("acct_" + domain, INTERNAL_GROUP),
            "account": np.append(account, -1),
            "users": users,
            "first_user": np.concatenate([[0], np.cumsum(users)[:-1]]),
            "mapped_by": np.append(rng.choice(kinds, size, p=list(_MAPPED_BY.values())), "nothing"),
            "in_posthog": np.append(rng.random(size) < _POSTHOG, False),
        }
    )


def _internal_span(frames: WorldFrames, spans: pd.DataFrame, group: int) -> pd.DataFrame:
    """The vendor's own testers make about 2 % of the events."""
    start = spans["start"].min() if len(spans) else pd.Timestamp(frames.as_of) - pd.Timedelta(days=30)
    days = (pd.Timestamp(frames.as_of) - start).days
    total = float((spans["rate"] * (spans["end"] - spans["start"]).dt.days).sum())
    row = {
        "account": -1,
        "start": start,
        "end": pd.Timestamp(frames.as_of),
        "rate": 0.02 * total / max(days, 1) + 0.001,
    }
    return pd.DataFrame([row | {"is_trial": False, "group": group}])


def _days(values: pd.Series) -> np.ndarray:
    return values.to_numpy().astype("datetime64[D]")
