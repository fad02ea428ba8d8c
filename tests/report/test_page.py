"""The page is one file: safe with hostile data, the same for the same input, without access to the network."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
from pathlib import Path
from unittest import mock

import pandas as pd
import pytest
from page_text import table, text
from report_frames import ABOUT, AS_OF, FILES, HOSTILE, all_frames, profile_frames

from icp_pipeline.kept_json import read_kept
from icp_pipeline.report import compiled_templates, drawing
from icp_pipeline.report.about import About
from icp_pipeline.report.compiled_templates import CompiledTemplates
from icp_pipeline.report.drawing_process import draw_apart
from icp_pipeline.report.page import PAGE, PROFILE, render
from icp_pipeline.settings.crm_fields import CrmFields


def html_of(**frames: pd.DataFrame) -> str:
    return render({**all_frames(), **frames}, ABOUT, FILES)[PAGE].decode()


def test_the_same_input_gives_the_same_bytes_and_another_run_differs_by_its_id() -> None:
    once = render(all_frames(), ABOUT, FILES)
    assert render(all_frames(), ABOUT, FILES) == once
    other = render(all_frames(), About("run-3", AS_OF, ABOUT.owner), FILES)
    assert other[PAGE].replace(b"run-3", b"run-2") == once[PAGE]
    assert other[PROFILE] == once[PROFILE]


def test_it_loads_nothing_and_links_only_to_its_own_files() -> None:
    html = html_of()
    links = set(re.findall(r'\b(?:href|src)="([^"#]+)"', html))
    assert links == {file.name for file in FILES} | {"icp.md", "manifest.json", "data:,"}
    without_namespace = html.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?://|@import|url\(", without_namespace)


def test_only_the_page_s_own_script_may_run() -> None:
    html = html_of()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', html)
    scripts = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy and "unsafe-eval" not in policy


@pytest.mark.parametrize("evil", HOSTILE)
def test_what_sources_say_is_text_not_markup(evil: str) -> None:
    warnings = pd.DataFrame([(evil, "warning", evil, evil)], columns=["code", "severity", "message", "subject"])
    sources = pd.DataFrame(
        [(evil, evil, "held", evil, 1, evil, 1, 0, 0)],
        columns=[
            "source",
            "table_name",
            "status",
            "reason",
            "files",
            "first_path",
            "rows_read",
            "rows_loaded",
            "rows_rejected",
        ],
    )
    rejected = pd.DataFrame(
        [(evil, evil, evil, "row", 2)], columns=["path", "column_name", "reason", "scope", "rejected"]
    )
    profile = profile_frames()
    for name in ("criteria", "segments"):
        profile[name].loc[0, ["attribute", "segment"]] = evil
    html = html_of(warnings=warnings, source_files=sources, rejected=rejected, **profile)
    assert html.count("<script") == 2 and html.count("</script>") == 2
    assert "<img" not in html and "\u202e" not in html


def test_hostile_names_are_in_the_table_as_they_are() -> None:
    names = table(html_of().encode())["names"]
    assert {HOSTILE[0], HOSTILE[2], HOSTILE[4], HOSTILE[6], "evil  txt"} <= set(names)


def test_templates_are_not_filled_from_data() -> None:
    frames = all_frames()
    frames["criteria"].loc[0, "segment"] = "{{ 7 * 7 }}"
    said = text(render(frames, ABOUT, FILES)[PAGE])
    assert "{{ 7 * 7 }}" in said


def test_downloads_show_purpose_rows_size_and_checksum() -> None:
    html = html_of()
    row = next(line for line in html.splitlines() if 'href="hubspot_company_update.csv"' in line)
    assert "<td>HubSpot</td>" in row and "by Record ID" in row
    assert '<td class="number">2</td><td class="number">2 kB</td>' in row
    assert f'title="SHA-256 {"ab" * 32}"' in row


def test_the_text_of_the_icp_is_described_as_it_is_written() -> None:
    pages = render(all_frames(), ABOUT, FILES)
    assert f"SHA-256 {hashlib.sha256(pages[PROFILE]).hexdigest()}" in pages[PAGE].decode()


def test_import_steps_name_this_company_s_fields() -> None:
    salesforce = {"tier": "Fit__c", "labels": {"tier_1": "Gold"}}
    hubspot = {"tier": "our_tier", "status": "our_status"}
    about = About("r", AS_OF, None, CrmFields.model_validate({"salesforce": salesforce, "hubspot": hubspot}))
    said = text(render(all_frames(), about, FILES)[PAGE])
    for shown in (
        "Fit__c : Picklist, restricted, with the values Gold",
        "our_tier : Dropdown",
        "our_status : Dropdown",
    ):
        assert shown in said
    assert "exists already" not in said and "ICP_Score__c" in said
    assert "Ideal Customer Profile Tier ( hs_ideal_customer_profile ) exists already" in text(html_of().encode())


def test_fields_of_further_icps_are_among_those_to_create() -> None:
    emea = {"salesforce": {"score": "Emea_Score__c", "tier": "Emea_Tier__c"}, "hubspot": {"status": "emea_status"}}
    about = About("r", AS_OF, None, CrmFields.model_validate({"further": {"emea": emea}}))
    said = text(render(all_frames(), about, FILES)[PAGE])
    assert "ICP emea: Emea_Tier__c , the same picklist. ICP emea: Emea_Score__c , Number 3, 2." in said
    assert "ICP emea: emea_status , Dropdown select with in_icp, not_icp, unscored." in said


def test_charts_are_drawn_twice_and_share_no_ids() -> None:
    pytest.importorskip("vl_convert")
    html = html_of()
    drawings = re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)
    # Forest plot, shares, wins, tiers, gains and calibration, each wide and narrow.
    assert len(drawings) == 12
    assert not any(" id=" in drawing for drawing in drawings)
    assert all("var(--" in drawing and "font-family" not in drawing for drawing in drawings)
    assert all(re.search(r'aria-label="[^"]+"', figure) for figure in re.findall(r"<figure[^>]*>", html))


def test_without_the_drawing_library_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from icp_pipeline.report import charts

    monkeypatch.setattr(charts, "is_possible", lambda: False)
    monkeypatch.setattr(drawing, "is_possible", lambda: False)
    html = html_of()
    assert "<svg" not in html and "Charts need the library vl-convert" in text(html.encode())


def test_a_chart_is_drawn_once_however_many_reports_show_it(tmp_path: Path) -> None:
    chart = drawing.both(lambda narrow: {**drawing.data([{"a": 1}]), "mark": "bar", "height": 20}, "one bar")
    other = drawing.both(lambda narrow: {**drawing.data([{"a": 2}]), "mark": "point", "height": 20}, "one point")
    assert chart and other
    kept = tmp_path / "drawings.json"

    def report(*charts: drawing.Chart) -> list[drawing.Drawn]:
        drawings = drawing.Drawings(charts, kept)
        found = [drawings.of(shown) for shown in charts]
        drawings.keep()
        return found

    with mock.patch.object(drawing, "_svg", side_effect=drawing._svg) as drawn:
        (first,) = report(chart)
        assert [first] == report(chart) and drawn.call_count == 2
        assert report(chart, other)[0] == first and drawn.call_count == 4
        assert len(read_kept(kept, drawing._engine())) == 4
        kept.write_text("{", encoding="utf-8")
        assert report(chart) == [first] and drawn.call_count == 6
    assert len(read_kept(kept, drawing._engine())) == 2


def test_what_another_process_drew_is_not_drawn_again_and_looks_the_same(tmp_path: Path) -> None:
    pytest.importorskip("vl_convert")
    bar = drawing.both(lambda narrow: {**drawing.data([{"a": 0.1}]), "mark": "bar", "height": 20}, "one bar")
    assert bar
    kept = tmp_path / "drawings.json"
    draw_apart([bar, None], kept)
    with mock.patch.object(drawing, "_svg") as drawn:
        found = drawing.Drawings([bar], kept).of(bar)
    assert not drawn.called and found == drawing.Drawings([bar]).of(bar)
    with mock.patch.object(subprocess, "run") as started:
        draw_apart([bar], kept)
        draw_apart([None], kept)
    assert not started.called


def test_without_another_process_the_report_draws_its_charts(tmp_path: Path) -> None:
    pytest.importorskip("vl_convert")
    bar = drawing.both(lambda narrow: {**drawing.data([{"a": 1}]), "mark": "bar", "height": 20}, "one bar")
    assert bar
    with mock.patch.object(subprocess, "run", side_effect=OSError):
        draw_apart([bar], tmp_path / "drawings.json")
    assert "<svg" in drawing.Drawings([bar], tmp_path / "drawings.json").of(bar).wide


def test_drawings_that_cannot_be_kept_leave_nothing_behind(tmp_path: Path) -> None:
    chart = drawing.both(lambda narrow: {**drawing.data([{"a": 1}]), "mark": "bar", "height": 20}, "one bar")
    drawings = drawing.Drawings([chart], tmp_path / "drawings.json")
    with mock.patch.object(Path, "replace", side_effect=OSError):
        drawings.keep()
    assert list(tmp_path.iterdir()) == []


def test_a_compiled_template_counts_only_for_the_release_and_options_that_compiled_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = [tmp_path / "page.py", tmp_path / "other" / "page.py"]
    for number, path in enumerate(options):
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"autoescape = {number}", encoding="utf-8")

    def key(options: Path) -> str:
        return CompiledTemplates(tmp_path, options).get_cache_key("page.html", "page.html")

    first = key(options[0])
    assert first == key(options[0]) != key(options[1])
    monkeypatch.setattr(compiled_templates, "version", lambda _: "4.0")
    assert key(options[0]) != first
