"""What a query gives has a name: a file or a part of the report that was made of the same is not made again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from orchestration.published_homes import State, icp

from icp_pipeline.home import Home
from icp_pipeline.orchestration import run as runs
from icp_pipeline.orchestration.run import Run
from icp_pipeline.report.earlier import earlier
from icp_pipeline.warehouse.build import Build

_REVIEW = "select * from exports.accounts_review"
_CHANGES = "select * from exports.changes"
_MOVES = "select account_id from history.tier_changes union select account_id from icp.tier_transitions"


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[State], Run]:
    """Runs that begin from a home's newest version, each in a copy of its own."""
    monkeypatch.setattr(runs, "get_ready", lambda: None)

    def open_copy(state: State) -> Run:
        root = tmp_path / f"home_{len(list(tmp_path.iterdir()))}"
        return Run(Home(shutil.copytree(state.home.root, root, symlinks=True)), "20261122_000000_names")

    return open_copy


def test_the_name_tells_other_rows_apart_and_nothing_is_read_for_it(
    first_run: State, accepted: State, opened: Callable[[State], Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    names, rows = [], []
    for state in (first_run, first_run, accepted):
        with opened(state) as run, monkeypatch.context() as patched:
            rows.append([run.content(sql) for sql in (_REVIEW, _CHANGES)])
            patched.setattr(Build, "frame", lambda *_: pytest.fail("a query was run"))
            names.append([run.named(sql) for sql in (_REVIEW, _CHANGES)])
    assert names[0] == names[1] != names[2]
    same = [one == other for one, other in zip(names[0], names[2], strict=True)]
    assert same == [one == other for one, other in zip(rows[0], rows[2], strict=True)]


def test_a_table_of_which_no_earlier_run_tells_is_named_by_its_rows(
    first_run: State, opened: Callable[[State], Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "recorded_fingerprints", lambda _: {})
    with opened(first_run) as run:
        run.request = runs.Request(starts_from_live=True)
        assert run.build
        before = run.named(_REVIEW)
        run.build.execute("update exports.accounts_review set tier = 'tier_1' where tier <> 'tier_1'")
        assert run.named(_REVIEW) != before


def test_moves_that_have_become_history_are_the_same_rows(first_run: State, opened: Callable[[State], Run]) -> None:
    with opened(first_run) as run:
        assert run.build
        before = run.named(_MOVES)
        run.build.execute("delete from icp.tier_transitions")
        assert run.named(_MOVES) == before
        run.build.execute("delete from history.tier_changes")
        assert run.named(_MOVES) != before


def test_a_run_of_the_same_takes_over_the_accounts_of_the_report(
    first_run: State, copied: Callable[[State], Home]
) -> None:
    home = copied(first_run)
    before = earlier((home.latest / "index.html").read_text()).accounts_made_from
    assert before is not None
    assert icp("run", "--home", home.root).code == 0
    assert earlier((home.latest / "index.html").read_text()).accounts_made_from == before
