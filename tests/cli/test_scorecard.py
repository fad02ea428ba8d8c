"""`icp explain`: it finds the right account, evidence adds up, and the text is readable."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from orchestration.published_homes import State, icp, with_a_twin
from rich.console import Console

from icp_pipeline import duck
from icp_pipeline.home import Home
from icp_pipeline.terminal.find import _with_part
from icp_pipeline.terminal.scorecard import _doubted, _doubts
from icp_pipeline.terminal.scorecard_view import _rests_on, _unknown


def explained(home: State, account: str) -> dict[str, Any]:
    said = icp("explain", account, "--json", "--home", home.home.root)
    assert said.code == 0, said.err
    return dict(json.loads(said.out))


@pytest.fixture
def live(first_run: State, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy, because one process cannot open a file in two modes."""
    shutil.copyfile(first_run.home.live.resolve(), tmp_path / "live.duckdb")
    with duckdb.connect(str(tmp_path / "live.duckdb"), read_only=True) as connection:
        yield connection


def accounts(live: duckdb.DuckDBPyConnection, where: str, limit: int = 5) -> list[str]:
    """Account ids that meet a condition on tier and score."""
    query = f"""
        select scores.account_id from icp.account_scores as scores
        inner join icp.account_tiers as tiers using (account_id, icp_id)
        where {where} order by account_id limit {limit}
    """
    found = [row[0] for row in live.execute(query).fetchall()]
    assert found, where
    return found


@pytest.mark.parametrize("tier", ("tier_1", "tier_2", "tier_3", "not_icp", "unscored"))
def test_the_evidence_adds_up_to_the_fit_in_every_tier(
    first_run: State, live: duckdb.DuckDBPyConnection, tier: str
) -> None:
    for account_id in accounts(live, f"tier = '{tier}'", limit=3):
        card = explained(first_run, account_id)["scorecard"]
        total = sum(piece["points"] for piece in card["evidence"])
        assert card["evidence"][0]["attribute"] == "prior"
        assert total == pytest.approx(card["score"]["fit_points"], abs=1e-9)
        assert card["evidence_sum"] == card["score"]["fit_points"]
        shown = icp("explain", account_id, "--home", first_run.home.root).out
        assert re.search(rf"fit\s+the sum\s+{re.escape(format(total, '+.3f'))}", shown), shown


def test_bars_stand_on_their_side_and_are_drawn_to_scale(first_run: State, live: duckdb.DuckDBPyConnection) -> None:
    (account_id,) = accounts(live, "tier = 'tier_2' and known_share = 1", limit=1)
    shown = icp("explain", account_id, "--home", first_run.home.root).out
    bars = re.findall(r"([+-]\d\.\d{3}) {2,}([ ▐█]*)│([█▏▎▍▌▋▊▉]*)", shown)
    assert len(bars) > 5
    for points, against, speaks_for in bars:
        assert not (against.strip() if float(points) > 0 else speaks_for), points
    # Blocks come in eighths of a cell on the right and halves on the left.
    filled = {"█": 1.0, "▐": 0.5} | {block: eighths / 8 for eighths, block in enumerate("▏▎▍▌▋▊▉", 1)}
    lengths = [
        (abs(float(points)), sum(filled[one] for one in against.strip() + right)) for points, against, right in bars
    ]
    largest = max(points for points, _ in lengths)
    for points, length in lengths:
        assert length == pytest.approx(12 * points / largest, abs=0.3), points


def test_an_account_shows_triggers_with_age_and_points_left(first_run: State, live: duckdb.DuckDBPyConnection) -> None:
    (account_id,) = accounts(live, "trigger_score > 0.2 and trigger_score < 0.9", limit=1)
    card = explained(first_run, account_id)["scorecard"]
    counted = sum(item["counted_points"] for item in card["triggers"])
    assert counted == pytest.approx(card["score"]["trigger_score"], abs=1e-9)
    for item in card["triggers"]:
        assert 0 < item["points_left"] <= item["fresh_points"] and item["age_days"] + item["days_left"] == 180
    shown = icp("explain", account_id, "--home", first_run.home.root).out
    assert re.search(rf"{card['triggers'][0]['trigger']}\s.*{card['triggers'][0]['age_days']} days", shown)


def test_closest_best_customers_share_evidence_and_are_the_best(
    first_run: State, live: duckdb.DuckDBPyConnection
) -> None:
    best = {row[0] for row in live.execute(
        "select account_id from outcomes.customer_scores where cohort = 'best'").fetchall()}  # fmt: skip
    (account_id,) = accounts(live, "tier = 'tier_2' and known_share = 1", limit=1)
    card = explained(first_run, account_id)["scorecard"]
    own = {(piece["attribute"], piece["segment"]): abs(piece["points"]) for piece in card["evidence"][1:]}
    assert len(card["closest_best_customers"]) == 3
    for other in card["closest_best_customers"]:
        assert other["account_id"] in best - {account_id}
        pieces = explained(first_run, other["account_id"])["scorecard"]["evidence"][1:]
        theirs = {(piece["attribute"], piece["segment"]): abs(piece["points"]) for piece in pieces}
        both = sum(weight for key, weight in own.items() if key in theirs)
        either = sum({**own, **theirs}.values())
        assert other["likeness"] == pytest.approx(both / either, abs=1e-6)
        assert other["alike"][0] in {f"{attribute} {segment}" for attribute, segment in own.keys() & theirs.keys()}
    likeness = [other["likeness"] for other in card["closest_best_customers"]]
    assert likeness == sorted(likeness, reverse=True)


