"""Companies whose market stays or changes after an ICP was learned, and the drift model on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from unittest import mock

import pandas as pd
import worlds
from learned_worlds import settings_at
from project_models import create_empty, project_model

from icp_pipeline import duck
from icp_pipeline.learning.baseline import score_effects, segment_effects
from icp_pipeline.learning.fit import fit_icp
from icp_pipeline.learning.matrix import read_segments, read_traits
from icp_pipeline.learning.observed import read_observations
from icp_pipeline.learning.version_rows import criteria_rows, evidence_rows
from icp_pipeline.learning.wins import learned_from_wins
from icp_pipeline.names import TableName

# The q-value of the drift alarm, with each check counted.
ALARM = 0.01
THEN, NOW = pd.Timestamp("2026-01-01"), pd.Timestamp("2027-07-01")
Changes = dict[tuple[str, str], float]
Company = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
SAME: Changes = {}
_DRIFT = (
    "icp.new_customers",
    "icp.criterion_strata",
    "icp.criterion_drift",
    "icp.ranking_strata",
    "icp.ranking_drift",
    "icp.significance",
    "icp.trait_drift",
)
# The best and the worst business model swap places.
TURNED = {("business_model", "saas"): -1.0, ("business_model", "agency"): 0.8}


@dataclass(frozen=True)
class Learned:
    """What a version stores that the drift models read."""

    criteria: pd.DataFrame
    evidence: pd.DataFrame
    effects: pd.DataFrame
    scores: pd.DataFrame


def company(n_customers: int, seed: int, until: pd.Timestamp, months: int, changes: Changes) -> Company:
    """A simulated company whose customers came in the `months` before half a year before `until`."""
    with mock.patch.dict(worlds.BEST, changes):
        world = worlds.make_world(n_customers, seed, n_market=50)
    days = (world.observations["observed_at"] - pd.Timestamp("2023-01-01")).dt.days / 900
    last = until - pd.Timedelta(days=190)
    at = last - pd.to_timedelta((1 - days) * months * 30, unit="D")
    return world.observations.assign(observed_at=at.dt.normalize()), world.attributes, world.definitions


def learn_then(
    n_customers: int, seed: int, observations: pd.DataFrame | None = None, basis: str = "outcomes"
) -> Learned:
    """An ICP learned on the day THEN from customers of the three years before, or from other outcomes of the same."""
    own, attributes, definitions = company(n_customers, seed, THEN, 36, SAME)
    observations = own if observations is None else observations
    if basis == "wins":
        observations, _ = learned_from_wins(won_and_lost(observations), None)
    settings = settings_at(THEN, basis=basis)
    traits = read_traits(attributes)
    quality, deals = (read_observations(observations, outcome, traits) for outcome in ("quality", "win"))
    segments = read_segments(traits, definitions)
    fit = fit_icp(segments, quality, deals, None, settings)
    market = traits.facts(pd.Series([], dtype=object))
    return Learned(
        criteria_rows(segments, fit, quality, market, settings),
        evidence_rows(traits, segments, fit),
        segment_effects(segments, fit.choice.segments, quality, settings),
        score_effects(fit, quality, settings),
    )


def drift_since(learned: Learned, observations: pd.DataFrame, attributes: pd.DataFrame) -> pd.DataFrame:
    """The rows of icp.drift on the day NOW, except those about the market."""
    everybody = observations[["account_id"]].drop_duplicates().assign(icp_id="primary")
    return drift_at_looks(learned, observations, attributes, everybody)


def won_and_lost(observations: pd.DataFrame) -> pd.DataFrame:
    """The same company if only deals are known: won if a customer turned out better than most."""
    rows = observations[observations["outcome"] == "quality"]
    won = rows["y"] > 0
    rate = won.mean()
    return rows.assign(
        outcome="win",
        is_won=won,
        y=(won - rate) / (rate * (1 - rate)),
        # Also of deals opened in the last half year; those opened before THEN were learned from.
        observed_at=rows["observed_at"] + pd.Timedelta(days=180),
    )


def drift_at_looks(
    learned: Learned,
    observations: pd.DataFrame,
    attributes: pd.DataFrame,
    looks: pd.DataFrame,
    level: float = ALARM,
    basis: str = "outcomes",
) -> pd.DataFrame:
    """The same for many checks. `looks`: account_id and icp_id; each check is an ICP with the accounts it can see.

    `level` replaces the alarm's own: at a higher level, alarms are frequent enough to be counted.
    """
    quality = observations[observations["outcome"] == "quality"].assign(cluster_id=lambda rows: rows["observation_id"])
    deals = observations[observations["outcome"] == "win"].assign(cluster_id=lambda rows: rows["observation_id"])
    judged = deals if basis == "wins" else quality
    observed = judged[["outcome", "observation_id", "account_id"]].merge(attributes, on="account_id")
    icps = looks[["icp_id"]].drop_duplicates()
    versions = icps.assign(icp_version="v1")
    given = {
        "settings.run": pd.DataFrame({"as_of": [NOW], "min_tenure_months": [6]}),
        "settings.icps": icps,
        "icp.live_versions": versions.assign(outcome="win" if basis == "wins" else "quality"),
        "icp.learned_versions": versions.assign(learned_on=THEN, basis=basis),
        "outcomes.observations": quality,
        "segments.icp_observations": deals.merge(looks, on="account_id"),
        "core.icp_members": looks,
        "segments.observed_levels": observed,
        "icp.criteria": learned.criteria.merge(versions, how="cross"),
        "history.icp_evidence": learned.evidence.merge(versions, how="cross"),
        "history.icp_segment_effects": learned.effects.merge(versions, how="cross"),
        "history.icp_score_effects": learned.scores.merge(versions, how="cross"),
    }
    with duck.connect() as connection:
        build(connection, given, _DRIFT, ["icp.drift"])
        sql, alarm = sql_of("icp.drift"), f"<= {ALARM}"
        assert sql.count(alarm) == 1
        # A model's rows have no order.
        return connection.execute(f"select * from (\n{sql.replace(alarm, f'<= {level}')}\n) order by all").df()


def build(
    connection: duck.Connection, given: Mapping[str, pd.DataFrame], names: Sequence[str], asked: Sequence[str]
) -> None:
    """Build these models on the given rows, for those that are asked next; what else they read is empty."""
    models = [project_model(name) for name in names]
    read = {name for model in (*models, *map(project_model, asked)) for name in model.depends_on}
    create_empty(connection, (read | {TableName.parse(name) for name in given}) - {model.name for model in models})
    for name, rows in given.items():
        fill(connection, name, rows)
    for model in models:
        connection.execute(f"create schema if not exists {model.name.schema}")
        connection.execute(f"create table {model.name} as {model.sql}")


def sql_of(name: str) -> str:
    """The SELECT of a model."""
    return project_model(name).sql


def fill(connection: duck.Connection, table: str, frame: pd.DataFrame) -> None:
    """Add rows by column name; columns that the table does not have are left out."""
    known = {row[0] for row in connection.execute(f"describe {table}").fetchall()}
    connection.register("incoming", frame[[name for name in frame.columns if name in known]])
    connection.execute(f"insert into {table} by name select * from incoming")
    connection.unregister("incoming")
