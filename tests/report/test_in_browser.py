"""The page as people use it, in headless Chromium, opened as a file."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from orchestration.published_homes import *  # noqa: F403
from orchestration.published_homes import State
from page_text import table
from report_frames import ABOUT, FILES, HOSTILE, account_frames, all_frames

from icp_pipeline.report.figures import Frames
from icp_pipeline.report.page import PAGE, render

sync_api = pytest.importorskip("playwright.sync_api", reason="run `make setup` again: the lock file names playwright")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")
pytestmark = pytest.mark.slow
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SERIOUS = ("serious", "critical")


class Opened:
    """A page in the browser, with everything that it requested and every error it logged."""

    def __init__(self, context: Any, path: Path) -> None:
        self.page = context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())

    def ready(self) -> Any:
        self.page.wait_for_function("document.documentElement.dataset.ready === 'yes'")
        return self.page

    def names(self) -> list[str]:
        return [str(name) for name in self.page.locator("#rows th button").all_inner_texts()]

    def found(self) -> int:
        self.page.wait_for_timeout(250)
        return int(self.page.locator("#found").inner_text().split(" ")[0].replace(",", ""))


Open = Callable[..., Opened]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for the module."""
    if BROWSER is None:
        pytest.skip("no chromium or chrome is installed; CI installs one")
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any, tmp_path: Path) -> Iterator[Open]:
    """Open frames, or a file, in a new window; at the end, nothing was requested from a network and nothing failed."""
    contexts, opened = [], []

    def show(frames: Frames | Path, width: int = 1280, **options: Any) -> Opened:
        path = frames if isinstance(frames, Path) else written(frames, tmp_path)
        context = chromium.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        opened.append(Opened(context, path))
        return opened[-1]

    yield show
    for context in contexts:
        context.close()
    for page in opened:
        assert page.said == []
        assert [url for url in page.asked if not url.startswith(("file:", "data:"))] == []


def written(frames: Frames, folder: Path) -> Path:
    """The page in a folder with the files that it links to."""
    for name, content in render(frames, ABOUT, FILES).items():
        (folder / name).write_bytes(content)
    for name in (*(file.name for file in FILES), "manifest.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")
    return folder / PAGE


def findings(page: Any) -> list[str]:
    """Serious findings of axe, each with its elements."""
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{item['id']}: {[node['html'][:120] for node in item['nodes']][:5]}"
        for item in found
        if item["impact"] in SERIOUS
    ]


def test_a_published_run_opens_with_all_its_parts(open_page: Open, promoted: State) -> None:
    opened = open_page(promoted.home.latest.resolve() / PAGE)
    page = opened.ready()
    for heading in (
        "Accounts by tier",
        "The ICP on one page",
        "Evidence",
        "Does it work",
        "What changed",
        "Accounts",
        "Downloads",
    ):
        assert page.get_by_role("heading", name=heading, exact=True).count() == 1, heading
    manifest = json.loads((promoted.home.latest / "manifest.json").read_text())
    assert opened.found() == sum(manifest["tiers"].values())
    page.get_by_label("Tier 1", exact=True).check()
    assert opened.found() == manifest["tiers"]["tier_1"]
    assert {"icp.md", "index.html"} <= set(manifest["files"])
    assert findings(page) == []


def test_links_lead_to_files_that_are_there(open_page: Open, promoted: State) -> None:
    page = open_page(promoted.home.latest.resolve() / PAGE).ready()
    links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    files = {link.split("#")[0].removeprefix("file://") for link in links} - {""}
    assert len(files) >= 8
    assert [path for path in files if not Path(path).is_file()] == []
    anchors = {link.split("#")[1] for link in links if "#" in link}
    assert all(page.locator(f"[id='{name}']").count() == 1 for name in anchors)


