"""Who visited the website and asked for a demo or signed up, by company, and the results to expect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from icp_pipeline.sample.ledger import moments
from icp_pipeline.sample.market import WorldFrames
from icp_pipeline.sample.registry import Registry
from icp_pipeline.sample.rows import write_csv, zulu
from icp_pipeline.sample.streams import pick, stream
from icp_pipeline.sample.vocabulary import SAAS

VISITS = "events.csv"
_DAYS = 180
_VISITORS, _STRANGERS, _TWICE, _FREE_MAIL = 0.25, 40, 5, 3
# Chance that an account's month on the site ends in a conversion; the planted best industry asks more often.
_CONVERTS, _SAAS_CONVERTS = 0.05, 0.15
_PAGES = {"/": 0.35, "/pricing": 0.25, "/customers": 0.2, "/integrations": 0.2}
_CONVERSIONS = {"demo_request": 0.7, "signup": 0.3}


def write_website_visits(
    folder: Path, frames: WorldFrames, registry: Registry
) -> tuple[dict[str, int], dict[str, Any]]:
    """One file of the last half year, oldest first; and the truth: how many visited, converted, and are unknown."""
    rng = stream(frames.seed, "website")
    own_domain = registry.accounts["website"].str.contains(".example", regex=False).to_numpy()
    chosen = np.flatnonzero((rng.random(len(own_domain)) < _VISITORS) & own_domain)
    # Two months in which an account visits, three visits in each.
    month = np.repeat(chosen, 2)
    came = np.datetime64(frames.as_of, "D") - rng.integers(8, _DAYS, len(month))
    visited = np.repeat(np.arange(len(month)), 1 + rng.poisson(1.2, len(month)))
    visits = pd.DataFrame(
        {
            "account": month[visited],
            "at": moments(came[visited] + rng.integers(0, 7, len(visited)), rng),
            "event": "visit",
            "page": pick(rng, _PAGES, len(visited)),
        }
    )
    is_saas = (frames.accounts["industry"] == SAAS).to_numpy()[month]
    converts = np.flatnonzero(rng.random(len(month)) < np.where(is_saas, _SAAS_CONVERTS, _CONVERTS))
    event = pick(rng, _CONVERSIONS, len(converts))
    conversions = pd.DataFrame(
        {
            "account": month[converts],
            "at": moments(came[converts] + 7, rng),
            "event": event,
            "page": np.where(event == "signup", "/signup", "/demo"),
        }
    )
    known = pd.concat([visits, conversions], ignore_index=True)
    known["domain"] = frames.accounts["domain"].to_numpy(dtype=object)[known["account"]]
    # A small company has fewer visits than the number of strangers asked for.
    strangers = known.head(_STRANGERS).assign(event="visit")
    strangers["domain"] = [f"passing-by-{place % 25}.example" for place in range(len(strangers))]
    free_mail = known.head(_FREE_MAIL).assign(domain="gmail.com", event="visit")
    rows = pd.concat([known, strangers, free_mail], ignore_index=True).sort_values(["at", "domain"], kind="stable")
    rows["id"] = [f"w-{place}" for place in range(len(rows))]
    rows = pd.concat([rows, rows.tail(_TWICE)], ignore_index=True)
    written = rows.assign(occurred_at=zulu(rows["at"]))[["id", "domain", "occurred_at", "event", "page"]]
    truth = {
        "visitors": len(chosen),
        "conversions": conversions["event"].value_counts().sort_index().to_dict(),
        "strangers": len(strangers),
        "free_mail": len(free_mail),
        "sent_twice": min(_TWICE, len(known) + len(strangers) + len(free_mail)),
        "more_often": SAAS,
    }
    return {VISITS: write_csv(folder / VISITS, written)}, truth
