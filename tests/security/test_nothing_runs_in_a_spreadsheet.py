"""Hostile texts in every text column: a CSV reader and a spreadsheet see what was meant.

Import files contain nothing that was altered: a hostile cell stops the export. Review files are escaped and harmless.
"""

from __future__ import annotations

import csv
import itertools
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from activation.export_frames import ACME, BETA, GONE, RUN, Frames, frames_of, write_exports, write_targets
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from icp_pipeline.activation.safe_cells import CLEAR, PATTERNS, review_text
from icp_pipeline.activation.targets import TARGETS
from icp_pipeline.errors import PublishError

IMPORTS = {
    "salesforce_account_update.csv": "salesforce_id label score version datetime",
    "hubspot_company_update.csv": "hubspot_id code code score date version code reason",
}
STARTS = (
    "",
    " ",
    "\u00a0",
    "\u3000",
    "\t",
    "\r",
    "\n",
    "\x00",
    "\u200b",
    "\ufeff",
    "\u202e",
    "'",
    '"',
    "\u0301",
)
SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫", "\u2212", "\u207a", "\u208b")
ENDS = (
    "1+1",
    'HYPERLINK("http://x.example","y")',
    "cmd|' /C calc'!A0",
    "SUM(A1:A9)",
    "2",
    "a;=1+1",
    'a",=1+1,"',
    "a\n=1+1",
)
ATTACKS = [start + sign + end for start, sign, end in itertools.product(STARTS, SIGNS, ENDS)]
# A database cannot hold lone surrogates.
letters = st.characters(exclude_categories=["Cs"])
texts = st.text(letters, max_size=30) | st.sampled_from(ATTACKS) | st.text("".join(set("".join(ATTACKS))), max_size=15)

HOSTILE_COLUMNS = {
    "exports.salesforce_account_update": ("salesforce_account_id", "tier", "icp_version"),
    "exports.hubspot_company_update": ("hubspot_company_id", "tier", "icp_version"),
}
COLUMNS = [(frame, column) for frame, columns in HOSTILE_COLUMNS.items() for column in columns]


def small() -> Frames:
    return frames_of(("Acme", ACME, "9", "tier_1", 93.2), ("Beta", BETA, "77", "tier_2", 71.5))


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, strict=True))


def with_text(frame: str, column: str, text: str) -> Frames:
    """Two accounts, the first with the text in that column."""
    frames = small()
    frames[frame][column] = frames[frame][column].astype("object")
    frames[frame].loc[0, column] = text
    return frames


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(COLUMNS), texts)
@example(("exports.salesforce_account_update", "icp_version"), "2026.11.1")
@example(("exports.hubspot_company_update", "tier"), "=1+1")
@example(("exports.salesforce_account_update", "icp_version"), CLEAR)
def test_an_import_file_holds_what_was_given_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, place: tuple[str, str], text: str
) -> None:
    out = tmp_path_factory.mktemp("fuzz")
    try:
        write_targets((target for target in TARGETS if target.file in IMPORTS), with_text(*place, text), out)
    except PublishError as error:
        assert len(text) < 4 or text not in str(error)
        return
    for name, kinds in IMPORTS.items():
        header, *cells = rows(out / name)
        assert len(cells) == 2
        for row in cells:
            for cell, kind in zip(row, kinds.split(), strict=True):
                assert cell in ("", CLEAR) or PATTERNS[kind].fullmatch(cell)
        assert all(column.isprintable() for column in header)
    shutil.rmtree(out)


@pytest.mark.parametrize(("frame", "column"), COLUMNS)
def test_one_hostile_cell_and_there_is_no_export(tmp_path: Path, frame: str, column: str) -> None:
    with pytest.raises(PublishError):
        write_exports(with_text(frame, column, ATTACKS[0]), tmp_path / "out", RUN)
    assert not (tmp_path / "out").exists()


def hostile_frames(names: list[str]) -> Frames:
    """Models whose every visible text is one of these names."""
    ids = [f"{number}" for number in range(1, len(names) + 1)]
    frames = frames_of(*((name, GONE, record, "tier_3", 50.0) for name, record in zip(names, ids, strict=True)))
    # One Salesforce record: the import file may not have it twice.
    frames["exports.salesforce_account_update"] = frames["exports.salesforce_account_update"].head(1)
    changes = frames["exports.changes"]
    frames["exports.changes"] = changes[changes["target"] == "hubspot"].reset_index(drop=True)
    for frame, columns in {
        "exports.accounts_review": ("reasons", "domain"),
        "exports.changes": ("domain", "because"),
    }.items():
        for column in columns:
            frames[frame][column] = names
    return frames


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(texts, min_size=1, max_size=8))
def test_review_files_read_back_as_the_escaped_text(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    out = tmp_path_factory.mktemp("fuzz")
    review = ("accounts_review.csv", "changes.csv")
    write_targets((target for target in TARGETS if target.file in review), hostile_frames(names), out)
    header, *cells = rows(out / "accounts_review.csv")
    assert sorted(row[header.index("name")] for row in cells) == sorted(review_text(name) for name in names)
    assert {len(row) for row in cells} == {len(header)}
    header, *cells = rows(out / "changes.csv")
    assert [row[header.index("domain")] for row in cells] == [review_text(name) for name in names]
    shutil.rmtree(out)


_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


def opened_in_calc(folder: Path, *files: Path) -> dict[str, ElementTree.Element]:
    """Files as LibreOffice Calc reads them when a person opens them, with formulas evaluated."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("no LibreOffice: install Debian's libreoffice-calc-nogui")
    # 44 comma, 34 quote, 76 UTF-8, from line 1; the last switches: detect numbers, and evaluate formulas.
    reading = "CSV:44,34,76,1,,0,false,true,false,false,false,-1,true"
    command = [office, f"-env:UserInstallation=file://{folder}/profile", "--headless", f"--infilter={reading}"]
    subprocess.run(
        [*command, "--convert-to", "fods", "--outdir", str(folder), *map(str, files)],
        check=True,
        capture_output=True,
        timeout=240,
    )
    return {file.name: ElementTree.parse(folder / f"{file.stem}.fods").getroot() for file in files}


def formulas(root: ElementTree.Element) -> list[str]:
    return [
        cell.get(f"{_TABLE}formula", "") for cell in root.iter(f"{_TABLE}table-cell") if cell.get(f"{_TABLE}formula")
    ]


@pytest.mark.slow
def test_a_spreadsheet_finds_no_formula(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_exports(hostile_frames(ATTACKS), out, RUN)
    control = tmp_path / "control.csv"
    control.write_text('"a","b"\n"=1+1","=HYPERLINK(""http://x.example"")"\n', encoding="utf-8")
    files = sorted(out.glob("*.csv"))
    assert {file.name for file in files} >= {*IMPORTS, "accounts_review.csv", "changes.csv"}
    opened = opened_in_calc(tmp_path, control, *files)
    # The spreadsheet does run what is not escaped, so finding nothing is meaningful.
    assert len(formulas(opened.pop("control.csv"))) == 2
    for name, root in opened.items():
        assert formulas(root) == [], name
        assert not list(root.iter("{urn:oasis:names:tc:opendocument:xmlns:text:1.0}a")), name
        # A changes file may be empty.
        assert len(list(root.iter(f"{_TABLE}table-row"))) >= min(2, len(rows(out / name))), name
