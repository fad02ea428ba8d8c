"""Phrases are kept from run to run while files, names, settings and code are unchanged; nothing else changes them."""

from __future__ import annotations

import csv
import hashlib
import json
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from icp_pipeline import duck
from icp_pipeline.home import Home
from icp_pipeline.language import text_reading
from icp_pipeline.language.corpus import Corpus
from icp_pipeline.language.text_phrases import TextPhrases, phrases_of
from icp_pipeline.run import landed_texts
from icp_pipeline.run.landed_texts import LandedTexts, forget_phrases, kept_phrases
from icp_pipeline.settings.schema import Settings
from icp_pipeline.sources.words.scrub import name_words
from icp_pipeline.warehouse.build import Build

TICKETS, CONTACTS, CALLS = "zendesk/tickets.csv", "salesforce/Contact.csv", "voice/transcripts/calls.json"
KINDS = {TICKETS: "ticket", CONTACTS: "salesforce_contact"}
_TABLES = """
create schema staging; create schema core;
create table staging.tickets as
    select 't' || n as ticket_id, 'zendesk/tickets.csv' as source_path, n + 2 as source_line from range(12) as r(n);
create table core.account_tickets as select 't' || n as ticket_id, 'a' || n as account_id from range(12) as r(n);
create table core.accounts as
    select 'a' || n as account_id, 'Zebulonica' || chr(97 + n::int) as name, 'zeb' || n || '.example' as domain
    from range(12) as r(n);
create table core.account_references as select domain as reference, account_id from core.accounts;
create table staging.salesforce_opportunities (source_path varchar, source_line bigint, opportunity_id varchar);
create table staging.hubspot_deals (source_path varchar, source_line bigint, deal_id varchar);
create table core.deals (account_id varchar, source_system varchar, source_deal_id varchar, deal_role varchar,
    is_closed boolean, is_won boolean);
create table staging.survey_responses (source_path varchar, source_line bigint, response_id varchar);
create table core.account_survey_responses (response_id varchar, account_id varchar);
"""


class World:
    """A home with twelve tickets of twelve accounts, six of which say the same, and a work file with its tables."""

    def __init__(self, root: Path, connection: duck.Connection) -> None:
        self.home, self.connection = Home(root), connection
        self.language: dict[str, object] = {"enabled": True}
        self.reads = 0
        self.land(
            TICKETS, "Subject", [f"we fly blind without goldfish {chr(97 + n)}unikat" for n in range(6)] + ["x"] * 6
        )
        self.land(CONTACTS, "LastName", ["Quendolyn"])

    def land(self, name: str, header: str, cells: list[str]) -> None:
        path = self.home.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["Id", header], *([number, cell] for number, cell in enumerate(cells))])

    def phrases(self) -> TextPhrases:
        """As a run has them."""
        paths = [path for path in KINDS if (self.home.landing / path).exists()]
        files = [
            SimpleNamespace(
                path=path,
                table_name=KINDS[path],
                status="loaded",
                sha256=hashlib.sha256((self.home.landing / path).read_bytes()).hexdigest(),
            )
            for path in paths
        ]
        settings = Settings.model_validate({"language": self.language})
        build = Build(self.connection, self.home.root / "work.duckdb")
        with closing(LandedTexts(self.home, settings, SimpleNamespace(files=files), build)) as texts:  # type: ignore[arg-type]
            return texts.phrases()

    def said(self) -> set[str]:
        return set(self.phrases().table.phrases)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with duck.connect(tmp_path / "work.duckdb") as connection:
        connection.execute(_TABLES)
        world = World(tmp_path, connection)
        read = text_reading.read_texts

        def counted(*given: object) -> text_reading.Reading:
            world.reads += 1
            return read(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(text_reading, "read_texts", counted)
        yield world


def test_texts_are_read_once_and_the_same_phrases_are_kept(world: World) -> None:
    first = world.phrases()
    assert {"fly blind", "goldfish", "blind without goldfish"} <= set(first.table.phrases)
    again = world.phrases()
    assert world.reads == 1
    assert again.as_json() == first.as_json()
    assert (again.table.presence != first.table.presence).nnz == 0
    assert (again.files, again.texts) == (first.files, 12)


def _text(world: World) -> None:
    world.land(TICKETS, "Subject", ["we fly blind without swordfish"] * 6 + ["x"] * 6)


def _file_gone(world: World) -> None:
    (world.home.landing / TICKETS).unlink()


def _person(world: World) -> None:
    world.land(CONTACTS, "LastName", ["Goldfish"])


def _company(world: World) -> None:
    world.connection.execute("update core.accounts set name = 'Goldfish' where account_id = 'a7'")


def _owner(world: World) -> None:
    world.connection.execute("update core.account_tickets set account_id = 'a0' where ticket_id in ('t1', 't2')")


def _call(world: World) -> None:
    turns = [{"affiliation": "External", "sentences": [{"text": "the goldfish swims"}]}]
    calls = [{"accountDomain": f"zeb{number}.example", "transcript": turns} for number in range(6)]
    path = world.home.landing / CALLS
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(calls), encoding="utf-8")


