"""With `language` on, free text is read: people, addresses and companies are planted in every text field. None may
appear in anything that a run leaves, not even if it crashes. Words that five accounts share do appear."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from end_to_end.pipeline_runs import read_rows, write_rows
from security.test_personal_data_is_not_read import traces

LANGUAGE = """
language:
  enabled: true
  fields: {loss_reason: salesforce.opportunity.Loss_Reason__c}
"""
# In contact files, and in every text: capitalised, in lower case, in the genitive, in a compound.
PEOPLE = ("Quendolyn", "Ørstedtson", "Wolframbacher", "Zsuzsannah", "Xiaomingus")
# In no contact file: only the capital letter reveals it.
STRANGERS = ("Thessalyne", "Korvinsky")
COMPANY = "Zebulonica Industries"
SAID = "we keep losing deals in the zigzagging handover"
TEXT = (
    "Quendolyn Ørstedtson said {said}. {said}; quendolyn's boss wolframbacher agrees, the Zsuzsannah-Projekt too. "
    "Ask Thessalyne or Dr. Korvinsky (thessalyne.korvinsky@zmailhost.example, +49 170 9988776-{n}), "
    "or see https://zportal.example/x?zq={n} and zwebhost.example. "
    "They sit in Zimtsternstraße 14, 10999 Zwergenhausen, formerly 77 Zephyrhill Street. "
    "Even Zebulonica Industries and zebulonica know it. {own} as well, and {own_small}. Only here: zunikat{n}."
)
# Nothing of this may appear anywhere; the digits are of the phone number and the post code.
FORBIDDEN = re.compile(
    "quendolyn|ørstedtson|orstedtson|wolframbacher|zsuzsannah|xiaomingus|thessalyne|korvinsky|zmailhost|zportal|zwebhost|"
    "9988776|zimtstern|zwergenhausen|zephyrhill|zunikat",
    re.IGNORECASE,
)
# A company's name is in the warehouse as an account's, and in lists, but not in what was counted.
COMPANY_WORD = re.compile("zebulonica", re.IGNORECASE)
FIELDS = {
    "salesforce/Opportunity.csv": ("DESCRIPTION", "NEXTSTEP", "LOSS_REASON__C"),
    "hubspot/hubspot-crm-exports-all-deals-2026-11-21.csv": ("Closed Lost Reason", "Closed Won Reason"),
    "hubspot/hubspot-crm-exports-recent-deals-2026-11-21-1.csv": ("closed_lost_reason", "closed_won_reason"),
    "zendesk/tickets.csv": ("Subject",),
    "nps/responses.csv": ("Comment",),
}


def plant(home: Path) -> int:
    """Fill every text field; return how many."""
    with (home / "icp.yaml").open("a", encoding="utf-8") as file:
        file.write("" if "\nlanguage:" in (home / "icp.yaml").read_text(encoding="utf-8") else LANGUAGE)
    names = account_names(home)
    planted = 0
    for name, columns in FIELDS.items():
        path = home / "landing" / name
        header, rows = read_rows(path)
        header = [*header, *(column for column in columns if column not in header)]
        for row in rows:
            row += [""] * (len(header) - len(row))
            own = names[planted % len(names)]
            for column in columns:
                row[header.index(column)] = text(planted, own)
                planted += 1
        write_rows(path, header, rows)
    contacts = home / "landing" / "salesforce" / "Contact.csv"
    header, rows = read_rows(contacts)
    for number, row in enumerate(rows):
        row += [PEOPLE[number % 5], PEOPLE[(number + 1) % 5]]
    write_rows(contacts, [*header, "FirstName", "LastName"], rows)
    return planted + plant_calls(home, names)


def plant_calls(home: Path, names: list[str]) -> int:
    folder = home / "landing" / "voice" / "transcripts"
    folder.mkdir(parents=True)
    with (home / "landing" / "zendesk" / "tickets.csv").open(encoding="utf-8-sig") as file:
        domains = sorted({row["Requester domain"] for row in csv.DictReader(file)} - {"gmail.com", ""})
    for number, domain in enumerate(domains):
        call = {
            "callId": f"c{number}",
            "accountDomain": domain,
            "parties": [
                {"speakerId": "1", "affiliation": "External", "name": "Xiaomingus Ørstedtson"},
                {"speakerId": "2", "affiliation": "Internal", "name": "Wolframbacher"},
            ],
            "transcript": [
                {"speakerId": "1", "sentences": [{"text": text(number, names[number % len(names)])}]},
                {"speakerId": "2", "sentences": [{"text": "our sellers always zsellertalk to everybody"}]},
            ],
        }
        (folder / f"call_{number}.json").write_text(json.dumps(call, ensure_ascii=False), encoding="utf-8")
    return len(domains)


def text(number: int, own: str) -> str:
    return TEXT.format(
        said=SAID,
        n=f"{number:04d}".translate(str.maketrans("0123456789", "abcdefghij")),
        own=own,
        own_small=own.lower(),
    )


def account_names(home: Path) -> list[str]:
    """Names of accounts in the CRM; the first becomes a company that everybody mentions."""
    path = home / "landing" / "salesforce" / "Account.csv"
    header, rows = read_rows(path)
    at = header.index("Name")
    rows[0][at] = COMPANY
    write_rows(path, header, rows)
    return [row[at] for row in rows if row[at]]


def icp(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    command = [str(Path(sys.executable).with_name("icp")), *arguments, "--home", str(home)]
    return subprocess.run(command, capture_output=True, check=False, env={**os.environ, **more})


def found_in(home: Path, *said: bytes) -> list[str]:
    everything = [*traces(home), *(("said", text) for text in said)]
    assert len(everything) > 200
    return [
        f"{name}: ...{text[max(0, hit.start() - 60) : hit.end() + 20]!r}"
        for name, raw in everything
        if (hit := FORBIDDEN.search(text := raw.decode("utf-8", errors="replace")))
    ]


def counted(home: Path) -> str:
    """Every word that language wrote to the warehouse, as one text."""
    with duckdb.connect(str((home / "warehouse" / "icp.duckdb").resolve()), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() "
            "where schema_name = 'voice' or table_name like 'language_%'"
        ).fetchall()
        return "\n".join(
            connection.execute(f"select * from {schema}.{table}").df().to_csv() for schema, table in tables
        )


@pytest.mark.slow
def test_no_trace_of_what_was_read_but_shared_words(landed: Path) -> None:
    assert plant(landed) > 500
    done = icp(landed, "run", "--verbose")
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    assert found_in(landed, done.stdout, done.stderr) == []
    words = counted(landed)
    assert "zigzagging handover" in words, "what five accounts say is counted"
    assert not COMPANY_WORD.search(words)
    assert "zsellertalk" not in words, "only the customer's side of a call counts"
    # Every kind of text was read.
    for source in ("deal_description", "next_step", "loss_reason", "closed_lost_reason", "ticket_subject", "call"):
        assert source in words
    assert (landed / "state" / "phrases.json").exists()
    # Once it is off, nothing is read, and the counts and what was kept for them are deleted.
    settings = landed / "icp.yaml"
    settings.write_text(
        re.sub("enabled: true", "enabled: false", settings.read_text(encoding="utf-8")), encoding="utf-8"
    )
    (landed / "landing" / "voice" / "transcripts" / "call_0.json").write_text("{broken")
    done = icp(landed, "run")
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    assert "zigzagging" not in counted(landed)
    assert not (landed / "state" / "phrases.json").exists()
    # The test finds what it is looking for.
    (landed / "state" / "note.txt").write_text("call Quendolyn")
    assert len(found_in(landed)) == 1


_CRASH = """
import icp_pipeline.language.corpus as corpus
def add(self, speech, text):
    raise ValueError(f"cannot take apart {text!r}")
corpus.Corpus.add = add
"""


@pytest.mark.slow
def test_a_crash_with_text_in_hand_says_where_and_not_what(landed: Path, tmp_path: Path) -> None:
    plant(landed)
    (tmp_path / "sitecustomize.py").write_text(_CRASH)
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    done = icp(landed, "run", "--verbose", PYTHONPATH=path)
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert re.search(rb"deals-2026-11-21.csv: its text could not be read \(ValueError at \w+.py:\d+\)", said), said
    assert found_in(landed, said) == []