def test_search_takes_words_in_any_case_and_order(open_page: Open) -> None:
    opened = open_page(all_frames(400))
    opened.ready()
    everything, wanted = opened.found(), opened.names()[7]
    assert everything == 400
    opened.page.fill("#search", " ".join(reversed(wanted.upper().split())))
    assert opened.found() < 20 and wanted in opened.names()
    opened.page.fill("#search", "no such company at all")
    assert opened.found() == 0
    assert "No account matches" in opened.page.locator("#rows").inner_text()
    opened.page.get_by_role("button", name="Clear").click()
    assert opened.found() == 400


def test_filters_join(open_page: Open) -> None:
    frames = all_frames(400)
    opened = open_page(frames)
    page = opened.ready()
    joined = frames["standings"].merge(frames["accounts"], on="account_id")
    page.get_by_label("Tier 2", exact=True).check()
    page.get_by_label("Tier 3", exact=True).check()
    wanted = joined[joined["tier"].isin(["tier_2", "tier_3"])]
    assert opened.found() == len(wanted)
    page.select_option("#who", "1")
    wanted = wanted[wanted["is_customer"]]
    assert opened.found() == len(wanted)
    page.select_option("#grade", "A")
    page.select_option("#engagement", "2")
    assert opened.found() == (wanted["grade"] == "A2").sum() > 0
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("Moved in this run").check()
    assert opened.found() == frames["standings"]["from_tier"].notna().sum() > 0


def test_a_column_sorts_down_then_up_then_back_to_working_order(open_page: Open) -> None:
    frames = all_frames(120)
    opened = open_page(frames)
    page = opened.ready()
    before = opened.names()
    head = page.get_by_role("button", name="Employees")
    head.click()
    cells = page.locator("#rows tr td:nth-child(7)").all_inner_texts()
    numbers = [int(cell.replace(",", "")) for cell in cells]
    assert numbers == sorted(numbers, reverse=True) and numbers[0] == frames["accounts"]["employees"].max()
    assert page.locator("th[data-sort=employees]").get_attribute("aria-sort") == "descending"
    head.click()
    cells = page.locator("#rows tr td:nth-child(7)").all_inner_texts()
    assert int(cells[0].replace(",", "")) == frames["accounts"]["employees"].min()
    head.click()
    assert opened.names() == before
    # Unknown values come last in either direction.
    page.get_by_role("button", name="Industry").click()
    while page.locator("#next").is_enabled():
        page.locator("#next").click()
    assert page.locator("#rows tr:last-child td:nth-child(6)").inner_text() == "–"


def test_pages_turn(open_page: Open) -> None:
    opened = open_page(all_frames(120))
    page = opened.ready()
    first = opened.names()
    assert page.locator("#previous").is_disabled()
    page.locator("#next").click()
    assert page.locator("#page").inner_text() == "Page 2 of 5"
    assert not set(first) & set(opened.names())


def test_the_scorecard_adds_up_for_every_account_of_a_page(open_page: Open) -> None:
    frames = all_frames(60)
    opened = open_page(frames)
    page = opened.ready()
    fits = frames["evidence"].groupby("account_id")["points"].sum()
    for row in range(10):
        page.locator("#rows th button").nth(row).click()
        card = page.locator("#card")
        cents = card.locator("[data-cents]").evaluate_all("cells => cells.map(cell => Number(cell.dataset.cents))")
        total = int(card.locator("[data-total]").get_attribute("data-total"))
        account_id = page.url.split("#account=")[1]
        assert sum(cents) == total == round(100 * fits[account_id])
        assert cents[0] == -261
        shown = card.locator("[data-cents]").all_inner_texts()
        assert [round(100 * float(text.replace("−", "-"))) for text in shown] == cents
        page.keyboard.press("Escape")


