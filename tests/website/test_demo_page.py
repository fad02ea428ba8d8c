"""docs/website_demo.html in headless Chromium: another company sees another page, by its flags; nothing is fetched."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import official_sdks
import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="run `make setup` again: the lock file names playwright")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")
pytestmark = pytest.mark.slow
PAGE = official_sdks.ROOT / "docs" / "website_demo.html"
FLAGS = official_sdks.NODE_PACKAGES / "flags.flagd.json"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
EXPECTED = {
    "Nobody you recognize": ("general", "logos_all", "integrations_all", "trust_center"),
    "Brightpath": ("saas", "mid_market", "salesforce", "gdpr"),
    "Harborline Bank": ("finance", "enterprise", "salesforce", "trust_center"),
    "Cedar Clinics": ("health", "small_team", "hubspot", "gdpr"),
    "Studio Two": ("who_this_is_for", "small_team", "integrations_all", "trust_center"),
    "Brightpath, held out": ("general", "logos_all", "integrations_all", "trust_center"),
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    if BROWSER is None:
        pytest.skip("no chromium or chrome is installed; CI installs one")
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    opened = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    said: list[str] = []
    asked: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(PAGE.as_uri())
    opened.wait_for_function("document.documentElement.dataset.ready === 'yes'")
    yield opened
    assert (said, asked) == ([], [PAGE.as_uri()])
    opened.context.close()


def shown(page: Any) -> tuple[str, ...]:
    tags = page.locator("[data-slot] .tag").all_inner_texts()
    rows = [row.locator("th, td").all_inner_texts() for row in page.locator("#resolved tr").all()]
    assert tags == [f"{slot}: {variant}" for slot, variant, _ in rows]
    return tuple(variant for _, variant, _ in rows)


def test_another_company_sees_another_page(page: Any) -> None:
    headlines = {}
    for name, variants in EXPECTED.items():
        page.get_by_role("button").filter(has=page.get_by_text(name, exact=True)).click()
        page.wait_for_function("want => document.querySelector('#resolved td')?.innerText === want", arg=variants[0])
        assert shown(page) == variants, name
        headlines[name] = page.locator('[data-slot="headline"] .first').inner_text()
    assert headlines["Brightpath"] == "Grow your SaaS pipeline with a forecast that holds"
    assert headlines["Brightpath, held out"] == headlines["Nobody you recognize"] != headlines["Brightpath"]
    # A variant's name in place of a text is a text that somebody forgot.
    assert not {variant for variants in EXPECTED.values() for variant in variants} & set(headlines.values())


def test_it_takes_flags_of_ones_own_and_says_what_is_none(page: Any, tmp_path: Path) -> None:
    flags = json.loads(FLAGS.read_text(encoding="utf-8"))
    flags["flags"] = {"headline": flags["flags"]["headline"] | {"defaultVariant": "finance"}}
    (tmp_path / "own.json").write_text(json.dumps(flags), encoding="utf-8")
    page.set_input_files("#own", tmp_path / "own.json")
    page.wait_for_function("document.getElementById('told').innerText === 'own.json: 1 slots'")
    assert page.locator("#resolved tr").all_inner_texts()[0].split()[:2] == ["headline", "finance"]
    (tmp_path / "none.json").write_text("no flags", encoding="utf-8")
    page.set_input_files("#own", tmp_path / "none.json")
    page.wait_for_function("document.getElementById('told').innerText.includes('none.json is not a flags.flagd.json')")


@pytest.mark.parametrize("width", [1280, 390])
def test_it_can_be_read_by_everybody_on_any_screen(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = axe.Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []


def test_the_file_is_what_the_build_makes(tmp_path: Path) -> None:
    node = official_sdks.node_or_skip()
    built = tmp_path / "demo.html"
    script = str(official_sdks.NODE_PACKAGES / "build.mjs")
    subprocess.run([node, script, str(built)], check=True, capture_output=True, timeout=120)
    assert built.read_bytes() == PAGE.read_bytes(), "run `npm run build` in docs/demo"