def _stop_phrase(world: World) -> None:
    world.language["stop_phrases"] = ["goldfish"]


def _field_off(world: World) -> None:
    world.language["fields"] = {"ticket_subject": False}


@pytest.mark.parametrize("change", [_text, _file_gone, _person, _company, _owner, _call, _stop_phrase, _field_off])
def test_after_a_change_phrases_are_those_of_a_new_home(world: World, change: Callable[[World], None]) -> None:
    before = world.phrases().as_json()
    change(world)
    after = world.phrases().as_json()
    forget_phrases(world.home)
    assert after == world.phrases().as_json() != before


def test_phrases_that_other_code_found_are_not_taken(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.phrases()
    monkeypatch.setattr(landed_texts, "code_digest", lambda *_: b"another release")
    world.phrases()
    assert world.reads == 2


def test_a_kept_file_that_is_cut_or_changed_is_read_anew(world: World) -> None:
    said, kept = world.said(), kept_phrases(world.home)
    whole = kept.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole.replace(b"goldfish", b"swordfis")):
        kept.write_bytes(damaged)
        assert world.said() == said
    assert world.reads == 3


def test_only_its_owner_may_read_what_is_kept_and_it_holds_no_text(world: World) -> None:
    world.phrases()
    kept = kept_phrases(world.home)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    text = kept.read_text(encoding="utf-8")
    assert "fly blind" in text and "unikat" not in text and "we fly" not in text


def test_what_was_kept_is_forgotten_even_if_half_written(world: World) -> None:
    world.phrases()
    kept_phrases(world.home).with_name("phrases.json.4711").write_text("half")
    forget_phrases(world.home)
    assert not list(world.home.state.iterdir())


def test_where_names_cannot_be_read_nothing_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (world.home.landing / CONTACTS).write_bytes(b'"Id","LastName"\n"1","never closed\n')
    phrases = world.phrases()
    assert not phrases.has_names and not phrases.table.speeches
    assert not kept_phrases(world.home).exists()


def test_a_reason_is_kept_as_most_write_it_if_it_is_a_label_that_five_accounts_have() -> None:
    given = {
        "Too  expensive": 5,
        "too expensive": 3,
        "Went with Quendolyn": 6,
        "Only four": 4,
        "x" * 81: 6,
    }
    reasons = [(f"a{number}", text) for text, count in given.items() for number in range(count)]
    reading = text_reading.Reading(Corpus(name_words(["Quendolyn"])), categories={"loss_reason": reasons})
    found = phrases_of(reading).reasons["loss_reason"]
    assert {label for _, label in found} == {"Too expensive", None}
    assert [account for account, label in found if label] == ["a0", "a1", "a2", "a3", "a4", "a0", "a1", "a2"]
    assert len(found) == 24, "a lost deal whose reason is not shown is still a lost deal"
