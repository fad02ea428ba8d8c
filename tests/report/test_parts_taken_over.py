"""A page takes over what the page before has drawn already, and is the same page as one that was drawn anew."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from page_text import table
from report_frames import ABOUT, FILES, all_frames

from icp_pipeline.report import drawing
from icp_pipeline.report.earlier_page import accounts_made_from, earlier
from icp_pipeline.report.frame_queries import ABOUT_ACCOUNTS
from icp_pipeline.report.page import PAGE, render

KNOWN = replace(ABOUT, accounts_made_from="a" * 64)


@pytest.fixture(scope="module")
def page() -> bytes:
    """The page before."""
    return render(all_frames(30), KNOWN, FILES)[PAGE]


def test_charts_and_accounts_come_from_the_page_before(page: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("vl_convert")
    monkeypatch.setattr(drawing, "_svg", lambda _: pytest.fail("a chart was drawn again"))
    frames = {name: frame for name, frame in all_frames(30).items() if name not in ABOUT_ACCOUNTS}
    assert render(frames, KNOWN, FILES, earlier(page.decode()))[PAGE] == page


def test_a_chart_of_other_figures_is_drawn(page: bytes) -> None:
    pytest.importorskip("vl_convert")
    frames = all_frames(30)
    frames["segments"] = frames["segments"].assign(lift=frames["segments"]["lift"] * 1.1)
    taken = render(frames, KNOWN, FILES, earlier(page.decode()))[PAGE]
    assert taken == render(frames, KNOWN, FILES)[PAGE] != page


def test_other_accounts_are_packed(page: bytes) -> None:
    frames = all_frames(30)
    frames["accounts"].loc[frames["accounts"]["account"] == 20, "name"] = "Renamed Ltd"
    other = replace(KNOWN, accounts_made_from="b" * 64)
    assert "Renamed Ltd" in table(render(frames, other, FILES, earlier(page.decode()))[PAGE])["names"]


def test_without_a_name_the_accounts_are_always_packed(page: bytes) -> None:
    bare = replace(KNOWN, accounts_made_from=None)
    taken = render(all_frames(30), bare, FILES, earlier(render(all_frames(10), bare, FILES)[PAGE].decode()))[PAGE]
    assert len(table(taken)["ids"]) == 30


def test_a_page_of_another_kind_holds_no_parts() -> None:
    assert earlier("<html><body>older release</body></html>") == earlier("")


@pytest.mark.parametrize("changed", [*ABOUT_ACCOUNTS, "criteria"])
def test_the_accounts_are_named_by_everything_that_they_show(changed: str) -> None:
    every = pd.DataFrame({"name": sorted(_TABLES)})

    def name_of(held: dict[str, str]) -> str:
        return accounts_made_from(
            lambda _: every, lambda sql: held[next(n for n, text in _QUERIES.items() if text == sql)]
        )

    same = dict.fromkeys(_QUERIES, "rows")
    assert name_of(same) == name_of(dict(same))
    assert name_of(same) != name_of({**same, changed: "other rows"})


def test_the_accounts_are_named_by_the_code_that_draws_them(monkeypatch: pytest.MonkeyPatch) -> None:
    from icp_pipeline.report import earlier_page as module

    every = pd.DataFrame({"name": sorted(_TABLES)})
    before = accounts_made_from(lambda _: every, lambda _: "rows")
    monkeypatch.setattr(module, "_code", lambda: b"another release")
    assert accounts_made_from(lambda _: every, lambda _: "rows") != before


def _all() -> tuple[dict[str, str], set[str]]:
    from icp_pipeline.report import frame_queries

    queries = {path.stem: path.read_text() for path in frame_queries._QUERIES.glob("*.sql")}
    return queries, {name for sql in queries.values() for name in frame_queries.needed(sql)}


_QUERIES, _TABLES = _all()
