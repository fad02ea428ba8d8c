"""What links the app's groups to accounts: Segment's `groups` calls and the app team's mapping file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from icp_pipeline.sample.activity import Activity
from icp_pipeline.sample.ledger import moments
from icp_pipeline.sample.market import WorldFrames
from icp_pipeline.sample.registry import Registry
from icp_pipeline.sample.rows import write_csv, zulu
from icp_pipeline.sample.streams import stream


def write_groups(path: Path, frames: WorldFrames, registry: Registry, activity: Activity) -> int:
    """Segment's `groups`: a row per call, so the first call of a group often knows less than the last."""
    rng = stream(frames.seed, "groups")
    groups = activity.groups[activity.groups["account"] >= 0].reset_index(drop=True)
    calls = groups.loc[groups.index.repeat(2)].reset_index(drop=True)
    is_last = np.arange(len(calls)) % 2 == 1
    account = calls["account"].to_numpy()
    began = activity.spans.groupby("group")["start"].min().reindex(groups.index).to_numpy()
    received = moments(np.repeat(began, 2), rng) + np.where(is_last, 86_400, 0)
    domain = frames.accounts["domain"].to_numpy(dtype=object)[account]
    crm_id = registry.accounts["crm_id"].to_numpy(dtype=object)[account]
    by = calls["mapped_by"].to_numpy()
    columns = {
        "id": [f"ajs-g-{number}" for number in range(len(calls))],
        "group_id": calls["group_id"].to_numpy(),
        "user_id": [
            f"u_{number:05d}" for number in calls["first_user"].to_numpy() + is_last * (calls["users"].to_numpy() - 1)
        ],
        "anonymous_id": np.full(len(calls), "", dtype=object),
        "name": frames.accounts["short_name"].to_numpy(dtype=object)[account],
        "plan": np.where(is_last, "team", "trial"),
        "domain": np.where((by == "domain") & is_last, domain, ""),
        "crm_account_id": np.where((by == "crm_id") & is_last, crm_id, ""),
        "received_at": zulu(received),
        "sent_at": zulu(received),
    }
    return write_csv(path, columns)


def write_group_map(path: Path, frames: WorldFrames, registry: Registry, activity: Activity) -> int:
    """The app team's own list, for groups whose traits say nothing."""
    groups = activity.groups[activity.groups["mapped_by"] == "file"]
    account = groups["account"].to_numpy()
    by_domain = np.arange(len(groups)) % 3 == 0
    columns = {
        "group_id": groups["group_id"].to_numpy(),
        "crm_account_id": np.where(by_domain, "", registry.accounts["crm_id"].to_numpy(dtype=object)[account]),
        "domain": np.where(by_domain, frames.accounts["domain"].to_numpy(dtype=object)[account], ""),
    }
    return write_csv(path, columns)
