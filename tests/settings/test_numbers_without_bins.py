"""A number without bins in icp.yaml gets bins that suit the data learned from, and keeps them."""

from __future__ import annotations

import datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from icp_pipeline.learning.backtest import auc
from icp_pipeline.run.finer_bins import carry_over, finer_edges
from icp_pipeline.run.quantile_bins import kept_bins, quantile_bins, quantile_edges
from icp_pipeline.settings.schema import Settings
from icp_pipeline.settings.tables import settings_tables
from icp_pipeline.terminal.refit import split_bins

DAY = datetime.date(2026, 11, 21)
FIELDS = {
    "fleet": {"field": "crm.fleet", "type": "numeric", "unknown": [0]},
    "spend_usd": {"field": "crm.spend", "type": "numeric"},
    "seats": {"field": "crm.seats", "type": "numeric", "bins": [10, 50]},
}
SETTINGS = Settings.model_validate(
    {
        "attributes": FIELDS,
        "currency": {"rates": {"EUR": 2}},
        "sources": {"crm": {"file": "a.csv", "kind": "account", "columns": {"id": "id"}}},
    }
)


class WorkFile:
    """The two queries and the one history table that bins need."""

    def __init__(self, kept: dict[str, list[float]] | None = None, scored: tuple[str, ...] = ()) -> None:
        self.kept = [(name, edge) for name, edges in (kept or {}).items() for edge in edges]
        self.scored = scored
        self.added = pd.DataFrame(columns=["attribute", "lower_bound"])

    def frame(self, sql: str) -> pd.DataFrame:
        if "attribute_bins" in sql:
            return pd.DataFrame(self.kept, columns=["attribute", "lower_bound"])
        return pd.DataFrame({"attribute": list(self.scored)})

    def append(self, _: object, rows: pd.DataFrame) -> None:
        self.added = rows

    def execute(self, sql: str, parameters: list[object]) -> None:
        """What versions know of split bins has tests of its own."""


def landed(
    folder: Path, values: list[tuple[str, str, str, str | None]], deals: list[str]
) -> dict[str, tuple[Path, ...]]:
    """Lake files of (account, attribute, value, currency) rows, and of the accounts that have deals."""
    columns = ["record_id", "attribute", "value", "currency"]
    frame = pd.DataFrame(values, columns=columns, dtype=object).assign(record_kind="account", source_name="crm")
    schema = pa.schema([(name, pa.string()) for name in frame.columns])
    pq.write_table(pa.Table.from_pandas(frame, schema=schema, preserve_index=False), folder / "field_values.parquet")
    pq.write_table(pa.table({"account_id": pa.array(deals, pa.string())}), folder / "deal.parquet")
    return {"field_values": (folder / "field_values.parquet",), "deal": (folder / "deal.parquet",)}


def bins(
    work: WorkFile, parquet: dict[str, tuple[Path, ...]], *, is_refit: bool = False
) -> dict[str, tuple[float, ...]]:
    return quantile_bins(work, parquet, SETTINGS, DAY, "run1", is_refit=is_refit)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "edges"),
    [
        pytest.param(np.arange(1, 101), (40, 70), id="three bins of a hundred, with round ends"),
        pytest.param(np.arange(1, 41), (20,), id="two bins where there are few"),
        pytest.param([0] * 80 + list(range(1, 21)), (1,), id="most of them 0, which stands alone"),
        pytest.param([1, 2, 3] * 30, (2, 3), id="few distinct values are not rounded away"),
        pytest.param(np.linspace(0.101, 0.199, 90), (0.14, 0.17), id="small numbers"),
        pytest.param(np.linspace(-100, -1, 60), (-50,), id="below zero"),
        pytest.param([7.0] * 50, (), id="all the same"),
        pytest.param([], (), id="none"),
    ],
)
def test_bins_hold_about_as_many_each(values: object, edges: tuple[float, ...]) -> None:
    assert quantile_edges(values) == pytest.approx(edges)


