"""The list of companies that nobody may approach: some are among the best fits, so that ignoring it shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from icp_pipeline.sample.market import WorldFrames
from icp_pipeline.sample.registry import Registry, short_id
from icp_pipeline.sample.rows import write_csv

FILE = "do_not_contact.csv"
_REASONS = ("asked not to be contacted", "pending lawsuit", "talks of the board", "legal hold")
# Among the best prospects, by planted fit: how many permanently, how many for a while, and how many expired.
_FOR_GOOD, _FOR_A_WHILE, _OVER = 8, 2, 2


@dataclass(frozen=True)
class SuppressList:
    """The rows of the file, and what they mean: domains kept out, expired ones, and a line that matches nobody."""

    rows: pd.DataFrame
    truth: dict[str, Any]


def suppress_list(frames: WorldFrames, registry: Registry) -> SuppressList:
    """Prospects by domain or by a 15-character id alternately; the last line has two letters swapped."""
    asked = np.unique(frames.deals["account"].to_numpy())
    has_domain = registry.accounts["website"].str.contains(".example", regex=False).to_numpy()
    best = np.argsort(-frames.accounts["quality_index"].to_numpy(), kind="stable")
    chosen = best[has_domain[best] & ~np.isin(best, asked)][: _FOR_GOOD + _FOR_A_WHILE + _OVER + 1]
    *listed, mistyped = frames.accounts["domain"].to_numpy(dtype=object)[chosen].tolist()
    ids = short_id(registry.accounts["crm_id"].to_numpy(dtype=object))[chosen[:-1]]
    day = np.datetime64(frames.as_of, "D")
    until = ([""] * _FOR_GOOD + [str(day + 30)] * _FOR_A_WHILE + [str(day - 1)] * _OVER)[: len(listed)]
    rows = pd.DataFrame(
        {
            "account": [
                *(domain if place % 2 else key for place, (domain, key) in enumerate(zip(listed, ids, strict=True))),
                mistyped[1] + mistyped[0] + mistyped[2:],
            ],
            "reason": [_REASONS[place % len(_REASONS)] for place in range(len(chosen))],
            "until": [*until, ""],
        }
    )
    truth = {
        "domains": listed[: _FOR_GOOD + _FOR_A_WHILE],
        "over": listed[_FOR_GOOD + _FOR_A_WHILE :],
        "line_of_nobody": len(rows) + 1,
        "meant": mistyped,
    }
    return SuppressList(rows, truth)


def write_suppress_list(folder: Path, suppressed: SuppressList) -> dict[str, int]:
    """One file: `account`, `reason`, `until`."""
    return {FILE: write_csv(folder / FILE, suppressed.rows)}
