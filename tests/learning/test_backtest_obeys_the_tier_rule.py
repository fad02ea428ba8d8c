"""The backtest's tiers are those of sql/icp/tier_cases.sql, on random points, flags and settings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from icp_pipeline import duck
from icp_pipeline.learning.backtest import is_opposed, tiers_of
from icp_pipeline.learning.contract import LearnSettings
from icp_pipeline.learning.fit import Edges
from icp_pipeline.settings.schema import Settings
from icp_pipeline.settings.tables import settings_tables

ROOT = Path(__file__).resolve().parents[2]
N = 4000


@dataclass(frozen=True)
class Drawn:
    """Accounts with random points near and on the edges and floors, and the settings they are tiered by."""

    accounts: pd.DataFrame
    run: pd.DataFrame
    average: float
    basis: str


def _settings(run: pd.DataFrame, basis: str) -> LearnSettings:
    row = {str(name): value for name, value in run.iloc[0].items()}
    return replace(LearnSettings.from_row(row), basis=basis)


def _drawn(seed: int, basis: str) -> Drawn:
    rng = np.random.default_rng(seed)
    run = settings_tables(Settings(), date(2026, 6, 1), "random")["run"].to_pandas()
    if seed:
        a, b, d = sorted(rng.uniform(0.2, 12, 3))[::-1]
        run = run.assign(
            band_a=a, band_b=b, band_d=d,
            tier_1_min_fit=rng.choice(["a", "b", "c"]),
            tier_1_trigger_floor=rng.uniform(0.05, 0.6), tier_1_process_floor=-rng.uniform(0.05, 0.6),
        )  # fmt: skip
    average, settings = rng.uniform(0.02, 0.4 if basis == "outcomes" else 0.9), _settings(run, basis)
    edges = Edges.of(average, settings)
    on_edge = rng.choice([edges.a, edges.b, edges.d], N)
    trigger = np.round(rng.choice([0.0, settings.tier_1_trigger_floor, 0.1, 0.4, 1.2], N), 9)
    process = np.round(rng.choice([0.0, settings.tier_1_process_floor, -0.1, -0.4, 0.3], N), 9)
    spread = rng.choice([1e-9, -1e-9, 0.1, -0.1, 1.0, -1.0], N) * rng.integers(1, 4, N)
    accounts = pd.DataFrame(
        {
            "account_id": [f"a{number:05d}" for number in range(N)],
            "fit_points": np.round(on_edge + spread - trigger * rng.integers(0, 2, N), 9),
            "trigger_score": trigger,
            "process_points": process,
            "is_out": rng.random(N) < 0.1,
            "has_negative_process": rng.random(N) < 0.2,
        }
    )
    return Drawn(accounts, run, average, basis)


def _by_sql(drawn: Drawn) -> list[str]:
    with duck.connect() as connection:
        for schema in ("icp", "settings", "history"):
            connection.execute(f"create schema {schema}")
        connection.register("accounts", drawn.accounts)
        connection.register("run", drawn.run)
        connection.execute("create table settings.run as select * from run")
        connection.execute("create table settings.icps as select 'primary' as icp_id, null as filter_sql")
        connection.execute(
            f"""
            create table history.icp_versions as select 'primary' as icp_id, 'v1' as icp_version, 'live' as status,
                50 as n_customers, true as has_signal, now() as promoted_at, now() as learned_at,
                '{drawn.basis}' as basis, null as chance, null as measured_by,
                true as counts_parents
            """
        )
        connection.execute(
            "create table history.icp_criteria as select 'primary' as icp_id, 'v1' as icp_version, 'crm' as attribute, "
            "'none' as segment"
        )
        connection.execute("create table settings.blank_levels (attribute varchar, level varchar)")
        connection.execute(
            "create table history.icp_calibration as select 'primary' as icp_id, 'v1' as icp_version, "
            "0.0 as prior_points, $1::double as market_average",
            [drawn.average],
        )
        connection.execute(
            """
            create table icp.account_points as select account_id, 'primary' as icp_id,
                fit_points::decimal(18, 9) as fit_points, trigger_score::decimal(18, 9) as trigger_score,
                'v1' as icp_version, 1 as known_attributes, case when is_out then 'country XX' end as disqualified_by,
                process_points::decimal(18, 9) as process_points, has_negative_process
            from accounts
            """
        )
        connection.execute(
            """
            create table icp.possible_traits (account_id varchar, icp_id varchar, case_kind varchar, attribute varchar,
                segment varchar, fit_added decimal(18, 9), process_added decimal(18, 9), criteria_added integer,
                disqualifies boolean, objects boolean)
            """
        )
        connection.execute(
            "create table icp.possible_triggers (account_id varchar, icp_id varchar, trigger varchar, "
            "trigger_added decimal(18, 9))"
        )
        connection.execute(
            "create table icp.previous_tiers (account_id varchar, icp_id varchar, icp_version varchar, "
            "fit_points decimal(18, 9), trigger_score decimal(18, 9))"
        )
        connection.execute(
            "create table icp.changed_pieces (account_id varchar, icp_id varchar, kind varchar, piece varchar, "
            "fit_change decimal(18, 9), trigger_change decimal(18, 9), process_change decimal(18, 9))"
        )
        for name in ("live_versions", "tier_cases"):
            text = (ROOT / "sql" / "icp" / f"{name}.sql").read_text(encoding="utf-8")
            connection.execute(f"create table icp.{name} as {text}")
        found = connection.execute("select tier from icp.tier_cases where case_kind = 'as_is' order by account_id")
        return [tier for (tier,) in found.fetchall()]


@pytest.mark.parametrize("basis", ["outcomes", "wins"])
@pytest.mark.parametrize("seed", range(6))
def test_random_accounts_have_the_same_tier_in_the_backtest_and_in_sql(seed: int, basis: str) -> None:
    drawn = _drawn(seed, basis)
    settings = _settings(drawn.run, basis)
    column = {name: drawn.accounts[name].to_numpy() for name in drawn.accounts}
    found = tiers_of(
        column["fit_points"],
        column["trigger_score"],
        column["is_out"],
        Edges.of(drawn.average, settings),
        settings,
        is_opposed(column["process_points"], column["has_negative_process"], settings),
    )
    wanted = np.array(_by_sql(drawn))
    differ = np.flatnonzero(found != wanted)
    assert not len(differ), drawn.accounts.assign(sql=wanted, backtest=found).iloc[differ[:5]].to_string()
    assert seed or set(wanted) == {"tier_1", "tier_2", "tier_3", "not_icp"}
