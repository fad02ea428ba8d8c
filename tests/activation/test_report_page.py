"""The run's page opens without server or network, shows what matters, and cannot be made to run anything."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
from export_frames import RUN, Frames

from icp_pipeline.activation.export import write_exports


def page(folder: Path) -> str:
    return (folder / "index.html").read_text(encoding="utf-8")


def test_without_the_frames_that_only_fill_it(exported: Path) -> None:
    html = page(exported)
    assert "No trait separates the best customers" in html
    assert "What to know first" not in html


def test_it_loads_nothing_and_links_only_to_its_own_files(exported: Path) -> None:
    html = page(exported)
    links = set(re.findall(r'(?:href|src)="([^"]*)"', html))
    assert links == {path.name for path in exported.iterdir()} - {"index.html"}
    assert not re.search(r"https?:|<script|@import|url\(", html)
    assert "default-src 'none'" in html


def test_downloads_show_rows_size_and_checksum(exported: Path) -> None:
    html = page(exported)
    row = next(line for line in html.splitlines() if 'href="hubspot_company_update.csv"' in line)
    size = (exported / "hubspot_company_update.csv").stat().st_size
    assert f'<td class="number">4</td><td class="number">{size} B</td>' in row


def test_what_sources_say_is_text_not_markup(tmp_path: Path, frames: Frames) -> None:
    evil = "<img src=x onerror=alert(1)>"
    frames["warnings"] = pd.DataFrame(
        [(evil, "warning", evil, evil)], columns=["code", "severity", "message", "subject"]
    )
    frames["criteria"] = pd.DataFrame(
        [{"kind": "positive", "attribute": evil, "segment": evil, "points": 1.0, "evidence": evil}]
    )
    source = {"path": evil, "table_name": evil, "rows_read": 1, "status": "held", "reason": evil}
    frames["source_files"] = pd.DataFrame([source | {"rows_loaded": None, "rows_rejected": float("nan")}])
    write_exports(frames, tmp_path / "out", RUN)
    assert "<img" not in page(tmp_path / "out")
    assert "&lt;img" in page(tmp_path / "out")


def test_warnings_gravest_first_and_many_of_a_kind_short(tmp_path: Path, frames: Frames) -> None:
    rows = [("DUPLICATE_DOMAIN", "warning", f"domain {number}", f"d{number}") for number in range(9)]
    rows += [("REJECTED_ROWS", "info", "3 rows", "a.csv"), ("NO_SIGNAL", "warning", "no signal", "primary")]
    frames["warnings"] = pd.DataFrame(rows, columns=["code", "severity", "message", "subject"])
    write_exports(frames, tmp_path / "out", RUN)
    html = page(tmp_path / "out")
    assert re.findall(r"<b>([A-Z_]+)</b>", html) == ["NO_SIGNAL", "DUPLICATE_DOMAIN", "REJECTED_ROWS"]
    assert "domain 2" in html and "domain 3" not in html
    assert "and 6 more like this" in html


def test_criteria_show_lift_and_interval(tmp_path: Path, frames: Frames) -> None:
    frames["criteria"] = pd.DataFrame(
        [
            {"kind": "must_have", "attribute": "industry", "segment": "SaaS", "points": 0.6, "evidence": "x",
             "lift": 2.4, "ci_low": 1.7, "ci_high": 3.3, "n_segment": 1120},
            {"kind": "negative", "attribute": "business_model", "segment": "agency", "points": -0.9, "evidence": "y",
             "lift": None, "ci_low": None, "ci_high": None, "n_segment": None},
        ]
    )  # fmt: skip
    write_exports(frames, tmp_path / "out", RUN)
    html = page(tmp_path / "out")
    assert html.index("business model: agency") < html.index("industry: SaaS")
    for shown in ("2.40×", "1.70–3.30", "1,120", "+0.60", "-0.90"):
        assert shown in html


def test_moves_are_counted_by_crm(tmp_path: Path, frames: Frames) -> None:
    frames["changes"]["old_tier"] = ["tier_1", None, float("nan"), "tier_1"]
    frames["changes"]["new_tier"] = ["unscored", "tier_2", "tier_2", "unscored"]
    write_exports(frames, tmp_path / "out", RUN)
    cells = re.findall(
        r"<tr><td>Salesforce</td><td>(.*?)</td><td>(.*?)</td><td class=\"number\">(\d+)</td></tr>",
        page(tmp_path / "out"),
    )
    assert cells == [("not tagged before", "Tier 2", "2"), ("Tier 1", "Unscored", "2")]


def test_commands_in_messages_stand_out_and_stay_text(tmp_path: Path, frames: Frames) -> None:
    rows = [("ICP_STALE", "warning", "Run `icp <refit>`.", "x"), ("OTHER", "warning", "one ` alone", "y")]
    frames["warnings"] = pd.DataFrame(rows, columns=["code", "severity", "message", "subject"])
    write_exports(frames, tmp_path / "out", RUN)
    html = page(tmp_path / "out")
    assert "<p>Run <code>icp &lt;refit&gt;</code>.</p>" in html
    assert "<p>one ` alone</p>" in html