@pytest.mark.parametrize(
    ("values", "bins", "outermost"),
    [(799, 8, 1 / 8), (800, 10, 1 / 16), (1_600, 12, 1 / 32), (5_000, 14, 1 / 64), (100_000, 14, 1 / 64)],
)
def test_the_ends_of_eight_bins_are_halved_while_each_has_enough_to_be_heard(
    values: int, bins: int, outermost: float
) -> None:
    numbers = np.random.default_rng(0).lognormal(4, 1.5, values)
    edges = quantile_edges(numbers)
    counts = np.histogram(numbers, [0, *edges, np.inf])[0]
    # Round edges move by at most a fifth of a bin.
    assert len(counts) == bins and all(float(f"{edge:.3g}") == edge for edge in edges)
    assert counts[[0, -1]] == pytest.approx(values * outermost, rel=0.3)
    assert counts.max() < 1.3 * values / 8


@pytest.mark.parametrize("seed", range(5))
def test_what_is_rare_and_lies_at_one_end_is_ranked_within_a_hundredth_of_the_number_itself(seed: int) -> None:
    """As in ISLR's Default: a thirtieth default, nearly all in the top eighth, where eight bins see no order."""
    rng = np.random.default_rng(seed)
    balance = rng.normal(835, 480, 7_000)
    chance = 1 / (1 + np.exp(10.65 - 0.0055 * balance))
    has_defaulted = rng.random(7_000) < chance
    bin_of = np.searchsorted(quantile_edges(balance), balance, side="right")
    lost = auc(balance, has_defaulted)[0] - auc(bin_of.astype(float), has_defaulted)[0]
    eight = np.searchsorted(np.quantile(balance, np.arange(1, 8) / 8), balance, side="right")
    assert lost < 0.01 < 0.015 < auc(balance, has_defaulted)[0] - auc(eight.astype(float), has_defaulted)[0]


def test_accounts_with_deals_decide_where_they_are_enough(tmp_path: Path) -> None:
    small = [(f"m{n}", "fleet", str(n % 5 + 1), None) for n in range(300)]
    large = [(f"c{n}", "fleet", str(1000 + n * 10), None) for n in range(60)]
    with_deals = landed(tmp_path, small + large, [f"c{n}" for n in range(60)])
    assert bins(WorkFile(), with_deals) == {"fleet": (1300.0,)}
    few = landed(tmp_path, small + large, [f"c{n}" for n in range(29)])
    assert bins(WorkFile(), few)["fleet"][0] <= 3


def test_amounts_are_in_dollars_and_what_means_a_blank_is_left_out(tmp_path: Path) -> None:
    rows = [(f"a{n}", "spend_usd", str(n), "EUR") for n in range(1, 41)]
    rows += [(f"b{n}", "spend_usd", "1000000", "CHF") for n in range(40)]
    rows += [(f"c{n}", "fleet", "0", None) for n in range(400)] + [
        (f"d{n}", "fleet", str(n), None) for n in range(1, 41)
    ]
    assert bins(WorkFile(), landed(tmp_path, rows, [])) == {"fleet": (20.0,), "spend_usd": (40.0,)}


def test_bins_stay_while_the_icp_has_points_for_them(tmp_path: Path) -> None:
    parquet = landed(tmp_path, [(f"a{n}", "fleet", str(n), None) for n in range(1, 41)], [])
    scored = WorkFile({"fleet": [5, 9]}, ("fleet",))
    assert bins(scored, parquet) == {"fleet": (5.0, 9.0)} and scored.added.empty
    unscored = WorkFile({"fleet": [5, 9]})
    assert bins(unscored, parquet) == {"fleet": (20.0,)}
    assert unscored.added.to_dict("records") == [
        {"attribute": "fleet", "lower_bound": 20.0, "as_of": DAY, "run_id": "run1"}
    ]


