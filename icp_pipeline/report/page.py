"""Builds the report: frames and files in, the bytes of `index.html`, `icp.md` and `messaging.md` out."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from icp_pipeline.activation.manifest import ManifestFile
from icp_pipeline.report import (
    accounts_section,
    audiences_section,
    charts,
    downloads_section,
    evidence_section,
    figures,
    messaging_section,
    moves_section,
    profile_section,
    proof_section,
    state_section,
    voice_section,
    website_content_section,
    website_results_section,
)
from icp_pipeline.report.about import About
from icp_pipeline.report.drawing import Drawings
from icp_pipeline.report.figures import Frames, rows
from icp_pipeline.report.words import TIERS, clean
from icp_pipeline.tiers import RELATIONSHIPS, table_of_actions

PAGE, PROFILE, MESSAGING = "index.html", "icp.md", "messaging.md"
PURPOSES = {
    MESSAGING: "Customers' own words for problem, outcome and objections, each with its count",
    PROFILE: "The ICP on one page, to paste into a wiki or a brief",
    PAGE: "The report: the ICP, what changed, every account, these files",
}
_TEMPLATES = Path(__file__).with_name("templates")

__all__ = ["PAGE", "PROFILE", "PURPOSES", "About", "Accounts", "Icps", "accounts_of", "icps_of", "render"]


@dataclass(frozen=True)
class Accounts:
    """The accounts section, and the packed table that its script reads."""

    section: Markup
    data: str


def accounts_of(frames: Frames, about: About) -> Accounts:
    """Everything on the page about single accounts, built separately because it takes longest."""
    shown = accounts_section.view(frames, _icp_ids(frames))
    tiers = [name for name, *_ in TIERS.values()]
    section = _environment().get_template("accounts.html.j2").render(about=about, tiers=tiers, accounts=shown)
    return Accounts(Markup(section.strip()), shown.data)


@dataclass(frozen=True)
class Icps:
    """What the page shows of each ICP, with its charts."""

    views: list[dict[str, Any]]

    @property
    def charts(self) -> list[charts.Chart | None]:
        """Those of all ICPs."""
        return [chart for icp in self.views for chart in (*icp["evidence"].charts, *icp["proof"].charts)]


def icps_of(frames: Frames, about: About) -> Icps:
    """The ICPs of the page, built separately because their charts can be drawn before the rest is there."""
    return Icps([_icp(frames, about, profile_section.view(frames, icp_id)) for icp_id in _icp_ids(frames)])


def render(
    frames: Frames,
    about: About,
    files: Sequence[ManifestFile],
    packed: Accounts | None = None,
    drawings_kept: Path | None = None,
    shown: Icps | None = None,
) -> dict[str, bytes]:
    """The files, by name. `files` are the other files of the folder; same input, same bytes.

    `packed` are the accounts and `shown` the ICPs, if they are already built; `drawings_kept` is a cache of drawings.
    """
    packed = packed or accounts_of(frames, about)
    shown = shown or icps_of(frames, about)
    icp_ids, icps = _icp_ids(frames), shown.views
    drawings = Drawings(shown.charts, drawings_kept)
    text = (
        _environment()
        .get_template("icp.md.j2")
        .render(
            about=about,
            profiles=[icp["profile"] for icp in icps],
            provisional={icp_id: voice_section.provisional(frames, icp_id) for icp_id in icp_ids},
        )
        .encode()
    )
    texts = {PROFILE: text}
    if words := messaging_section.views(frames, icp_ids):
        texts[MESSAGING] = _environment().get_template("messaging.md.j2").render(about=about, icps=words).encode()
    described = [
        ManifestFile(name, None, hashlib.sha256(content).hexdigest(), len(content), purpose=PURPOSES[name])
        for name, content in texts.items()
    ]
    script = _script()
    page = (
        _environment()
        .get_template("page.html.j2")
        .render(
            about=about,
            state=state_section.view(frames, icp_ids[0]),
            icps=icps,
            actions=table_of_actions(),
            relationships=[RELATIONSHIPS[name] for name in state_section.ASKED],
            accounts=packed.section,
            accounts_data=packed.data,
            audiences=audiences_section.view(frames, files, about),
            leads=rows(frames, "leads"),
            website_content=website_content_section.view(frames),
            website_results=website_results_section.view(frames),
            voice=voice_section.view(frames, icp_ids),
            downloads=downloads_section.view([*files, *described], about),
            charts_possible=charts.is_possible(),
            drawings=drawings,
            style=(_TEMPLATES / "report.css").read_text(encoding="utf-8").strip(),
            script=script,
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )
    )
    drawings.keep()
    return {**texts, PAGE: page.encode()}


def _icp_ids(frames: Frames) -> list[str]:
    """The ICPs of the settings, the primary one first."""
    found = sorted({str(row["icp_id"]) for row in rows(frames, "versions")}, key=lambda name: (name != "primary", name))
    return found or ["primary"]


def _icp(frames: Frames, about: About, shown: profile_section.ProfileView) -> dict[str, Any]:
    return {
        "id": shown.icp_id,
        "profile": shown,
        "tiers": (tiers := state_section.tier_rows(frames, shown.icp_id)),
        "to_pursue": state_section.accounts_to(tiers, "pursue"),
        "to_nurture": state_section.accounts_to(tiers, "nurture"),
        "evidence": evidence_section.view(frames, shown.icp_id),
        "proof": proof_section.view(frames, shown.icp_id),
        "moves": moves_section.view(frames, about, shown.icp_id),
    }


@cache
def _script() -> str:
    """The page's script, with the tier names that the page uses."""
    text = (_TEMPLATES / "report.js").read_text(encoding="utf-8").strip()
    told = {
        "keys": [*TIERS],
        "names": [name for name, *_ in TIERS.values()],
    }
    for place, words in told.items():
        text = text.replace(f"[/* {place} */]", json.dumps(words))
    return text


@cache
def _environment() -> Any:
    import jinja2

    from icp_pipeline.report.compiled_templates import CompiledTemplates

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        bytecode_cache=CompiledTemplates(_TEMPLATES, Path(__file__)),
        autoescape=lambda name: name is not None and ".html" in name,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters.update(figures.FILTERS, with_code=_with_code, clean=clean, md=_markdown)
    return environment


def _with_code(text: str) -> Any:
    """Escaped text with `commands` highlighted."""
    parts = str(escape(text)).split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts)))


def _markdown(text: object) -> str:
    """Text without anything that Markdown reads as markup."""
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]<>#|~" else letter for letter in clean(text))
