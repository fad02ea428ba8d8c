"""What learning a trait would change: nothing that would move an account is missing, and every line is true."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from orchestration.published_homes import State, icp

from icp_pipeline.home import SQL, Home
from icp_pipeline.models.model_cache import cached_models
from icp_pipeline.settings.load import load_settings
from icp_pipeline.settings.tables import settings_tables
from icp_pipeline.terminal.what_if import what_if

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
_SCORING = ("score_evidence", "known_criteria", "buying_process", "account_points", "tier_cases", "tier_positions")


@pytest.fixture
def live(first_run: State, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy, because one process cannot open a file in two modes."""
    shutil.copyfile(first_run.home.live.resolve(), tmp_path / "live.duckdb")
    with duckdb.connect(str(tmp_path / "live.duckdb"), read_only=True) as connection:
        yield connection


@pytest.fixture
def changeable(first_run: State, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy whose accounts may be changed and scored again, with the settings of its run."""
    shutil.copyfile(first_run.home.live.resolve(), tmp_path / "changed.duckdb")
    (tmp_path / "changed.duckdb").chmod(0o644)
    with duckdb.connect(str(tmp_path / "changed.duckdb")) as connection:
        connection.execute("set timezone = 'UTC'")
        (as_of,) = connection.execute("select max(as_of) from icp.account_tiers").fetchone() or (None,)
        connection.execute("create schema settings")
        for name, table in settings_tables(load_settings(first_run.home.root), as_of, "again").items():
            connection.register("made", table)
            connection.execute(f"create table settings.{name} as select * from made")
        yield connection


def _score_again(connection: duckdb.DuckDBPyConnection) -> None:
    for model in cached_models(SQL).in_order():
        if model.name.schema == "icp" and model.name.table in _SCORING:
            connection.execute(f"create or replace table {model.name} as {model.sql}")


def _ranks(connection: duckdb.DuckDBPyConnection) -> dict[str, int | None]:
    found = connection.execute("select account_id, tier_rank from icp.tier_positions where icp_id = 'primary'")
    return dict(found.fetchall())


def test_every_line_is_true_when_the_value_is_written_to_the_account(changeable: duckdb.DuckDBPyConnection) -> None:
    """For each line in turn: the attribute is added to every account with such a line, and all are scored again."""
    lines = changeable.execute("select account_id, place, attribute, segment, tier from icp.what_if").fetchall()
    assert len(lines) > 500 and {tier for *_, tier in lines} == {"tier_1", "tier_2", "tier_3", "not_icp"}
    before = _ranks(changeable)
    changeable.execute("create table attributes_before as select * from core.account_attributes")
    ranks = {"tier_1": 1, "tier_2": 2, "tier_3": 3, "not_icp": 4}
    for wanted in range(1, 6):
        changeable.execute("create or replace table core.account_attributes as select * from attributes_before")
        changeable.execute(
            """
            insert into core.account_attributes (account_id, attribute, level)
            select lines.account_id, lines.attribute, coalesce(min(evidence.level), 'never heard of')
            from icp.what_if as lines
            left join icp.live_versions as versions on versions.icp_id = lines.icp_id
            left join history.icp_evidence as evidence
                on evidence.icp_version = versions.icp_version and evidence.attribute = lines.attribute
                and evidence.segment = lines.segment
            where lines.place = $1
            group by lines.account_id, lines.attribute
            """,
            [wanted],
        )
        _score_again(changeable)
        after = _ranks(changeable)
        told = {account_id: ranks[tier] for account_id, place, _, _, tier in lines if place == wanted}
        assert told == {account_id: after[account_id] for account_id in told}
        assert all(after[account_id] != before[account_id] for account_id in told)
        assert {key: after[key] for key in after.keys() - told} == {key: before[key] for key in before.keys() - told}


def test_no_value_that_would_move_an_account_is_dropped_on_the_way(changeable: duckdb.DuckDBPyConnection) -> None:
    """icp.possible_traits drops values that pass no edge: with all values, the same rule gives the same moves."""
    text = next(model.sql for model in cached_models(SQL) if str(model.name) == "icp.possible_traits")
    condition = text[text.index("    where\n        trait_values.disqualifies") : text.index("),\n\nextremes as (")]
    moved = """
        select cases.account_id, cases.attribute, cases.segment, cases.tier from icp.tier_cases as cases
        inner join icp.tier_positions as positions
            on positions.account_id = cases.account_id and positions.icp_id = cases.icp_id
        where cases.case_kind = 'trait' and cases.tier_rank is distinct from positions.tier_rank
    """
    found = set(changeable.execute(moved).fetchall())
    few = changeable.execute("select count(*) from icp.possible_traits").fetchone()
    changeable.execute(f"create or replace table icp.possible_traits as {text.replace(condition, '')}")
    _score_again(changeable)
    many = changeable.execute("select count(*) from icp.possible_traits").fetchone()
    assert few is not None and many is not None and many[0] > 3 * few[0]
    assert set(changeable.execute(moved).fetchall()) == found and len(found) > 1000


def test_explain_says_the_lines_of_the_model_and_the_span_holds_them(live: duckdb.DuckDBPyConnection) -> None:
    order = ["tier_1", "tier_2", "tier_3", "not_icp"]
    sampled = live.execute(
        "select account_id from icp.account_tiers where tier <> 'unscored' order by hash(account_id) limit 60"
    ).fetchall()
    told = 0
    for (account_id,) in sampled:
        guess = what_if(live, account_id, "primary")
        lines = live.execute(
            "select attribute, tier, segment, points, on_second_day from icp.what_if where account_id = $1",
            [account_id],
        ).fetchall()
        said = [
            (trait["attribute"], move["tier"], value["segment"], value["points"], value["on_second_day"])
            for trait in guess["unknown"]
            for move in trait["moves"]
            for value in move["values"]
        ]
        assert sorted(said) == sorted((*line[:3], float(line[3]), line[4]) for line in lines) and len(said) <= 5
        for _, tier, *_ in said:
            assert order.index(guess["best"]) <= order.index(tier) <= order.index(guess["worst"])
        told += len(said)
    assert told > 10


def _moved_by_its_industry(live: duckdb.DuckDBPyConnection) -> tuple[str, str, str, str, str]:
    """A Salesforce-only prospect whose industry, once known, changes its tier at once."""
    found = live.execute(
        """
        select tiers.account_id, accounts.salesforce_account_id, tiers.tier, lines.tier, lines.segment
        from icp.account_tiers as tiers
        inner join core.accounts as accounts on accounts.account_id = tiers.account_id
        inner join icp.what_if as lines on lines.account_id = tiers.account_id and lines.icp_id = tiers.icp_id
        where tiers.tier in ('tier_2', 'tier_3') and accounts.salesforce_account_id is not null
            and accounts.hubspot_company_id is null and accounts.industry is null
            and lines.attribute = 'industry' and lines.segment is not null and not lines.on_second_day
        order by tiers.account_id, lines.place
        """
    ).fetchone()
    return found or pytest.fail("no account of the sample would move by its industry")


def test_a_trait_that_is_learned_moves_the_account_as_foretold(
    first_run: State, live: duckdb.DuckDBPyConnection, copied: Callable[[State], Home]
) -> None:
    """A prospect's industry is filled in in the CRM; the next run gives the tier that explain named."""
    account_id, record_id, tier, foretold, industry = _moved_by_its_industry(live)
    home = copied(first_run)
    path = home.landing / "salesforce" / "Account.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = list(csv.reader(file))
    for row in rows:
        if row[header.index("Id")] == record_id:
            row[header.index("Industry")] = industry
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    said = icp("run", "--home", home.root)
    assert said.code == 0, said.err
    card = json.loads(icp("explain", account_id, "--json", "--home", home.root).out)["scorecard"]
    assert card["score"]["tier"] == foretold != tier
    assert card["history"][0]["cause"] == "evidence"
