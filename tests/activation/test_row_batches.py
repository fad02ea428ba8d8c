"""Rows that come in batches give the same files as rows that come at once."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from export_frames import RUN, Frames, frames_of, rows_of, write_exports

from icp_pipeline.activation import audience_files, row_batches
from icp_pipeline.activation.row_batches import Query
from icp_pipeline.activation.safe_cells import salesforce_id_18

GIVEN = {"core.given": pd.DataFrame({"id": ["b", None, "a", "d", "c"], "n": pd.array([2, None, 1, 4, 3], "Int64")})}
ALL = Query("select id, n, n > 2 as is_large, cast(n as decimal(9, 2)) as d from core.given", ("id",))


@pytest.fixture
def in_twos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_batches, "BATCH", 2)


def many(accounts: int) -> Frames:
    """Accounts in several tiers, some without a name, domain or score, some that share a domain."""
    made = [
        (f"Company {n}" if n % 5 else "", salesforce_id_18(f"001Hs{n:010d}") or "", str(7 * n + 1), tier, n % 100)
        for n in range(accounts)
        for tier in [["tier_1", "tier_2", "not_icp", "unscored"][n % 4]]
    ]
    frames = frames_of(*made)
    lists = frames["exports.audience_lists"]
    lists["domain"] = [None if n % 7 == 3 else f"{n % 9}.example" for n in range(len(lists))]
    return frames


def test_a_column_is_of_one_kind_whatever_is_missing_in_a_batch(tmp_path: Path, in_twos: None) -> None:
    found = rows_of(GIVEN, [ALL], tmp_path)[ALL]
    frames = [*found.frames()]
    assert [frame["id"].tolist() for frame in frames[:-1]] == [["a", "b"], ["c", "d"]]
    assert frames[-1]["id"].isna().all()
    # Written as in a column with a missing value, where numbers are doubles.
    assert {str(frame["n"].dtype) for frame in frames} == {"float64"} == {str(frame["d"].dtype) for frame in frames}
    assert len(found) == 5 and list(found.empty.columns) == ["id", "n", "is_large", "d"]


@pytest.mark.parametrize(("start", "stop"), [(0, 0), (0, 2), (1, 4), (3, 5), (4, 5)])
def test_a_stretch_of_rows_may_begin_and_end_inside_a_batch(
    tmp_path: Path, in_twos: None, start: int, stop: int
) -> None:
    found = rows_of(GIVEN, [ALL], tmp_path)[ALL]
    ids = [cell for frame in found.frames(start, stop) for cell in frame["n"].fillna(0).tolist()]
    assert ids == [1, 2, 3, 4, 0][start:stop]


def test_files_are_the_same_in_batches_of_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = many(60)
    write_exports(frames, tmp_path / "one", RUN)
    monkeypatch.setattr(row_batches, "BATCH", 2)
    # Audiences of more accounts than this are read again for each of their files, and judged once.
    monkeypatch.setattr(audience_files, "BATCH", 2)
    judged: list[int] = []
    judge = audience_files._judged
    monkeypatch.setattr(audience_files, "_judged", lambda rows: judged.append(len(rows)) or judge(rows))
    write_exports(frames, tmp_path / "two", RUN)
    assert sum(judged) == len(frames["exports.audience_lists"])
    written = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert len(written) > 20
    for path in written:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes(), path


def test_whom_files_leave_out_is_listed_once_for_a_reason_with_all_of_them(tmp_path: Path, in_twos: None) -> None:
    write_exports(many(60), tmp_path / "out", RUN)
    found = pd.read_csv(tmp_path / "out" / "audiences" / "left_out_review.csv", keep_default_na=False)
    assert not found.duplicated(["audience", "account_id", "reason"]).any()
    by_reason = found.groupby("reason")["not_in"].agg(set).to_dict()
    # Accounts without a name are already in 6sense's file for that reason.
    assert by_reason["no domain"] == {"6sense_accounts.csv, domains.csv", "domains.csv"}
    assert by_reason["a domain shared with another account"] == {"domains.csv"}
    assert by_reason["no name"] == {"linkedin_company_list.csv, sales_navigator_accounts.csv, 6sense_accounts.csv"}