def test_history_says_why_the_tier_changed(promoted: State) -> None:
    moved = json.loads(icp("diff", "--json", "--home", promoted.home.root).out)["accounts"][0]
    card = explained(promoted, moved["account_id"])["scorecard"]
    newest, oldest = card["history"][0], card["history"][-1]
    assert (newest["from_tier"], newest["to_tier"]) == (moved["from_tier"], moved["to_tier"])
    assert newest["cause"] == "icp_version" and oldest["cause"] == "new"
    assert "new ICP version" in icp("explain", moved["account_id"], "--home", promoted.home.root).out


def test_several_accounts_of_one_domain_are_listed_and_none_is_guessed(first_run: State) -> None:
    said = icp("explain", "aurorasight.example", "--home", first_run.home.root)
    assert said.code == 0 and "2 accounts match 'aurorasight.example'" in said.out
    assert "Evidence" not in said.out
    answer = explained(first_run, "aurorasight.example")
    assert answer["scorecard"] is None and len(answer["matches"]) == 2
    for match in answer["matches"]:
        assert match["account_id"] in said.out
        assert explained(first_run, match["account_id"])["scorecard"]["account"]["name"] == match["name"]


@pytest.mark.parametrize("form", ("https://www.{}/about?x=1", "jo@{}", " {} ", "WWW.{}"))
def test_a_domain_may_be_written_as_people_write_it(
    first_run: State, live: duckdb.DuckDBPyConnection, form: str
) -> None:
    account_id, domain = live.execute(
        """
        select any_value(account_id), domain from core.accounts where domain is not null
        group by domain having count(*) = 1 order by domain limit 1
        """
    ).fetchone() or ("", "")
    assert explained(first_run, form.format(domain))["scorecard"]["account"]["account_id"] == account_id


def test_an_id_that_was_merged_away_leads_to_the_survivor(first_run: State, live: duckdb.DuckDBPyConnection) -> None:
    merged, account_id = live.execute(
        """
        select keys.key_value, keys.account_id from core.account_keys as keys
        inner join core.accounts as accounts on accounts.account_id = keys.account_id
        where keys.key_type = 'salesforce' and keys.key_value <> accounts.salesforce_account_id
        order by 1 limit 1
        """
    ).fetchone() or ("", "")
    assert merged, "the sample has no merged record"
    for wanted in (merged, merged[:15], merged.upper()):
        assert explained(first_run, wanted)["scorecard"]["account"]["account_id"] == account_id, wanted


def test_a_name_that_looks_like_markup_is_text(first_run: State) -> None:
    said = icp("explain", "[red]nobody[/red", "--home", first_run.home.root)
    assert said.code == 1 and "'[red]nobody[/red'" in said.err


def test_an_icp_that_is_not_there_is_named_with_those_that_are(first_run: State) -> None:
    for command in (("explain", "aurorasight.example"), ("diff",)):
        said = icp(*command, "--icp", "primry", "--home", first_run.home.root)
        assert said.code == 1
        assert "no ICP 'primry'" in said.err and "Did you mean 'primary'?" in said.err


@pytest.mark.parametrize("column", ("domain", "name"))
def test_the_beginning_is_enough_where_only_one_account_begins_so(
    first_run: State, live: duckdb.DuckDBPyConnection, column: str
) -> None:
    labels = live.execute("select account_id, lower(domain), lower(name) from core.accounts").fetchall()
    texts = {row[0]: row[1:] for row in labels}
    meant = "sf-001Hs0000jJwcgGIAR"
    domain, name = texts[meant]
    typed = (domain if column == "domain" else name)[:8]
    assert [key for key, words in texts.items() if any((word or "").startswith(typed) for word in words)] == [meant]
    for wanted in (typed, f" {typed.upper()} "):
        assert explained(first_run, wanted)["scorecard"]["account"]["account_id"] == meant


def test_a_part_in_the_middle_finds_an_account_and_one_that_many_have_says_so(
    first_run: State, live: duckdb.DuckDBPyConnection
) -> None:
    labels = live.execute("select account_id, lower(concat_ws(' ', domain, name)) from core.accounts").fetchall()
    meant = "sf-001Hs0000jJwcgGIAR"
    typed = next(
        part
        for account_id, words in labels
        if account_id == meant
        for part in (words[start : start + 9] for start in range(1, 6))
        if [key for key, other in labels if part in other] == [meant]
    )
    assert explained(first_run, typed)["scorecard"]["account"]["account_id"] == meant
    many = sum("example" in words for _, words in labels)
    said = icp("explain", "xampl", "--home", first_run.home.root)
    assert said.code == 1 and f"'xampl' matches the domain or name of {many:,} accounts: type more of it." in said.err