def test_the_scorecard_says_what_is_unknown_what_happened_and_what_was(open_page: Open) -> None:
    frames = all_frames(60)
    place = table(render(frames, ABOUT, FILES)[PAGE])["ids"].index("sf-001Hs000000000059")
    path = open_page(frames)
    page = path.ready()
    page.goto(page.url.split("#")[0] + "#account=sf-001Hs000000000059")
    page.reload()
    path.ready()
    card = page.locator("#card").inner_text()
    assert place >= 0 and "Unknown traits, and what they could change" in card
    # The tiers come from icp.what_if; if it has no line, the page names none.
    assert "Industry: if Software: +0.63, Tier 2 on the second day; if Retail: −0.30\n" in card
    assert re.search(r"Employees: if 200.499: \+0\.81, Tier 2\n", card)
    assert "Ownership: whatever it is, Tier 3\n" in card
    assert "1 Oct 2026: Unscored · New account · ICP 2026.10.1" in card
    assert "Too few of the criteria's traits are known" in card
    page.keyboard.press("Escape")
    page.fill("#search", "sf-001Hs000000000000")
    path.found()
    page.locator("#rows th button").click()
    card = page.locator("#card").inner_text()
    assert "Chance: won and best" in card
    assert "Funding round 12 days ago: +0.98" in card
    assert "New executive 90 days ago: +0.25 (+0.50 alone; it counts less beside a stronger trigger)" in card
    assert "Engagement: +0.1" in card
    standing = frames["standings"].set_index("account_id").loc["sf-001Hs000000000000"]
    # Two triggers and engagement, in addition to fit.
    priority = standing["priority_score"] + 0.98 + 0.25 + 0.125
    assert f"{abs(priority):.2f}" in card.split("work the highest first):")[1]


def test_the_scorecard_of_an_account_that_no_icp_scores_asks_for_nothing(open_page: Open) -> None:
    frames = all_frames(10)
    unscored = {"tier": "unscored", "status": "insufficient_data", "grade": None, "fit_score": None}
    frames["standings"] = frames["standings"].assign(**unscored, priority_score=None)
    for name in ("evidence", "evidence_pieces"):
        frames[name] = frames[name].iloc[:0]
    opened = open_page(frames)
    page = opened.ready()
    page.locator("#rows th button").first.click()
    card = page.locator("#card").inner_text()
    assert "No ICP scores this account yet." in card
    assert "Too few of the criteria's traits" not in card and "Enrich first" not in card


def test_the_keyboard_reaches_everything(open_page: Open) -> None:
    opened = open_page(all_frames(30))
    page = opened.ready()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("#search").focus()
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.closest('[data-sort], #rows, fieldset, .pager')?.tagName"))
    assert {"TH", "TBODY", "FIELDSET"} <= reached
    button = page.locator("#rows th button").first
    button.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelector('#card').open")
    assert page.evaluate("document.querySelector('#card').contains(document.activeElement)")
    page.keyboard.press("Escape")
    assert not page.evaluate("document.querySelector('#card').open")
    assert page.evaluate("document.activeElement === document.querySelector('#rows th button')")


def test_hostile_names_are_shown_and_do_nothing(open_page: Open) -> None:
    opened = open_page(all_frames(8))
    page = opened.ready()
    names = opened.names()
    for evil in HOSTILE[:4]:
        assert evil in names
        page.fill("#search", evil[:12])
        opened.found()
        page.locator("#rows th button").first.click()
        assert page.locator("#card-name").inner_text() in HOSTILE
        assert page.locator("#card img, #rows img, #card script").count() == 0
        page.keyboard.press("Escape")
    assert page.locator("bdi").count() >= 8


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_finding_of_axe_with_everything_unfolded(open_page: Open, scheme: str) -> None:
    page = open_page(all_frames(30, ("primary", "emea")), color_scheme=scheme).ready()
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    assert findings(page) == []
    page.locator("#rows th button").nth(1).click()
    assert findings(page) == []


def test_dark_is_dark_and_charts_follow(open_page: Open) -> None:
    pytest.importorskip("vl_convert")
    colours = {}
    for scheme in ("light", "dark"):
        page = open_page(all_frames(12), color_scheme=scheme).ready()
        words = page.locator(".chart .wide svg text").first
        colours[scheme] = [
            page.evaluate("getComputedStyle(document.body).backgroundColor"),
            words.evaluate("element => getComputedStyle(element).fill"),
        ]
    assert brightness(colours["light"][0]) > 200 > 60 > brightness(colours["dark"][0])
    assert brightness(colours["light"][1]) < 120 and brightness(colours["dark"][1]) > 140


