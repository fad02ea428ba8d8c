"""A whole made-up company on disk: a landing folder as the vendors would fill it, and the planted truth beside it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from icp_pipeline.sample.builtwith_files import write_builtwith
from icp_pipeline.sample.clearbit_files import write_clearbit
from icp_pipeline.sample.hubspot_files import write_hubspot
from icp_pipeline.sample.inbound import (
    contact_rows,
    form_rows,
    lead_rows,
    write_forms,
    write_hubspot_contacts,
    write_leads,
    write_salesforce_contacts,
)
from icp_pipeline.sample.market import AS_OF, WorldFrames, make_world
from icp_pipeline.sample.registry import Registry, register
from icp_pipeline.sample.salesforce_files import write_salesforce
from icp_pipeline.sample.signals import write_engagement, write_funding, write_triggers
from icp_pipeline.sample.stakeholders import write_voice
from icp_pipeline.sample.stripe_files import write_stripe
from icp_pipeline.sample.suppress_list import suppress_list, write_suppress_list
from icp_pipeline.sample.truth import planted_truth
from icp_pipeline.sample.usage import write_usage
from icp_pipeline.sample.voices import write_surveys, write_tickets
from icp_pipeline.sample.website_visits import write_website_visits
from icp_pipeline.sample.world_options import World

# The shipped company has few customers, so its planted effects are a little stronger.
SAMPLE_WORLD = World(signal=1.25)
FOLDERS = (
    "salesforce",
    "hubspot",
    "clearbit",
    "builtwith",
    "usage",
    "stripe",
    "nps",
    "zendesk",
    "crunchbase",
    "triggers",
    "engagement",
    "suppress",
    "forms",
    "web",
    "voice",
)


def write_sample(
    home: Path,
    accounts: int = 1200,
    events: int = 30_000,
    seed: int = 7,
    as_of: date = AS_OF,
    world: World = SAMPLE_WORLD,
    progress: Callable[[str], None] | None = None,
    with_accounts: bool = False,
) -> dict[str, Any]:
    """Write `home/landing/` (replacing the vendors' folders in it) and `home/planted_truth.json`; returns the truth.

    The same arguments give the same bytes. `events` counts distinct usage events; files also repeat some of them.
    `with_accounts` adds `home/planted_accounts.csv`: the true traits and planted log-odds of every account.
    """
    landing = home / "landing"
    _clear(landing)
    frames = make_world(accounts, seed, as_of, world)
    registry = register(frames)
    suppressed = suppress_list(frames, registry)
    forms, inbound = form_rows(frames, registry)
    leads, lead_routes = lead_rows(frames, registry)
    contacts, contact_routes = contact_rows(frames, registry)
    inbound["routes"] |= lead_routes | contact_routes
    web, website = write_website_visits(landing / "web", frames, registry)
    voice, heard = write_voice(landing / "voice", frames, registry)
    technologies, removed = write_builtwith(landing / "builtwith", frames)
    written = {
        "salesforce": write_salesforce(landing / "salesforce", frames, registry)
        | write_leads(landing / "salesforce", leads)
        | write_salesforce_contacts(landing / "salesforce", frames, registry),
        "hubspot": write_hubspot(landing / "hubspot", frames, registry)
        | write_hubspot_contacts(landing / "hubspot", contacts, as_of),
        "clearbit": write_clearbit(landing / "clearbit", frames),
        "builtwith": technologies,
        "stripe": write_stripe(landing / "stripe", frames, registry),
        "nps": write_surveys(landing / "nps", frames),
        "zendesk": write_tickets(landing / "zendesk", frames),
        "crunchbase": write_funding(landing / "crunchbase", frames),
        "triggers": write_triggers(landing / "triggers", frames, registry),
        "engagement": write_engagement(landing / "engagement", frames, registry),
        "suppress": write_suppress_list(landing / "suppress", suppressed),
        "forms": write_forms(landing / "forms", forms),
        "web": web,
        "voice": voice,
    }
    usage = write_usage(landing / "usage", frames, registry, events, progress)
    written["usage"] = usage.rows
    rows = {f"{folder}/{name}": count for folder, files in written.items() for name, count in files.items()}
    truth = planted_truth(frames, registry, usage, rows, removed)
    truth |= {"suppressed": suppressed.truth, "inbound": inbound, "website": website, "voice": heard}
    (home / "planted_truth.json").write_text(json.dumps(truth, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if with_accounts:
        _write_accounts(home / "planted_accounts.csv", frames, registry)
    return truth


def _write_accounts(path: Path, frames: WorldFrames, registry: Registry) -> None:
    """Ids in every system, then the truth, with floats rounded so that the file is the same on every machine."""
    ids = registry.accounts[["salesforce_id", "hubspot_id"]]
    customers = frames.customers.set_index("account")["won_on"].reindex(frames.accounts["account"]).to_numpy()
    rows = pd.concat([ids, frames.accounts.round(6)], axis=1).assign(customer_since=customers)
    rows.to_csv(path, index=False, lineterminator="\n")


def _clear(landing: Path) -> None:
    """Remove the months of a larger company; folders that are not ours stay."""
    for folder in FOLDERS:
        shutil.rmtree(landing / folder, ignore_errors=True)
