"""Companies of `icp sample`: written as files, landed, and built by the real models, staging to segments."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from bench.method.world import QUERIES, Recipe, Truth, World, levels, models_for
from icp_pipeline.home import PROJECT
from icp_pipeline.run.read_plan import read_plan
from icp_pipeline.sample.market import AS_OF, WorldFrames, accounts_for, make_world
from icp_pipeline.sample.registry import register
from icp_pipeline.sample.streams import stream
from icp_pipeline.sample.vocabulary import AGENCY, NEW_REGION, PLANTED_TECHNOLOGY, SAAS
from icp_pipeline.sample.world_options import World as Options
from icp_pipeline.sample.write import write_sample
from icp_pipeline.settings.load import load_settings
from icp_pipeline.settings.tables import settings_tables
from icp_pipeline.sources.lake import land
from icp_pipeline.warehouse.build import Build, open_build

# Usage is the slowest source and only one of ten metrics, so a few events are enough.
_EVENTS = 300
_CRM_KEYS = "select key_value, account_id from core.account_keys where key_type in ('salesforce', 'hubspot')"
# The tables that are read, which decide the models that are built.
_WANTED = (
    "segments.segment_pair_lift",
    "segments.segment_lift",
    "segments.attribute_leaks",
    "core.account_triggers",
    "core.account_keys",
    "core.accounts",
)
_SCHEMAS = ("staging", "core", "outcomes", "segments")
_OPTIONS = {
    "signal": Options(),
    "noise": Options(signal=0.0),
    "pair": Options(interaction=True),
}
_SALESFORCE = levels("crm", PLANTED_TECHNOLOGY) | levels("technology", PLANTED_TECHNOLOGY)
GOOD = {
    "saas": levels("industry", SAAS),
    "salesforce": _SALESFORCE,
    "size": levels("employees", "200-499", "500-999"),
    "revops": levels("has_revops", "true"),
}
BAD = {"agency": levels("industry", AGENCY)}
CARRIERS = frozenset({"industry", "sub_industry", "employees", "annual_revenue_usd", "technology", "crm", "has_revops"})


def make_company(recipe: Recipe) -> World:
    """Write, land, build and read one company; nothing of it stays on disk."""
    options = _OPTIONS[recipe.kind]
    # About a tenth of the customers is too young to be ranked.
    accounts = max(60, accounts_for(round(recipe.customers * 1.12), options))
    with tempfile.TemporaryDirectory(prefix="icp_method_") as folder:
        home = Path(folder)
        write_sample(home, accounts=accounts, events=_EVENTS, seed=recipe.seed, world=options)
        shutil.copy(PROJECT / "data" / "icp.yaml", home)
        tables, ids = _built(home)
    frames = make_world(accounts, recipe.seed, AS_OF, options)
    settings = {str(name): value for name, value in tables.pop("settings").iloc[0].items()}
    return World(recipe, tables, _truth(frames, ids, tables["market"], options), settings)


def _built(home: Path) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """The company's tables, and which CRM record is which account."""
    settings = load_settings(home)
    lake = land(home / "landing", home / "lake", read_plan(settings))
    with open_build(home, "method") as build:
        tables = settings_tables(settings, AS_OF, "method")
        build.attach_inputs(lake.parquet, tables, lake.tables)
        for model in models_for(_WANTED, _SCHEMAS):
            build.build(model)
        return _frames(build), build.frame(_CRM_KEYS)


def _frames(build: Build) -> dict[str, pd.DataFrame]:
    wanted = QUERIES | {"triggers": "select * from core.account_triggers"}
    return {name: build.frame(query) for name, query in wanted.items()}


def _truth(frames: WorldFrames, keys: pd.DataFrame, market: pd.DataFrame, options: Options) -> Truth:
    planted = _planted(frames).join(_account_ids(frames, keys)).dropna(subset="account_id")
    planted = planted.drop_duplicates("account_id").set_index("account_id")
    has_signal = options.signal > 0
    return Truth(
        GOOD if has_signal else {},
        BAD if has_signal else {},
        CARRIERS if has_signal else frozenset(),
        (GOOD["saas"], _SALESFORCE) if options.interaction else None,
        "onboarding_segment" if options.leak else None,
        ("region", NEW_REGION),
        planted.reindex(market["account_id"].drop_duplicates()).dropna(subset="quality"),
        planted[["quality", "win"]],
    )


def _planted(frames: WorldFrames) -> pd.DataFrame:
    """How every account would have turned out, had it been sold to."""
    accounts = frames.accounts
    bar = np.quantile(accounts["quality"].to_numpy()[frames.customers["account"]], 0.8)
    closed = frames.deals[frames.deals["is_closed"] & (frames.deals["kind"] == "new")]
    shift = np.log(closed["is_won"].mean() / (1 - closed["is_won"].mean()))
    centre = accounts["win_index"].to_numpy()[closed["account"]].mean()
    chance = 1 / (1 + np.exp(-(accounts["win_index"] - centre + shift)))
    would_buy = stream(frames.seed, "would buy").random(len(accounts)) < chance
    best = (accounts["quality"] >= bar).to_numpy()
    columns = {"quality": accounts["quality_index"], "win": accounts["win_index"], "best": best}
    return pd.DataFrame(columns).assign(ideal=best & would_buy)


def _account_ids(frames: WorldFrames, keys: pd.DataFrame) -> pd.Series:
    """The pipeline's account_id for each company, by its CRM record."""
    found = keys.drop_duplicates("key_value").set_index("key_value")["account_id"]
    ids = register(frames).accounts["crm_id"]
    return pd.Series(found.reindex(ids).to_numpy(), index=ids.index, name="account_id")
