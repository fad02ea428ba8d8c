"""Companies like those in real CRMs: Salesforce accounts and deals, Stripe subscriptions, situations mixed at random.

No situation changes what was planted, so the main traits and the negative should be found as in a clean export.

Each company draws its own situations (`SITUATIONS`), each with even odds; `noise` has all situations and no signal.
"""

from __future__ import annotations

import csv
import datetime
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.method.world import QUERIES, Flags, Floats, Recipe, Truth, World, levels, models_for
from icp_pipeline.run.read_plan import read_plan
from icp_pipeline.settings.load import load_settings
from icp_pipeline.settings.tables import settings_tables
from icp_pipeline.sources.lake import land
from icp_pipeline.warehouse.build import Build, open_build

SITUATIONS = ("renewals", "one_parent", "partial_coverage", "migrated_dates", "drift_of_mix", "not_prospects")
_AS_OF = datetime.date(2026, 11, 21)
_MARKET, _OTHERS = 1500, 150
_QUALITY = {
    ("industry", "Software"): 1.2,
    ("industry", "Agency"): -1.5,
    ("platform", "salesforce"): 0.9,
    ("employees", "200-499"): 0.9,
    ("employees", "500-999"): 0.9,
}
_WIN = {("industry", "Agency"): 0.4, ("industry", "Software"): 0.3, ("platform", "salesforce"): 0.2}
_INDUSTRIES = ("Software", "Agency", "Retail", "Banking", "Energy", "Media", "Education", "Insurance")
_SIZES = {
    "10-49": (10, 50),
    "50-199": (50, 200),
    "200-499": (200, 500),
    "500-999": (500, 1000),
    "1,000-1,999": (1000, 2000),
}
# Attributes without effect. Situations depend on their levels, so false discoveries would show up here.
_NULLS = {
    "lead_source": ("Web", "Referral", "Event", "Outbound"),
    "country": ("United States", "Germany", "France", "Japan", "Brazil", "Canada"),
    "ownership": ("Private", "Public", "Subsidiary"),
    "null_5": tuple("abcde"),
}
_SETTINGS = f"""as_of: {_AS_OF}
attributes:
  platform: {{field: salesforce.account.Platform__c, type: categorical}}
  null_5: {{field: salesforce.account.Null_5__c, type: categorical}}
"""
_WANTED = ("segments.segment_pair_lift", "segments.segment_lift", "segments.attribute_leaks", "core.account_triggers",
           "core.accounts")  # fmt: skip
_SCHEMAS = ("staging", "core", "outcomes", "segments")
_NAMES = "select name, account_id from core.accounts"


@dataclass(frozen=True)
class _Draw:
    """The truth about the accounts: the first `n_deals` were sold to, the rest are the market."""

    levels: dict[str, np.ndarray]
    quality: Floats
    win: Floats
    latent: Floats
    would_buy: Flags
    days_ago: np.ndarray
    n_deals: int
    situations: frozenset[str]


@dataclass
class _Files:
    """Rows of the files, as the vendors write them."""

    rng: np.random.Generator
    accounts: list[dict[str, Any]] = field(default_factory=list)
    deals: list[dict[str, Any]] = field(default_factory=list)
    subscriptions: list[dict[str, Any]] = field(default_factory=list)


def situations_of(recipe: Recipe) -> frozenset[str]:
    """The situations that this company's CRM has."""
    if recipe.kind == "noise":
        return frozenset(SITUATIONS)
    drawn = np.random.default_rng([recipe.seed, 21]).random(len(SITUATIONS)) < 0.5
    return frozenset(name for name, is_there in zip(SITUATIONS, drawn, strict=True) if is_there)


def make_crm(recipe: Recipe) -> World:
    """Write, land, build and read one company; nothing of it stays on disk."""
    rng = np.random.default_rng([recipe.seed, recipe.customers, 22])
    draw = _draw(rng, recipe)
    with tempfile.TemporaryDirectory(prefix="icp_method_") as folder:
        home = Path(folder)
        _write(home, _files(rng, draw))
        tables, ids = _built(home)
    settings = {str(name): value for name, value in tables.pop("settings").iloc[0].items()}
    return World(recipe, tables, _truth(draw, ids, tables["market"], recipe), settings)