@pytest.mark.parametrize("wanted", ("", "  "))
def test_an_account_without_a_letter_is_asked_for(first_run: State, wanted: str) -> None:
    said = icp("explain", wanted, "--home", first_run.home.root)
    assert said.code == 1 and said.err.startswith("error: which account?") and "Near" not in said.err


def test_several_with_part_are_listed_and_too_many_are_not(first_run: State) -> None:
    said = icp("explain", "reed", "--home", first_run.home.root)
    assert said.code == 0 and "9 accounts match 'reed'" in said.out and "reedshift.example" in said.out
    assert explained(first_run, "reed")["scorecard"] is None
    for wanted in ("r", "re", "%", "_______"):
        assert icp("explain", wanted, "--home", first_run.home.root).code == 1, wanted


def test_a_domain_typed_up_to_its_dot_counts_before_longer_ones() -> None:
    with duck.connect() as connection:
        connection.execute("create schema core; create schema icp")
        connection.execute(
            """
            create table core.accounts as select * from
            (values ('a', 'acme.com', 'Acme'), ('b', 'acmecorp.com', 'ACME')) as a(account_id, domain, name)
            """
        )
        assert _with_part(connection, "acme") == ["a"]
        assert _with_part(connection, "acmec") == ["b"]
        assert _with_part(connection, "MECORP") == ["b"]


@pytest.mark.parametrize(("version", "said"), [("2026.11.1", "Every trait that the ICP uses is known.\n"), (None, "")])
def test_without_an_icp_nothing_is_asked(version: str | None, said: str) -> None:
    out = Console(file=io.StringIO())
    _unknown({"what_if": {"unknown": []}, "score": {"icp_version": version}}, out)
    assert isinstance(out.file, io.StringIO) and out.file.getvalue() == said


DOUBT = "Check health first: it explains 56 % of how customers turn out."


def drawn(draw: Callable[[dict[str, Any], Console], None], card: dict[str, Any]) -> list[str]:
    out = Console(file=io.StringIO())
    draw(card, out)
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue().splitlines()


def test_whatever_an_account_has_of_a_doubtful_attribute_says_what_to_check_first_once() -> None:
    with duck.connect() as connection:
        connection.execute("create schema segments")
        connection.execute(
            f"""
            create table segments.attribute_leaks as from (values ('health', '{DOUBT}'), ('industry', null))
                as t(attribute, doubt)
            """
        )
        doubts = _doubts(connection)
    # Health is in no criterion, but its points need the check as well.
    has = [("prior", "all"), ("health", "Amber"), ("health", "Green"), ("industry", "Retail")]
    evidence = _doubted(
        [{"attribute": name, "segment": value, "is_criterion": False, "stands_for": []} for name, value in has], doubts
    )
    assert [piece["doubt"] for piece in evidence] == [None, DOUBT, DOUBT, None]
    card = {"evidence": evidence, "score": {"basis": "outcomes"}}
    assert drawn(_rests_on, card) == [DOUBT]


def test_what_an_unknown_trait_would_change_says_what_to_check_first() -> None:
    moves = [
        {"tier": tier, "values": [{"segment": value, "points": points, "on_second_day": False}]}
        for tier, value, points in (("tier_2", "Green", 1.4), ("not_icp", "Red", -1.3))
    ]
    unknown = [
        {"attribute": "health", "is_criterion": True, "moves": moves, "doubt": DOUBT},
        {"attribute": "csm", "is_criterion": True, "moves": [], "doubt": "Check csm first."},
    ]
    guess = {"unknown": unknown, "missing": 0, "best": "tier_3", "worst": "tier_3", "triggers": []}
    lines = drawn(_unknown, {"what_if": guess, "score": {"icp_version": "2026.11.1"}})
    assert lines == [
        "Unknown, adds nothing: health, csm",
        "  if health were Green: Tier 2",
        "  if health were Red: Not ICP",
        f"  {DOUBT}",
    ]


def test_a_criterion_names_the_traits_it_stands_for_in_the_words_of_the_report(
    first_run: State, copied: Callable[[State], Home]
) -> None:
    home = copied(first_run)
    account_id = with_a_twin(home)
    said = icp("explain", account_id, "--home", home.root)
    twins = "Also stands for Annual revenue: 10M–50M and Has sdr team: yes"
    assert (
        f"\nEmployees: 200–499: {twins}: mostly the same customers, so the data cannot tell which one matters.\n"
        in said.out
    )
    assert said.out.count("Also stands for") == 1
    pieces = json.loads(icp("explain", account_id, "--json", "--home", home.root).out)["scorecard"]["evidence"]
    named = {piece["attribute"]: piece["stands_for"] for piece in pieces if piece["stands_for"]}
    assert named == {"employees": [
        {"attribute": "annual_revenue_usd", "segment": "10M-50M"}, {"attribute": "has_sdr_team", "segment": "true"}
    ]}  # fmt: skip
    assert "Stands for" not in icp("explain", account_id, "--home", first_run.home.root).out
