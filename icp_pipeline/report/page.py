"""Puts the report together: frames and files in, the bytes of `index.html` and `icp.md` out."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from icp_pipeline.report import accounts, charts, downloads, evidence, figures, moves, profile, proof, state
from icp_pipeline.report.about import About, File
from icp_pipeline.report.drawing import Drawings
from icp_pipeline.report.earlier import Earlier
from icp_pipeline.report.figures import Frames, rows
from icp_pipeline.report.words import clean

PAGE, PROFILE = "index.html", "icp.md"
_TEMPLATES = Path(__file__).with_name("templates")

_NONE = Earlier()

__all__ = ["PAGE", "PROFILE", "About", "begin", "render"]


@dataclass(frozen=True)
class _Described:
    name: str
    rows: int | None
    sha256: str
    bytes: int


def render(frames: Frames, about: About, files: Sequence[File], known: Earlier = _NONE) -> dict[str, bytes]:
    """Both files, by name. `files` are the other files of the folder; same input, same bytes.

    Of `known`, an earlier page, the same charts are taken over; and where `about.accounts_made_from` says that the
    accounts are the same, so are they, and `frames` need not hold them.
    """
    return begin(frames, about, known)(files)


def begin(frames: Frames, about: About, known: Earlier = _NONE) -> Callable[[Sequence[File]], dict[str, bytes]]:
    """What renders the files once the others of the folder are known; the accounts are packed from now on, beside.

    They are most of the work, and a third of it is packing, in which Python has no part.
    """
    icp_ids = _icp_ids(frames)
    summary = state.view(frames, icp_ids[0])
    worker = ThreadPoolExecutor(1, thread_name_prefix="packing")
    packing = worker.submit(_accounts, frames, about, known, icp_ids, summary)
    worker.shutdown(wait=False)
    return partial(_render, frames, about, known, icp_ids, summary, packing)


def _render(
    frames: Frames,
    about: About,
    known: Earlier,
    icp_ids: list[str],
    summary: state.StateView,
    packing: Future[tuple[Markup, str]],
    files: Sequence[File],
) -> dict[str, bytes]:
    icps = [_icp(frames, about, profile.view(frames, icp_id)) for icp_id in icp_ids]
    charts_shown = [chart for icp in icps for chart in (*icp["evidence"].charts, *icp["proof"].charts)]
    drawings = Drawings(charts_shown, known.charts)
    section, data = packing.result()
    text = (
        _environment().get_template("icp.md.j2").render(about=about, profiles=[icp["profile"] for icp in icps]).encode()
    )
    described = _Described(PROFILE, None, hashlib.sha256(text).hexdigest(), len(text))
    script = (_TEMPLATES / "report.js").read_text(encoding="utf-8").strip()
    page = (
        _environment()
        .get_template("page.html.j2")
        .render(
            about=about,
            state=summary,
            icps=icps,
            accounts=section,
            accounts_data=data,
            downloads=downloads.view([*files, described], about),
            charts_possible=charts.is_possible(),
            drawings=drawings,
            style=(_TEMPLATES / "report.css").read_text(encoding="utf-8").strip(),
            script=script,
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )
    )
    return {PROFILE: text, PAGE: page.encode()}


def _accounts(
    frames: Frames, about: About, known: Earlier, icp_ids: list[str], summary: state.StateView
) -> tuple[Markup, str]:
    """The section of the accounts, and the packed table that its script reads."""
    if known.accounts_made_from is not None and known.accounts_made_from == about.accounts_made_from:
        return Markup(known.accounts), known.data
    shown = accounts.view(frames, icp_ids)
    template = _environment().get_template("accounts.html.j2")
    return Markup(template.render(about=about, state=summary, accounts=shown).strip()), shown.data


def _icp_ids(frames: Frames) -> list[str]:
    """The ICPs of the settings, the primary one first."""
    found = sorted({str(row["icp_id"]) for row in rows(frames, "versions")}, key=lambda name: (name != "primary", name))
    return found or ["primary"]


def _icp(frames: Frames, about: About, shown: profile.ProfileView) -> dict[str, Any]:
    return {
        "id": shown.icp_id,
        "profile": shown,
        "tiers": state.tier_rows(frames, shown.icp_id),
        "evidence": evidence.view(frames, shown.icp_id),
        "proof": proof.view(frames, shown.icp_id),
        "moves": moves.view(frames, about, shown.icp_id),
    }


@cache
def _environment() -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=lambda name: name is not None and ".html" in name,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters.update(figures.FILTERS, with_code=_with_code, clean=clean, md=_markdown)
    return environment


def _with_code(text: str) -> Any:
    """Escaped text in which `commands` stand out."""
    parts = str(escape(text)).split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts)))


def _markdown(text: object) -> str:
    """Text that no Markdown reader takes for markup."""
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]<>#|~" else letter for letter in clean(text))