def _draw(rng: np.random.Generator, recipe: Recipe) -> _Draw:
    situations = situations_of(recipe)
    # About two fifths of the deals are won, and a tenth of the customers is too young to be ranked. Fewer are ranked if
    # the source of outcomes covers only three of four lead sources.
    covered = 0.75 if "partial_coverage" in situations else 1.0
    n_deals = round(recipe.customers * 1.1 * 2.5 / covered)
    n = n_deals + _MARKET
    drawn = {
        "industry": rng.choice(np.array(_INDUSTRIES, dtype=object), n),
        "platform": rng.choice(np.array(["salesforce", "hubspot", "none", "other"], dtype=object), n),
        "employees": rng.choice(np.array(list(_SIZES), dtype=object), n),
        **{name: rng.choice(np.array(found, dtype=object), n) for name, found in _NULLS.items()},
    }
    days_ago = rng.integers(20, 1_400, n)
    if "drift_of_mix" in situations:
        # Japan was opened a year ago and is half of all sales since.
        late = (days_ago < 365) & (rng.random(n) < 0.5)
        drawn["country"] = np.where(late, "Japan", np.where(drawn["country"] == "Japan", "Canada", drawn["country"]))
    scale = 0.0 if recipe.kind == "noise" else 1.0
    quality, win = scale * _effect(drawn, _QUALITY), scale * _effect(drawn, _WIN)
    latent = quality + rng.logistic(size=n)
    would_buy = rng.random(n) < 1 / (1 + np.exp(0.5 - win))
    if "one_parent" in situations:
        # A group of thirty in Brazil that refer one another: one decision and one outcome.
        group = np.arange(min(30, n_deals // 5))
        drawn["country"][group], drawn["lead_source"][group] = "Brazil", "Referral"
        would_buy[group], latent[group] = True, latent[0]
    return _Draw(drawn, quality, win, latent, would_buy, days_ago, n_deals, situations)


def _effect(drawn: dict[str, np.ndarray], effects: dict[tuple[str, str], float]) -> Floats:
    return np.sum([points * (drawn[attribute] == level) for (attribute, level), points in effects.items()], axis=0)


def _files(rng: np.random.Generator, draw: _Draw) -> _Files:
    files = _Files(rng)
    spread = (draw.latent - draw.latent.mean()) / draw.latent.std()
    for place in range(len(draw.latent)):
        account = _account(files, draw, place)
        if place < draw.n_deals:
            _sale(files, draw, account, place, float(spread[place]))
    if "not_prospects" in draw.situations:
        for number in range(_OTHERS):
            kind = ("Competitor", "Channel Partner / Reseller", "Vendor", "Test", "Customer - Direct")[number % 5]
            other = _row(f"Other {number}", len(files.accounts), kind)
            files.accounts.append(
                other | {"Industry": "Software", "Platform__c": "salesforce", "BillingCountry": "Canada"}
            )
    return files


def _row(name: str, number: int, kind: str) -> dict[str, Any]:
    return {
        "Id": f"001Hs{number:010d}", "Name": name, "Type": kind, "ParentId": "", "Website": f"firm{number}.example",
        "Industry": "", "NumberOfEmployees": "", "Ownership": "", "BillingCountry": "", "AccountSource": "",
        "Platform__c": "", "Null_5__c": "", "CreatedDate": "2020-01-06T09:00:00.000Z",
    }  # fmt: skip


def _account(files: _Files, draw: _Draw, place: int) -> dict[str, Any]:
    is_customer = place < draw.n_deals and draw.would_buy[place]
    row = _row(f"Firm {place}", len(files.accounts), "Customer - Direct" if is_customer else "Prospect")
    low, high = _SIZES[draw.levels["employees"][place]]
    cells = {
        "Industry": draw.levels["industry"][place],
        "Platform__c": draw.levels["platform"][place],
        "NumberOfEmployees": int(files.rng.integers(low, high)),
        "Ownership": draw.levels["ownership"][place],
        "BillingCountry": draw.levels["country"][place],
        "AccountSource": draw.levels["lead_source"][place],
        "Null_5__c": draw.levels["null_5"][place],
    }
    row |= {name: value for name, value in cells.items() if files.rng.random() >= 0.1}
    if "one_parent" in draw.situations and 0 < place < min(30, draw.n_deals // 5):
        row["ParentId"] = files.accounts[0]["Id"]
    files.accounts.append(row)
    return row


def _sale(files: _Files, draw: _Draw, account: dict[str, Any], place: int, spread: float) -> None:
    closed = _AS_OF - datetime.timedelta(days=int(draw.days_ago[place]))
    won = bool(draw.would_buy[place])
    monthly = float(np.exp(6.5 + 0.5 * (0.65 * spread + 0.76 * files.rng.normal())))
    _deal(files, draw, account, closed, won, monthly * 12, files.rng.integers(20, 90))
    if not won:
        return
    source, tenure = draw.levels["lead_source"][place], int(draw.days_ago[place])
    has_left = files.rng.random() < 1 / (1 + np.exp(1.2 + 1.3 * spread - tenure / 900))
    left = closed + datetime.timedelta(days=int(tenure * files.rng.uniform(0.3, 0.95))) if has_left else None
    if "renewals" in draw.situations and source == "Event":
        # Under the same type as new business, every quarter.
        until, day = left or _AS_OF, closed + datetime.timedelta(days=91)
        while day < until:
            _deal(files, draw, account, day, True, monthly * 3, 25)
            day += datetime.timedelta(days=91)
    if "partial_coverage" in draw.situations and source == "Web":
        return
    grown = max(0.2, 1 + 0.2 * (0.65 * spread + 0.76 * files.rng.normal()))
    middle = closed + (((left or _AS_OF) - closed) / 2)
    _subscription(files, account, closed, middle, monthly)
    _subscription(files, account, middle, left, monthly * grown)


def _deal(
    files: _Files, draw: _Draw, account: dict[str, Any], closed: datetime.date, won: bool, amount: float, cycle: int
) -> None:
    created = closed - datetime.timedelta(days=int(cycle))
    moved = _AS_OF - datetime.timedelta(days=300)
    if "migrated_dates" in draw.situations and created < moved:
        created = moved
    files.deals.append(
        {
            "Id": f"006Hs{len(files.deals):010d}", "AccountId": account["Id"], "Type": "New Customer",
            "StageName": "Closed Won" if won else "Closed Lost", "Amount": f"{amount:.2f}", "CloseDate": f"{closed}",
            "CreatedDate": f"{created}T09:00:00.000Z", "IsClosed": "true", "IsWon": str(won).lower(),
        }
    )  # fmt: skip


def _subscription(
    files: _Files, account: dict[str, Any], start: datetime.date, end: datetime.date | None, monthly: float
) -> None:
    files.subscriptions.append(
        {
            "id": f"sub_{len(files.subscriptions):06d}", "Customer ID": account["Id"], "Plan": "pro", "Quantity": 1,
            "Currency": "usd", "Interval": "month", "Amount": f"{monthly:.2f}",
            "Status": "canceled" if end else "active", "Created (UTC)": f"{start} 09:00",
            "Start (UTC)": f"{start} 09:00", "Ended At (UTC)": f"{end} 09:00" if end else "",
            "Canceled At (UTC)": f"{end} 09:00" if end else "", "crm_account_id (metadata)": account["Id"],
        }
    )  # fmt: skip


def _write(home: Path, files: _Files) -> None:
    (home / "icp.yaml").write_text(_SETTINGS, encoding="utf-8")
    names = {"salesforce/Account.csv": files.accounts, "salesforce/Opportunity.csv": files.deals}
    for name, rows in {**names, "stripe/subscriptions.csv": files.subscriptions}.items():
        path = home / "landing" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


def _built(home: Path) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """The company's tables, and which account each name became."""
    settings = load_settings(home)
    lake = land(home / "landing", home / "lake", read_plan(settings))
    with open_build(home, "method") as build:
        build.attach_inputs(lake.parquet, settings_tables(settings, _AS_OF, "method"), lake.tables)
        for model in models_for(_WANTED, _SCHEMAS):
            build.build(model)
        return _frames(build), build.frame(_NAMES)


def _frames(build: Build) -> dict[str, pd.DataFrame]:
    wanted = QUERIES | {"triggers": "select * from core.account_triggers"}
    return {name: build.frame(query) for name, query in wanted.items()}


def _truth(draw: _Draw, ids: pd.DataFrame, market: pd.DataFrame, recipe: Recipe) -> Truth:
    found = ids.set_index("name")["account_id"]
    index = pd.Index(found.reindex([f"Firm {place}" for place in range(len(draw.latent))]), name="account_id")
    planted = pd.DataFrame({"quality": draw.quality, "win": draw.win}, index=index)
    won = np.flatnonzero(draw.would_buy[: draw.n_deals])
    best = draw.latent >= np.quantile(draw.latent[won], 0.8)
    prospects = planted.assign(best=best, ideal=best & draw.would_buy).iloc[draw.n_deals :]
    is_noise = recipe.kind == "noise"
    good = {
        "saas": levels("industry", "Software"),
        "salesforce": levels("platform", "salesforce"),
        "size": levels("employees", "200-499", "500-999"),
    }
    return Truth(
        {} if is_noise else good,
        {} if is_noise else {"agency": levels("industry", "Agency")},
        frozenset() if is_noise else frozenset({"industry", "platform", "employees"}),
        None,
        None,
        ("country", "Japan"),
        # Accounts wrongly classed as not prospects would be missing here.
        prospects[prospects.index.isin(market["account_id"])],
        planted.iloc[: draw.n_deals],
    )
