"""Simulated website experiments, evaluated by the project's own models.

`python -m bench.experiments` writes `EXPERIMENTS.md`: how often real and absent differences are called.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from icp_pipeline.catalog.inputs import inputs_of
from icp_pipeline.home import PROJECT

SQL = PROJECT / "sql" / "results"
JUDGING = ("experiment_evidence", "experiment_intervals", "experiment_sample_sizes", "experiments")
COUNTED = (
    "entered_personalised",
    "entered_holdout",
    "accounts_personalised",
    "accounts_holdout",
    "conversions_personalised",
    "conversions_holdout",
)
# For the first question: the log e-value from which results.experiments calls a difference.
HURDLE, BROKEN = -math.log(0.045), math.log(1000)
_RESULTS = Path(__file__).with_name("EXPERIMENTS.md")
_CONVERSION = "(event varchar, conversions bigint, visitors bigint)"


def judge(counts: pd.DataFrame, models: Iterable[str] = JUDGING) -> pd.DataFrame:
    """Run `models` on rows of `results.experiment_counts`, with segment and event filled in; return the last table."""
    with duckdb.connect() as connection:
        _prepare(connection)
        rows = counts.assign(
            **{
                name: counts.get(name, default)
                for name, default in (("attribute", "all"), ("segment", "all"), ("event", "any"))
            }
        )
        connection.register("rows", rows)
        connection.execute("create table results.experiment_counts as select * from rows")
        return _last(connection, models)


def judge_accounts(accounts: pd.DataFrame, holdout: float) -> pd.DataFrame:
    """`results.experiments` for accounts with `account_id`, `arm` and `converted`, each past its 28 days."""
    with duckdb.connect() as connection:
        _prepare(connection)
        connection.register("accounts", accounts)
        connection.execute(
            "create table results.experiment_entries as select 'x' as experiment, account_id, arm, true as is_closed, "
            "null::varchar as left_out, null::varchar as tier, null::varchar as industry, null::varchar as employees, "
            "null::varchar as region from accounts"
        )
        connection.execute(
            "create table results.experiment_conversions as select 'x' as experiment, account_id, 'visit_to_site' as "
            "event from accounts where converted"
        )
        for table in ("history.experiment_assignments", "settings.experiments"):
            schema, name = table.split(".")
            columns = next(found for key, found in inputs_of(schema).items() if key.table == name)
            declared = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            connection.execute(f"create schema if not exists {schema}")
            connection.execute(f"create table {table} ({declared})")
        connection.execute("create schema activation")
        connection.execute("create table activation.experiment_arms (experiment varchar, holdout double)")
        connection.execute("insert into settings.experiments by name select 'x' as experiment, ? as holdout", [holdout])
        return _last(connection, ("experiment_counts", *JUDGING))


def nightly_counts(
    rng: np.random.Generator,
    experiments: int,
    nights: NDArray[np.int_],
    accounts: int,
    *,
    holdout: float,
    rates: tuple[float, float],
    drawn_holdout: float | None = None,
) -> pd.DataFrame:
    """Counts of each experiment on each night: `accounts` enter one after another, evenly over all nights.

    `rates`: of the personalised arm and the holdout. `drawn_holdout`: the real share held out, if the split is broken.
    """
    held = rng.random((experiments, accounts)) < (holdout if drawn_holdout is None else drawn_holdout)
    converted = rng.random((experiments, accounts)) < np.where(held, rates[1], rates[0])
    seen = (accounts * (nights + 1)) // (nights.max() + 1) - 1
    sums = {
        "accounts_personalised": np.cumsum(~held, axis=1)[:, seen],
        "accounts_holdout": np.cumsum(held, axis=1)[:, seen],
        "conversions_personalised": np.cumsum(converted & ~held, axis=1)[:, seen],
        "conversions_holdout": np.cumsum(converted & held, axis=1)[:, seen],
    }
    frame = pd.DataFrame({name: values.ravel() for name, values in sums.items()})
    number, night = np.meshgrid(np.arange(experiments), nights, indexing="ij")
    names = [f"{one}-{day}" for one, day in zip(number.ravel(), night.ravel(), strict=True)]
    return frame.assign(
        experiment=names,
        number=number.ravel(),
        night=night.ravel(),
        holdout=holdout,
        entered_personalised=frame["accounts_personalised"],
        entered_holdout=frame["accounts_holdout"],
    )


def _prepare(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("set threads = 1")
    connection.execute("create schema results")
    connection.execute(f"create table results.segment_conversion {_CONVERSION}")


def _last(connection: duckdb.DuckDBPyConnection, models: Iterable[str]) -> pd.DataFrame:
    for name in models:
        query = Path(SQL / f"{name}.sql").read_text(encoding="utf-8")
        connection.execute(f"create table results.{name} as {query}")
    return connection.execute(f"select * from results.{name} order by all").df()


def called(counts: pd.DataFrame) -> pd.Series:
    """For each experiment of `nightly_counts`: whether a difference was ever called, if somebody looked each night."""
    judged = counts.merge(judge(counts, ("experiment_evidence",)), on="experiment")
    return judged.groupby("number")["log_e"].max() >= HURDLE


def withheld(counts: pd.DataFrame) -> pd.Series:
    """For each experiment of `nightly_counts`: whether its result was ever withheld."""
    judged = counts.merge(judge(counts, ("experiment_evidence",)), on="experiment")
    return judged.groupby("number")["log_srm_e"].max() >= BROKEN


def main() -> None:
    """Write the figures; takes two minutes."""
    _RESULTS.write_text("\n".join(_lines()) + "\n", encoding="utf-8")
    print(_RESULTS.read_text(encoding="utf-8"))


def _lines() -> Iterator[str]:
    rng = np.random.default_rng(18)
    nights, year = np.arange(60), np.arange(365)
    yield "# Experiments with the website: what is called, and what is not\n"
    yield "Figures of `python -m bench.experiments`, through the SQL of `results.experiments`. Accounts enter evenly"
    yield "over 60 nights; each night somebody looks, and what is called once counts. The holdout converts at 5 %"
    yield "unless said otherwise.\n"
    yield "## No difference: how many of 200 experiments are ever called (15 may be)\n"
    yield "| accounts | holdout | rate | called |\n| --- | --- | --- | --- |"
    for accounts, holdout, rate in (
        (600, 0.2, 0.05),
        (1200, 0.2, 0.1),
        (1200, 0.5, 0.1),
        (20_000, 0.2, 0.05),
        (20_000, 0.5, 0.2),
    ):
        found = called(nightly_counts(rng, 200, nights, accounts, holdout=holdout, rates=(rate, rate)))
        yield f"| {accounts:,} | {holdout:.0%} | {rate:.0%} | {found.sum()} |"
    yield "\n## A difference: share of 200 experiments in which it is called\n"
    yield "| personalised converts | holdout | 600 accounts | 1,200 | 3,000 | 8,000 |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for ratio in (1.5, 2, 3):
        for holdout in (0.2, 0.5):
            shares = [
                called(nightly_counts(rng, 200, nights, accounts, holdout=holdout, rates=(0.05 * ratio, 0.05))).mean()
                for accounts in (600, 1200, 3000, 8000)
            ]
            yield (
                f"| {ratio:g} times as often | {holdout:.0%} | " + " | ".join(f"{share:.0%}" for share in shares) + " |"
            )
    yield "\n## The arms' ratio: share of 1,000 experiments that are ever withheld, looked at on 365 nights\n"
    yield "| drawn | planned holdout | 1,000 accounts | 5,000 |\n| --- | --- | --- | --- |"
    for drawn in (0.2, 0.25, 0.3):
        shares = [
            withheld(
                nightly_counts(rng, 1000, year, accounts, holdout=0.2, rates=(0.05, 0.05), drawn_holdout=drawn)
            ).mean()
            for accounts in (1000, 5000)
        ]
        yield f"| {drawn:.0%} | 20% | " + " | ".join(f"{share:.1%}" for share in shares) + " |"


if __name__ == "__main__":
    main()