def brightness(colour: str) -> float:
    return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3


@pytest.mark.parametrize("width", [320, 375, 768])
def test_nothing_sticks_out_on_a_narrow_screen(open_page: Open, width: int) -> None:
    opened = open_page(all_frames(40), width=width)
    page = opened.ready()
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("#rows th button").first.click()
    box = page.locator("#card").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
    assert page.evaluate("document.querySelector('#card').scrollWidth <= document.querySelector('#card').clientWidth")


def test_a_phone_gets_the_narrow_charts(open_page: Open) -> None:
    pytest.importorskip("vl_convert")
    page = open_page(all_frames(12), width=375).ready()
    assert page.locator(".chart .narrow svg").first.is_visible()
    assert not page.locator(".chart .wide svg").first.is_visible()


def test_paper_shows_the_first_accounts_instead_of_the_table(open_page: Open) -> None:
    page = open_page(all_frames(40)).ready()
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible() and not page.locator("#accounts-table").is_visible()
    assert page.locator("#accounts-plain tbody tr").count() == 25
    assert page.locator("#accounts-plain table").is_visible()
    assert page.pdf().startswith(b"%PDF")


def test_the_icp_prints_alone_on_one_page(open_page: Open, promoted: State) -> None:
    page = open_page(promoted.home.latest.resolve() / PAGE).ready()
    page.evaluate("window.print = () => { window.printed = true; }")
    page.get_by_role("button", name="Print only this page").click()
    assert page.evaluate("window.printed")
    printed = page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert not page.evaluate("document.body.classList.contains('one')")


def test_one_icp_at_a_time_where_there_are_several(open_page: Open) -> None:
    frames = all_frames(60, ("primary", "emea"))
    inside = frames["standings"]["account_id"] < "sf-001Hs000000000020"
    frames["standings"] = frames["standings"][inside | (frames["standings"]["icp_id"] == "primary")]
    opened = open_page(frames)
    page = opened.ready()
    assert opened.found() == 60
    assert page.get_by_role("heading", name="The ICP on one page").is_visible()
    page.select_option("#choose-icp", "emea")
    assert opened.found() == 20
    assert page.get_by_role("heading", name="ICP EMEA on one page").is_visible()
    assert not page.get_by_role("heading", name="The ICP on one page").is_visible()
    assert page.locator("h1 span:visible").count() == 1
    page.emulate_media(media="print")
    assert page.get_by_role("heading", name="The ICP on one page").is_visible()


def test_without_scripts_the_page_reads_and_says_what_is_missing(open_page: Open) -> None:
    page = open_page(all_frames(40, ("primary", "emea")), java_script_enabled=False).page
    assert page.get_by_text("need JavaScript and a browser from 2023").is_visible()
    assert page.locator("#accounts-plain tbody tr").count() == 25
    assert page.get_by_role("heading", name="ICP EMEA on one page").is_visible()
    assert not page.locator(".filters").is_visible() and not page.locator("#choose-icp").is_visible()


def test_an_old_browser_that_cannot_unpack_gets_the_plain_list(chromium: Any, tmp_path: Path) -> None:
    context = chromium.new_context()
    context.add_init_script("delete window.DecompressionStream")
    opened = Opened(context, written(all_frames(40), tmp_path))
    assert opened.page.locator("#accounts-plain table").is_visible()
    assert opened.said == []
    context.close()


def test_50_000_accounts_open_and_answer(open_page: Open) -> None:
    frames = {**all_frames(1), **account_frames(50_000)}
    opened = open_page(frames)
    page = opened.ready()
    assert opened.found() == 50_000
    assert page.locator("#rows tr").count() == 25
    spent = page.evaluate(
        """() => { const start = performance.now(); document.querySelector('#search').value = 'company a';
            document.querySelector('.filters').dispatchEvent(new Event('change'));
            return performance.now() - start; }"""
    )
    # One second on a machine with shared cores; alone it takes some 40 ms.
    assert spent < 1000
