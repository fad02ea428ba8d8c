"""A file that cannot be read as what it seems to be blocks the run: the message names it, the live version stays."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pipeline_runs import copy_home, exports, leftovers, live_state, put, read_rows, run_pipeline, write_rows

from icp_pipeline.errors import IcpError

ACCOUNT, OPPORTUNITY, GROUPS = "salesforce/Account.csv", "salesforce/Opportunity.csv", "usage/groups.csv"
Break = Callable[[Path], object]


def _renamed(name: str, **names: str) -> Break:
    def change(landing: Path) -> None:
        header, rows = read_rows(landing / name)
        assert set(names) <= set(header)
        write_rows(landing / name, [names.get(column, column) for column in header], rows)

    return change


def _without(name: str, *columns: str) -> Break:
    def change(landing: Path) -> None:
        header, rows = read_rows(landing / name)
        kept = [at for at, title in enumerate(header) if title not in columns]
        assert len(kept) == len(header) - len(columns)
        write_rows(landing / name, [header[at] for at in kept], [[row[at] for at in kept] for row in rows])

    return change


def _bytes(name: str, change: Callable[[bytes], bytes]) -> Break:
    return lambda landing: (landing / name).write_bytes(change((landing / name).read_bytes()))


def _recoded(name: str, encoding: str) -> Break:
    return _bytes(name, lambda data: (data.decode("utf-8-sig") + '"é"').encode(encoding))


def _new(name: str, data: bytes = b"Id,Name,Website\n") -> Break:
    return lambda landing: put(landing.parent, name, data)


def _linked(landing: Path) -> None:
    outside = landing.parent.parent / "outside.csv"
    outside.write_bytes((landing / ACCOUNT).read_bytes())
    (landing / "salesforce" / "Account2.csv").symlink_to(outside)


def _after_some_lines(data: bytes, line: bytes) -> bytes:
    lines = data.split(b"\n")
    return b"\n".join([*lines[:20], line, *lines[20:]])


HELD: dict[str, tuple[Break, tuple[str, ...]]] = {
    "required column missing": (
        _without(ACCOUNT, "Id"),
        (ACCOUNT, "missing: 'Id'", "Found: IsDeleted, MasterRecordId"),
    ),
    "required column renamed": (_renamed(ACCOUNT, Name="Nmae"), (ACCOUNT, "'Name'", "is it 'Nmae'?")),
    "nothing tells who won": (
        _without(OPPORTUNITY, "ISWON", "ISCLOSED", "STAGENAME", "FORECASTCATEGORY", "PROBABILITY"),
        (OPPORTUNITY, "not recognised", "StageName"),
    ),
    "configured column renamed": (
        _renamed(ACCOUNT, Has_RevOps__c="RevOps__c"),
        (ACCOUNT, "'Has_RevOps__c'", "icp.yaml", "has_revops"),
    ),
    "needed header twice": (_renamed(ACCOUNT, Industry="Website"), (ACCOUNT, "'Website' occurs twice", "10 and 11")),
    "UTF-16 without a mark": (_recoded(ACCOUNT, "utf-16-le"), (ACCOUNT, "UTF-16-LE", "save it as UTF-8")),
    "cp1252": (_recoded(GROUPS, "cp1252"), (GROUPS, "not UTF-8", "cp1252")),
    "empty": (_bytes(OPPORTUNITY, lambda data: b""), (OPPORTUNITY, "empty file (0 bytes)")),
    "blank lines only": (_bytes(OPPORTUNITY, lambda data: b"\n\n\n"), (OPPORTUNITY, "no header line")),
    "gzip cut short": (_bytes(OPPORTUNITY, lambda data: gzip.compress(data)[:-100]), (OPPORTUNITY, "gzip")),
    "workbook named csv": (_bytes(OPPORTUNITY, lambda data: b"PK\x03\x04" + data), (OPPORTUNITY, "Excel", "CSV UTF-8")),
    "quote never closed, among quoted cells": (
        _bytes(ACCOUNT, lambda data: _after_some_lines(data, b'"001Hs0000d8U8gAIAS","false","","Never closed')),
        (ACCOUNT, "a quote opened in the record of line 21", "must close"),
    ),
    "quote never closed, among bare cells": (
        _bytes(GROUPS, lambda data: _after_some_lines(data, b'ajs-g-x,"acct,u_00001,,Name,team,,,,')),
        (GROUPS, "a quote opened in the record of line 21", "never closed"),
    ),
    "cut off inside a quoted cell": (
        _bytes(ACCOUNT, lambda data: data[: data.rindex(b'",')]),
        (ACCOUNT, "a quote opened in the record of line", "never closed"),
    ),
    "link": (_linked, ("salesforce/Account2.csv", "symbolic link", "copy the file itself")),
    "pipe": (lambda landing: os.mkfifo(landing / "salesforce" / "p.csv"), ("salesforce/p.csv", "not a regular file")),
    "folder named csv": (lambda landing: (landing / "salesforce" / "d.csv").mkdir(), ("salesforce/d.csv", "a folder")),
    "line break in the name": (_new("salesforce/a\nb.csv"), ("salesforce/a\\x0ab.csv", "rename it")),
    "wildcard in the name": (_new("salesforce/a*.csv"), ("salesforce/a*.csv", "rename it")),
    "quote in the name": (_new("salesforce/x'; drop table core.accounts; --.csv"), ("drop table", "rename it")),
    "folder misspelt": (_new("salesfroce/Account.csv"), ("salesfroce/Account.csv", "Did you mean 'salesforce'?")),
}


@pytest.mark.parametrize("case", HELD)
def test_a_held_file_is_named_and_what_is_live_stays(copied: Path, case: str) -> None:
    change, expected = HELD[case]
    before = live_state(copied)
    change(copied / "landing")
    with pytest.raises(IcpError) as refused:
        run_pipeline(copied)
    message = str(refused.value)
    for part in expected:
        assert part in message
    # The reason is one line, whatever the file's name contains.
    assert len(message.splitlines()) <= 2
    assert "Traceback" not in message
    assert live_state(copied) == before
    assert leftovers(copied) == []


def test_every_held_file_is_named_at_once(copied: Path) -> None:
    for case in ("empty", "cp1252", "required column missing"):
        HELD[case][0](copied / "landing")
    with pytest.raises(IcpError, match="3 landed file") as refused:
        run_pipeline(copied)
    assert all(name in str(refused.value) for name in (ACCOUNT, OPPORTUNITY, GROUPS))


def test_after_held_files_the_next_clean_run_needs_no_help(small: Path, copied: Path, tmp_path: Path) -> None:
    clean = {path: path.read_bytes() for path in (copied / "landing").rglob("*") if path.is_file()}
    for case, (change, _) in HELD.items():
        change(copied / "landing")
        with pytest.raises(IcpError):
            run_pipeline(copied)
        for path in sorted((copied / "landing").rglob("*"), reverse=True):
            if path.is_dir() and path.suffix:
                path.rmdir()
            elif not path.is_dir() and path not in clean:
                path.unlink()
        for path, data in clean.items():
            path.write_bytes(data)
        assert case
    run_pipeline(copied)
    again = copy_home(small, tmp_path / "never_broken")
    run_pipeline(again)
    assert exports(copied) == exports(again)
    assert leftovers(copied) == []


SETTINGS = {
    "unknown key": ("bandz: {a: 1.8}\n", ("bandz", "unknown setting", "Did you mean 'bands'?")),
    "unknown key inside": ("outcomes: {best_shar: 0.2}\n", ("outcomes.best_shar", "Did you mean 'best_share'?")),
    "bands that do not fall": ("bands: {a: 0.5, b: 1.2, d: 0.5}\n", ("bands", "a > b > d")),
    "shares without a middle": ("outcomes: {best_share: 0.6, worst_share: 0.5}\n", ("outcomes", "below 1")),
    "unknown metric": ("outcomes: {metrics: {npz: {weight: 1}}}\n", ("npz", "not an outcome metric")),
    "unknown field kind": (
        "attributes: {x: {field: salesforce.acount.X__c, type: boolean}}\n",
        ("attributes.x", "Did you mean 'salesforce.account'?"),
    ),
    "unknown mapped column": (
        "sources: {z: {file: z/*.csv, kind: account, columns: {id: Id, nam: Name}}}\n",
        ("sources.z", "'nam'", "Did you mean 'name'?"),
    ),
    "not YAML": ("bands: {a: 1.8\n", ("icp.yaml", "not readable as YAML")),
    "a list": ("- bands\n", ("icp.yaml", "expected `key: value`")),
    "a day that does not exist": ("as_of: 2026-02-30\n", ("icp.yaml",)),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_a_setting_that_cannot_be_used_stops_the_run_before_any_data_is_touched(copied: Path, case: str) -> None:
    text, expected = SETTINGS[case]
    if case == "unknown mapped column":
        put(copied, "z/z.csv", "Id,Name\n1,x\n")
    (copied / "icp.yaml").write_text(text, encoding="utf-8")
    before = live_state(copied)
    with pytest.raises(IcpError) as refused:
        run_pipeline(copied)
    assert all(part in str(refused.value) for part in expected), str(refused.value)
    assert len(str(refused.value).splitlines()) == 1
    assert live_state(copied) == before
