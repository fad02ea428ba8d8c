"""Timing: Crunchbase funding rounds, the trigger list, and the engagement list."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from icp_pipeline.sample.events import FUNDING, STRENGTH
from icp_pipeline.sample.market import WorldFrames
from icp_pipeline.sample.registry import Registry, short_id
from icp_pipeline.sample.rows import day, when, whole, write_csv
from icp_pipeline.sample.streams import pick, stream

_ROUNDS = ("Seed", "Series A", "Series B", "Series C", "Series D")
_KINDS = {"touch": 0.4, "visit": 0.35, "reply": 0.1, "meeting": 0.1, "trial": 0.05}
_CHANNELS = {"touch": "email", "visit": "web", "reply": "email", "meeting": "call", "trial": "product"}
BAD_TRIGGER_DATES = 2


def write_funding(folder: Path, frames: WorldFrames) -> dict[str, int]:
    """Crunchbase's export: `Money Raised Currency` is the code, the dollars are in the column after it."""
    rng = stream(frames.seed, "crunchbase")
    rounds = frames.triggers[frames.triggers["trigger"] == FUNDING].reset_index(drop=True)
    rounds = rounds.sort_values(["happened_on", "account"], kind="stable", ignore_index=True)
    stage = rounds.groupby("account").cumcount().clip(upper=len(_ROUNDS) - 1).to_numpy()
    kind = np.array(_ROUNDS, dtype=object)[stage]
    company = frames.accounts.iloc[rounds["account"]].reset_index(drop=True)
    usd = np.round(np.exp(14.5 + 0.9 * stage + rng.normal(0, 0.5, len(rounds))), -5)
    disclosed = rng.random(len(rounds)) >= 0.15
    is_euro = (company["currency"] == "eur").to_numpy()
    rows = pd.DataFrame(
        {
            "Transaction Name": kind + " - " + company["short_name"].to_numpy(dtype=object),
            "Transaction Name URL": "",
            "Organization Name": company["short_name"],
            "Organization Name URL": "",
            "Funding Type": kind,
            "Money Raised": whole(np.where(is_euro, usd / 1.08, usd), disclosed),
            "Money Raised Currency": when(disclosed, np.where(is_euro, "EUR", "USD")),
            "Money Raised Currency (in USD)": whole(usd, disclosed),
            "Announced Date": day(rounds["happened_on"]),
            "Number of Investors": whole(1 + rng.integers(0, 6, len(rounds))),
            "Organization Industries": company["industry"],
            "Organization Location": company["city"] + ", " + company["state"] + ", " + company["country"],
            "Organization Website": "https://www." + company["domain"] + "/",
        }
    )
    return {"funding_rounds.csv": write_csv(folder / "funding_rounds.csv", rows, quote_all=True)}


def write_triggers(folder: Path, frames: WorldFrames, registry: Registry) -> dict[str, int]:
    """All events but funding, by domain or by a 15-character CRM id; two rows have no usable date."""
    rng = stream(frames.seed, "trigger file")
    events = frames.triggers[frames.triggers["trigger"] != FUNDING].reset_index(drop=True)
    rows = pd.DataFrame(
        {
            "account": _key(frames, registry, events["account"].to_numpy(), rng),
            "trigger": events["trigger"],
            "happened_on": day(events["happened_on"]),
            "strength": events["trigger"].map(STRENGTH),
            "source": "news desk",
        }
    )
    bad = rows.head(BAD_TRIGGER_DATES).assign(happened_on=["soon", "2026-02-30"][:BAD_TRIGGER_DATES])
    return {"events.csv": write_csv(folder / "events.csv", pd.concat([rows, bad], ignore_index=True))}


def write_engagement(folder: Path, frames: WorldFrames, registry: Registry) -> dict[str, int]:
    """Touches of the last half year; they show who is active, not who fits."""
    rng = stream(frames.seed, "engagement")
    lively = rng.random(len(frames.accounts)) < 0.35
    account = np.repeat(np.arange(len(lively)), lively * (1 + rng.poisson(2.5, len(lively))))
    kind = pick(rng, _KINDS, len(account))
    happened = np.datetime64(frames.as_of, "D") - rng.integers(0, 180, len(account))
    rows = pd.DataFrame(
        {
            "account": _key(frames, registry, account, rng),
            "happened_on": day(happened),
            "channel": [_CHANNELS[name] for name in kind],
            "kind": kind,
        }
    )
    return {"touches.csv": write_csv(folder / "touches.csv", rows)}


def _key(frames: WorldFrames, registry: Registry, account: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """By CRM id in half of the rows, and always if the company has no domain of its own."""
    website = registry.accounts["website"].to_numpy(dtype=object)
    bare = np.array([".example" not in text for text in website])[account]
    by_id = bare | (rng.random(len(account)) < 0.5)
    ids = short_id(registry.accounts["crm_id"].to_numpy(dtype=object))[account]
    return np.where(by_id, ids, frames.accounts["domain"].to_numpy(dtype=object)[account])