def test_a_refit_splits_bins_that_the_icp_has_points_for_and_keeps_every_edge(tmp_path: Path) -> None:
    parquet = landed(tmp_path, [(f"a{n}", "fleet", str(n), None) for n in range(1, 241)], [])
    fresh, kept = bins(WorkFile(), parquet)["fleet"], (61.0, 130.0)
    assert fresh == (30.0, 60.0, 90.0, 120.0, 150.0, 180.0, 210.0)
    work = WorkFile({"fleet": list(kept)}, ("fleet",))
    # 60 and 120 are the kept edges, moved a little: they would leave slivers.
    assert bins(work, parquet, is_refit=True)["fleet"] == (30.0, 61.0, 90.0, 130.0, 150.0, 180.0, 210.0)
    assert work.added["lower_bound"].tolist() == [30.0, 61.0, 90.0, 130.0, 150.0, 180.0, 210.0]
    again = WorkFile({"fleet": work.added["lower_bound"].tolist()}, ("fleet",))
    assert bins(again, parquet, is_refit=True)["fleet"] == tuple(work.added["lower_bound"]) and again.added.empty


def test_ends_that_were_one_bin_are_halved_by_a_refit() -> None:
    values = np.arange(1, 8_001)
    eighths = tuple(float(edge) for edge in range(1_000, 8_000, 1_000))
    finer = finer_edges(eighths, quantile_edges(values), values)
    assert set(eighths) < set(finer) and len(finer) == 13
    assert [edge for edge in finer if edge < 1_000 or edge > 7_000] == pytest.approx(
        [125, 250, 500, 7_500, 7_750, 7_875], rel=0.21
    )


def test_parts_of_a_bin_have_its_points_and_their_part_of_its_market() -> None:
    with duckdb.connect() as connection:
        connection.execute("create schema history")
        connection.execute("create table history.icp_evidence (icp_version text, attribute text, level text,"
                           " segment text, points double)")  # fmt: skip
        connection.execute("create table history.icp_trait_shares (icp_version text, attribute text, level text,"
                           " n integer, share double)")  # fmt: skip
        connection.execute("insert into history.icp_evidence values ('1', 'fleet', '<50', '<50', -1),"
                           " ('1', 'fleet', '50+', '50+', 0.4), ('1', 'seats', '50+', '50+', 7)")  # fmt: skip
        connection.execute("insert into history.icp_trait_shares values ('1', 'fleet', '50+', 80, 0.8)")
        carry_over(connection, "fleet", (50.0,), (50.0, 90.0), np.arange(1, 100))  # type: ignore[arg-type]
        evidence = connection.execute("select * from history.icp_evidence order by all").fetchall()
        shares = connection.execute("select * from history.icp_trait_shares order by all").fetchall()
    assert evidence == [
        ("1", "fleet", "50-89", "50+", 0.4), ("1", "fleet", "90+", "50+", 0.4), ("1", "fleet", "<50", "<50", -1),
        ("1", "seats", "50+", "50+", 7),
    ]  # fmt: skip
    assert shares == [("1", "fleet", "50-89", 64, pytest.approx(0.64)), ("1", "fleet", "90+", 16, pytest.approx(0.16))]


def test_bins_of_a_run_whose_clock_was_ahead_do_not_come_back_after_a_refit() -> None:
    """The refit was published later, with an earlier date in its id; another refit split nothing."""
    with duckdb.connect() as connection:
        connection.execute("create schema history")
        connection.execute(
            "create table history.runs as select * from (values ('20261120_a', 1), ('20270301_b', 2), "
            "('20261121_c', 3), ('20261122_d', 4)) as runs (run_id, sequence)"
        )
        connection.execute(
            "create table history.attribute_bins as select 'fleet' as attribute, * from (values (7.0, '20261120_a'), "
            "(10.0, '20270301_b'), (5.0, '20261121_c'), (10.0, '20261121_c'), (900.0, '20261121_c')) "
            "as bins (lower_bound, run_id)"
        )
        assert kept_bins(lambda sql: connection.execute(sql).df()) == {"fleet": (5.0, 10.0, 900.0)}
        assert split_bins(connection, "20261121_c") == "fleet at 5, 900"
        assert split_bins(connection, "20261122_d") is None


def test_found_bins_are_levels_and_never_replace_those_of_the_file() -> None:
    tables = settings_tables(SETTINGS, DAY, "run1", {"fleet": (20.0,), "seats": (7.0,)})
    levels = {
        name: [row["level"] for row in tables["attribute_bins"].to_pylist() if row["attribute"] == name]
        for name in ("fleet", "seats")
    }
    assert levels == {"fleet": ["<20", "20+"], "seats": ["<10", "10-49", "50+"]}
