"""What learning a trait would change: the rules are those of the models, and a promise is kept when it is learned."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from orchestration.published_homes import State, icp

from icp_pipeline.home import Home
from icp_pipeline.terminal.tier_rules import Edges, Standing, Trait, is_near_edge, missing_traits, tier_of
from icp_pipeline.terminal.what_if import standing_of, what_if

_NAMES = {1: "tier_1", 2: "tier_2", 3: "tier_3", 4: "not_icp", None: "unscored"}


@pytest.fixture
def live(first_run: State, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy, for in one process a file is not opened twice in two ways."""
    shutil.copyfile(first_run.home.live.resolve(), tmp_path / "live.duckdb")
    with duckdb.connect(str(tmp_path / "live.duckdb"), read_only=True) as connection:
        yield connection


def test_the_rules_give_every_account_the_tier_the_models_gave(live: duckdb.DuckDBPyConnection) -> None:
    rows = live.execute(
        "select account_id, icp_id, tier_rank, best_rank, worst_rank from icp.tier_positions"
    ).fetchall()
    assert len(rows) > 1000
    for account_id, icp_id, *ranks in rows:
        standing, edges = standing_of(live, account_id, icp_id) or pytest.fail(account_id)
        shifts = (0.0, edges.margin, -edges.margin)
        assert [tier_of(standing, edges, shift) for shift in shifts] == [_NAMES[rank] for rank in ranks], account_id


EDGES = Edges(a=-1.0, b=-2.0, d=-3.0, margin=0.1, min_known_share=0.5, criteria_attributes=4)


@pytest.mark.parametrize(
    ("fit", "trigger", "known", "tier"),
    (
        (-0.5, 0.0, 4, "tier_2"),
        (-1.25, 0.25, 4, "tier_1"),
        (-1.25, 0.24, 4, "tier_2"),
        (-2.0, 0.0, 2, "tier_2"),
        (-2.01, 0.0, 2, "tier_3"),
        (-3.01, 0.0, 4, "not_icp"),
        (-0.5, 1.0, 1, "unscored"),
    ),
)
def test_tiers_by_hand(fit: float, trigger: float, known: int, tier: str) -> None:
    assert tier_of(Standing(fit, trigger, known), EDGES) == tier


def test_a_disqualifier_beats_everything_and_little_knowledge_is_counted() -> None:
    keen = Standing(5.0, 1.0, 0)
    assert missing_traits(keen, EDGES) == 2
    learned = keen.with_trait(Trait(0.0, is_criterion=True))
    assert missing_traits(learned, EDGES) == 1 and tier_of(learned, EDGES) == "unscored"
    assert tier_of(learned.with_trait(Trait(0.0, is_criterion=True)), EDGES) == "tier_1"
    assert tier_of(learned.with_trait(Trait(0.0, is_criterion=True, disqualifies=True)), EDGES) == "not_icp"


def test_a_buying_process_that_objects_keeps_it_out_of_tier_1() -> None:
    pursued = Standing(-0.2, 1.0, 4)
    assert tier_of(pursued, EDGES) == "tier_1"
    assert tier_of(pursued.with_trait(Trait(-0.26, is_process=True)), EDGES) == "tier_2"
    assert tier_of(pursued.with_trait(Trait(-0.24, is_process=True)), EDGES) == "tier_1"
    assert tier_of(pursued.with_trait(Trait(-0.26)), EDGES) == "tier_1"
    assert tier_of(pursued.with_trait(Trait(-0.01, is_process=True, objects=True)), EDGES) == "tier_2"


def test_within_the_margin_it_waits_for_a_second_day() -> None:
    assert is_near_edge(Standing(-1.95, 0.0, 4), EDGES, "tier_3")
    assert not is_near_edge(Standing(-1.85, 0.0, 4), EDGES, "tier_3")


def test_every_move_is_what_the_rules_say_and_the_span_holds_them(live: duckdb.DuckDBPyConnection) -> None:
    order = ["tier_1", "tier_2", "tier_3", "not_icp"]
    sampled = live.execute(
        "select account_id, tier from icp.account_tiers where tier <> 'unscored' order by hash(account_id) limit 60"
    ).fetchall()
    moved = 0
    for account_id, tier in sampled:
        guess = what_if(live, account_id, "primary", tier)
        standing, edges = standing_of(live, account_id, "primary") or pytest.fail(account_id)
        for item in guess["unknown"]:
            for move in item["moves"]:
                for value in move["values"]:
                    if item["attribute"] not in ("committee_size", "budget_owner"):
                        learned = standing.with_trait(Trait(value["points"], item["is_criterion"]))
                        assert tier_of(learned, edges) == move["tier"] != tier_of(standing, edges)
                    assert order.index(guess["best"]) <= order.index(move["tier"]) <= order.index(guess["worst"])
                    moved += 1
    assert moved > 10


def _moved_by_its_industry(live: duckdb.DuckDBPyConnection) -> tuple[str, str, str, str, str]:
    """A prospect of Salesforce alone whose industry, once known, gives it another tier at once."""
    candidates = live.execute(
        """
        select tiers.account_id, accounts.salesforce_account_id, tiers.tier from icp.account_tiers as tiers
        inner join core.accounts as accounts on accounts.account_id = tiers.account_id
        where tiers.tier in ('tier_2', 'tier_3') and accounts.salesforce_account_id is not null
            and accounts.hubspot_company_id is null and accounts.industry is null
        order by tiers.account_id
        """
    ).fetchall()
    for account_id, record_id, tier in candidates:
        for item in what_if(live, account_id, "primary", tier)["unknown"]:
            for move in item["moves"] if item["attribute"] == "industry" else ():
                for value in move["values"]:
                    if value["segment"] and not value["on_second_day"]:
                        return account_id, record_id, tier, move["tier"], value["segment"]
    pytest.fail("no account of the sample would move by its industry")


def test_a_trait_that_is_learned_moves_the_account_as_foretold(
    first_run: State, live: duckdb.DuckDBPyConnection, copied: Callable[[State], Home]
) -> None:
    """The industry of a prospect is filled in in the CRM; the next run gives the tier that explain had named."""
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
