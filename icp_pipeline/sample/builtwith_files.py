"""BuiltWith lists: one file per technology, whose name is only in the file's name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from icp_pipeline.sample.market import WorldFrames
from icp_pipeline.sample.rows import day, number_text, write_csv
from icp_pipeline.sample.streams import stream
from icp_pipeline.sample.traits import technology_column
from icp_pipeline.sample.vocabulary import TECHNOLOGIES

_HEADER = [
    *("Domain", "Location on Site", "Tech Spend USD", "Sales Revenue USD", "Social", "Employees", "Company"),
    *("Vertical", "Tranco", "Page Rank", "Majestic", "Umbrella", "Telephones", "Emails", "Twitter", "Facebook"),
    *("LinkedIn", "Google", "Pinterest", "GitHub", "Instagram", "Vk", "Vimeo", "Youtube", "TikTok", "People"),
    *("City", "State", "Zip", "Country", "First Detected", "Last Found", "First Indexed", "Last Indexed"),
    *("Exclusion", "Compliance", ""),
]
_DETECTED, _REMOVED = 0.93, 0.04
# If a site dropped the technology, it was last seen with it at least this many days before the last visit.
_GONE_DAYS = (250, 900)


def write_builtwith(folder: Path, frames: WorldFrames) -> tuple[dict[str, int], dict[str, int]]:
    """Write one list per technology; returns the rows per file and, per technology, how many sites removed it."""
    rows, removed = {}, {}
    first_deal = frames.deals.groupby("account")["created_on"].min().reindex(range(len(frames.accounts)))
    for technology in TECHNOLOGIES:
        name = f"All-Live-{technology.replace(' ', '-')}-Sites.csv"
        rng = stream(frames.seed, f"builtwith {technology}")
        uses = frames.accounts[technology_column(technology)].to_numpy()
        draw = rng.random(len(uses))
        live, gone = uses & (draw < _DETECTED), ~uses & (draw < _REMOVED)
        rows[name] = write_csv(folder / name, _list(frames, live | gone, gone, first_deal, rng), quote_all=True)
        removed[technology] = int(gone.sum())
    return rows, removed


def _list(
    frames: WorldFrames, listed: np.ndarray, gone: np.ndarray, first_deal: pd.Series, rng: np.random.Generator
) -> pd.DataFrame:
    sites = frames.observed[listed].reset_index(drop=True)
    size = len(sites)
    looked = np.datetime64(frames.as_of, "D") - rng.integers(5, 60, size)
    lost = gone[listed]
    found = looked - np.where(lost, rng.integers(*_GONE_DAYS, size), rng.integers(0, 20, size))
    columns: dict[str, Any] = {name: np.full(size, "", dtype=object) for name in _HEADER}
    columns |= {
        "Domain": sites["domain"],
        "Location on Site": np.where(
            rng.random(size) < 0.1, sites["domain"] + ";app." + sites["domain"], sites["domain"]
        ),
        "Tech Spend USD": [f"${spend}" for spend in 100 * rng.integers(1, 200, size)],
        "Employees": np.where(sites["employees"].isna(), "0", number_text(sites["employees"], ".0f")),
        "Company": sites["short_name"],
        "Vertical": np.where(sites["industry"].isna(), "", "Business And Industry"),
        "Telephones": np.full(size, "ph:", dtype=object),
        "City": sites["city"],
        "Country": sites["country_code"],
        "First Detected": day(_first_detected(first_deal.to_numpy()[listed], found, rng)),
        "Last Found": day(found),
        "First Indexed": day(looked - 3_650),
        "Last Indexed": day(looked),
        "Exclusion": np.full(size, "-", dtype=object),
        "Compliance": np.full(size, "-", dtype=object),
    }
    return pd.DataFrame(columns)


def _first_detected(deal: np.ndarray, found: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Mostly years before anybody sold to the company; for one in twenty only after the first deal was opened."""
    size = len(found)
    deal = np.where(np.isnat(deal), np.datetime64("2026-06-30"), deal).astype("datetime64[D]")
    early = np.minimum(deal, found) - rng.integers(40, 1_500, size)
    late = np.minimum(found, deal + rng.integers(200, 500, size))
    return np.where(rng.random(size) < 0.05, late, early)
