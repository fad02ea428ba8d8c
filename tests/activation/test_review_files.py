"""Files that people open in a spreadsheet: readable, complete, and nothing in them runs."""

from __future__ import annotations

import csv
import io
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from export_frames import ACME, BETA, RUN, Frames, write_exports, write_target
from hypothesis import example, given, settings
from hypothesis import strategies as st

from icp_pipeline.activation.list_files import REVIEW_NOTE
from icp_pipeline.activation.safe_cells import plain_text, review_text
from icp_pipeline.activation.targets import TARGETS
from icp_pipeline.errors import PublishError

REVIEW = next(target for target in TARGETS if target.file == "accounts_review.csv")
HOSTILE = "=+-@\t\r\n＝＋－＠﹦﹢﹣﹫\u2212'\"\u00a0\u200b\ufeff\u202e\x00\x1b ;,|"
texts = st.text(max_size=40) | st.text(alphabet=HOSTILE + "aZ1é", max_size=12)


def runs_as_formula(cell: str) -> bool:
    """Like a spreadsheet: skip invisible characters, fold wide forms, look at the first character."""
    folded = unicodedata.normalize("NFKC", cell)
    shown = [letter for letter in folded if unicodedata.category(letter)[0] not in "CZ"]
    return bool(shown) and shown[0] in "=+-@\u2212"


def review(path: Path) -> list[dict[str, str]]:
    with (path / "accounts_review.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@given(texts)
@example("=1+1")
@example(" \u00a0＝cmd|' /C calc'!A0")
@example("\ufeff@SUM(A1)")
@example("\t-2")
@example("\ud800=1")
def test_no_text_runs(text: str) -> None:
    cell = review_text(text)
    assert not runs_as_formula(cell)
    assert not any(unicodedata.category(letter) in ("Cc", "Zl", "Zp", "Cs") for letter in cell)
    cell.encode()


@given(texts)
def test_text_that_is_harmless_is_not_altered(text: str) -> None:
    plain = plain_text(text)
    assert review_text(text) in (text, plain, f"'{plain}")
    assert review_text(plain).startswith("'") == (runs_as_formula(plain) or plain.startswith("'"))


# Each example writes a file to disk, which takes as long as the disk takes.
@settings(deadline=None)
@given(st.lists(texts, min_size=1, max_size=5))
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    frame = pd.DataFrame(
        {"name": pd.Series(names, dtype="object"), "tier": "tier_3", "priority_score": 0.5, "icp_id": "primary"}
    )
    frame["account_id"] = [f"sf-{number}" for number in range(len(frame))]
    folder = tmp_path_factory.mktemp("review")
    (written,) = write_target(REVIEW, {REVIEW.model: frame}, folder)
    assert written.rows == len(names)
    assert [row["name"] for row in review(folder)] == [review_text(name) for name in names]


@pytest.mark.parametrize(
    "name", ["Müller & Söhne", "Ωmega", "3M", "(Acme)", 'Acme, "the" Inc', "日本電気", "O'Neill", "#1 Co"]
)
def test_ordinary_names_stay_as_they_are(name: str) -> None:
    assert review_text(name) == name


def test_the_review_is_in_working_order_and_says_what_it_did(exported: Path) -> None:
    found = review(exported)
    assert [(row["rank"], row["tier"]) for row in found] == [
        ("1", "tier_1"),
        ("2", "tier_2"),
        ("3", "not_icp"),
        ("4", "unscored"),
    ]
    assert list(found[0])[-1] == REVIEW_NOTE


def test_priority_orders_inside_a_tier_and_ids_break_ties(tmp_path: Path, frames: Frames) -> None:
    frames["exports.accounts_review"]["tier"] = "tier_2"
    frames["exports.accounts_review"]["priority_score"] = [0.1, 0.5, float("nan"), 0.5]
    write_exports(frames, tmp_path / "out", RUN)
    assert [row["name"] for row in review(tmp_path / "out")] == ["Acme", "Beta", "Lost Ltd", "Gone AG"]


def test_excel_sees_utf_8_and_one_line_per_account(tmp_path: Path, frames: Frames) -> None:
    frames["exports.accounts_review"]["name"] = 'two\nlines "and" quotes'
    write_exports(frames, tmp_path / "out", RUN)
    content = (tmp_path / "out" / "accounts_review.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\n") == 5
    assert b"\r" not in content


def test_changes_name_the_record_and_why(exported: Path) -> None:
    content = (exported / "changes.csv").read_text()
    header, *told = csv.reader(io.StringIO(content))
    assert [header, *(row for row in told if row[0] == "salesforce")][:3] == [
        [
            "target",
            "record_id",
            "account_id",
            "domain",
            "old_tier",
            "new_tier",
            "new_score",
            "cause",
            "icp_id",
            "old_score",
            "because",
        ],
        ["salesforce", ACME, f"sf-{ACME}", "a.example", "", "tier_1", "93.26", "first_tag", "primary", "", ""],
        ["salesforce", BETA, f"sf-{BETA}", "a.example", "", "tier_2", "71.50", "first_tag", "primary", "", ""],
    ]


def test_further_icps_follow_the_primary_one_each_in_working_order(tmp_path: Path, frames: Frames) -> None:
    mine = frames["exports.accounts_review"]
    emea = mine[mine["tier"].isin(["tier_1", "tier_2"])].assign(icp_id="emea")
    frames["exports.accounts_review"] = pd.concat([emea, mine], ignore_index=True)
    manifest = write_exports(frames, tmp_path / "out", RUN)
    found = review(tmp_path / "out")
    assert [(row["icp_id"], row["rank"], row["tier"]) for row in found] == [
        ("primary", "1", "tier_1"),
        ("primary", "2", "tier_2"),
        ("primary", "3", "not_icp"),
        ("primary", "4", "unscored"),
        ("emea", "1", "tier_1"),
        ("emea", "2", "tier_2"),
    ]
    assert sum(manifest.tiers.values()) == 4


def test_changes_are_escaped_and_their_codes_checked(tmp_path: Path, frames: Frames) -> None:
    frames["exports.changes"]["account_id"] = "=cmd"
    write_exports(frames, tmp_path / "out", RUN)
    assert '"\'=cmd"' in (tmp_path / "out" / "changes.csv").read_text()
    frames["exports.changes"]["new_tier"] = "=tier"
    with pytest.raises(PublishError, match=r"changes\.csv row 1 column new_tier"):
        write_exports(frames, tmp_path / "other", RUN)
