"""Frames that come through Arrow equal those of DuckDB itself, down to each column's type."""

from __future__ import annotations

import pandas as pd
import pytest

from icp_pipeline import duck

VALUES = (
    *("1::tinyint", "1::int", "1::bigint", "1::hugeint", "170141183460469231731687303715884105727::hugeint"),
    *("1::utinyint", "1::ubigint", "1.5::decimal(5, 2)", "1.5::decimal(38, 2)", "1.5::float", "'nan'::double"),
    *("'x'", "''", "'日本, \"é\"'", "null::varchar", "null", "true", "date '2026-01-01'", "date '9999-12-31'"),
    *("timestamp '2026-01-01 10:00:00'", "timestamp_ns '2026-01-01 10:00:00'", "time '10:00'", "interval 1 day"),
    *("[1, 2]", "{'a': 'b'}", "'a'::enum ('a', 'b')", "'7d0f6f9c-6a3b-4c63-8f0e-6b8f5a3a0b1c'::uuid", "'a'::blob"),
)


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("rows", ["", " union all select null, 'u', 2", " where false"])
def test_a_frame_is_the_one_of_the_engine(value: str, rows: str) -> None:
    query = f"select {value} as found, 't' as text, 1 as number{rows}"
    with duck.connect() as connection:
        expected = connection.execute(query).df()
        pd.testing.assert_frame_equal(duck.large_frame(connection, query), expected)


@pytest.mark.parametrize("query", ["select 'a' as x, 'b' as x", "select 'a' as x, 'b' as X", "describe select 1 as a"])
def test_names_are_those_of_the_engine(query: str) -> None:
    with duck.connect() as connection:
        expected = connection.execute(query).df()
        pd.testing.assert_frame_equal(duck.large_frame(connection, query), expected)


def test_many_rows_stay_in_order() -> None:
    query = "select i, 'row ' || i as text from range(300000) as rows (i) where i % 3 <> 0"
    with duck.connect(threads=4) as connection:
        expected = connection.execute(query).df()
        pd.testing.assert_frame_equal(duck.large_frame(connection, query), expected)


def test_rows_of_another_statement_that_nobody_fetched_are_no_matter() -> None:
    with duck.connect() as connection:
        connection.execute("create table t as from range(5000)").fetchone()
        connection.execute("select * from t").fetchone()
        assert duck.large_frame(connection, "select count(*) as n from t")["n"].tolist() == [5000]


def test_an_error_is_the_engine_s() -> None:
    with duck.connect() as connection, pytest.raises(duck.DuckError, match="nowhere"):
        duck.large_frame(connection, "from nowhere")


def test_a_coded_frame_has_what_the_plain_one_has_and_each_text_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duck, "_CODED_ROWS", 2048)
    query = """
    select case when range % 3 > 0 then 'Text ' || range % 7 end as t, null::varchar as nothing, range as n,
        case when range % 2 > 0 then date '2026-01-01' + cast(range as integer) end as d
    from range(5000)
    """
    with duck.connect(threads=2) as connection:
        expected, coded = connection.execute(query).df(), duck.coded_frame(connection, query)
        empty = duck.coded_frame(connection, f"{query} where false")
    assert coded["t"].cat.categories.tolist() == [f"Text {number}" for number in range(7)]
    plain = coded.astype({"t": "str", "nothing": "str"})
    for name in expected:
        assert plain[name].isna().tolist() == expected[name].isna().tolist()
        assert plain[name].dropna().tolist() == expected[name].dropna().tolist()
    assert list(empty.columns) == list(expected.columns) and empty.empty
