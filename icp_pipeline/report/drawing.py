"""Draws charts as inline SVG, for a wide page and for a phone. Colours are CSS variables of the page.

A chart is a Vega-Lite specification, drawn by vl-convert with the engine that browsers run. The engine blocks Python,
the first time for half a second, so drawings are cached for the next report: most nights change no chart. What a run
has to draw, another process draws for it (`drawing_process`). If vl-convert has no build for the machine there are no
charts and the page says so; every figure is also in the tables.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from markupsafe import Markup

from icp_pipeline.code_digest import code_digest
from icp_pipeline.kept_json import read_kept, write_kept

INK, SOFT, LINE = "var(--ink)", "var(--soft)", "var(--line)"
GOOD, BAD, PLAIN, ACCENT = "var(--good)", "var(--bad)", "var(--soft)", "var(--accent)"
WIDE, HALF = 1000, 460
_NARROW, _WIDE_NAMES, _LETTER = 320, 300, 7.2
_ROW, _NARROW_ROW = 30, 46
_VEGA_LITE = "6.1"

Spec = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """One chart, described for a wide page and for a phone; the page shows the drawing that fits."""

    wide: Spec
    narrow: Spec
    label: str


@dataclass(frozen=True)
class Drawn:
    """A chart's two drawings."""

    wide: Markup
    narrow: Markup


class Drawings:
    """Draws charts in the background; those already in `kept` are reused."""

    def __init__(self, charts: Iterable[Chart | None], kept: Path | None = None) -> None:
        shown = [chart for chart in charts if chart]
        # If nothing can be drawn there are no charts, and no engine to ask for its version.
        self._kept = kept if shown else None
        self._known = _known(self._kept)
        self._drawn: dict[str, str] = {}
        # One thread: the engine draws one chart at a time anyway. It ends when the last chart is drawn.
        pool = ThreadPoolExecutor(1, thread_name_prefix="charts")
        self._waiting = {id(chart): pool.submit(self._draw, chart) for chart in shown}
        pool.shutdown(wait=False)

    def of(self, chart: Chart) -> Drawn:
        """The drawings of one of the charts; waits for them."""
        return self._waiting[id(chart)].result()

    def keep(self) -> None:
        """Cache these drawings, and no others, for the next report; they can be drawn again at any time."""
        wait(self._waiting.values())
        if self._kept is not None and self._drawn != self._known:
            write_kept(self._kept, _engine(), self._drawn)

    def _draw(self, chart: Chart) -> Drawn:
        return Drawn(self._of(chart.wide), self._of(chart.narrow))

    def _of(self, chart: Spec) -> Markup:
        text = json.dumps(chart)
        key = _key(text)
        if key not in self._drawn:
            self._drawn[key] = self._known.get(key) or _svg(text)
        return Markup(self._drawn[key])


def are_kept(charts: Iterable[Chart], kept: Path) -> bool:
    """Whether nothing has to be drawn for these."""
    texts = {json.dumps(spec) for chart in charts for spec in (chart.wide, chart.narrow)}
    return not texts or {_key(text) for text in texts} <= _known(kept).keys()


def _key(chart: str) -> str:
    return hashlib.sha256(chart.encode()).hexdigest()


def _known(kept: Path | None) -> dict[str, str]:
    return (read_kept(kept, _engine()) if kept else None) or {}


@cache
def _engine() -> str:
    """What else decides how a chart looks."""
    return f"{code_digest(Path(__file__)).hex()} {version('vl-convert-python')} {_VEGA_LITE}"


@cache
def is_possible() -> bool:
    """Whether this machine can draw at all."""
    return find_spec("vl_convert") is not None


def both(draw: Callable[[bool], Spec], label: str, width: int = WIDE) -> Chart | None:
    """`draw` describes the chart, for a phone if called with True; `label` describes what it shows to screen
    readers.
    """
    if not is_possible():
        return None
    return Chart(_dressed(draw(False), width), _dressed(draw(True), _NARROW), label)


def data(rows: Sequence[Mapping[str, Any]]) -> Spec:
    """The rows that a layer shows."""
    return {"data": {"values": [dict(row) for row in rows]}}


def by_name(names: Sequence[str], narrow: bool, marks: Callable[[Spec], list[Spec]]) -> Spec:
    """Marks in one row per name, with the names on the left, or above on a phone. `marks` takes the y encoding."""
    y: Spec = {"field": "trait", "type": "nominal", "sort": list(names), "title": None}
    if narrow:
        y["axis"] = None
        words = {
            **data([{"trait": name} for name in names]),
            "mark": {"type": "text", "align": "left", "dy": -14, "fontSize": 12, "color": INK},
            "encoding": {"y": y, "x": {"value": 0}, "text": {"field": "trait", "type": "nominal"}},
        }
        return {"layer": [*marks(y), words], "height": _NARROW_ROW * len(names)}
    # The page's letters are wider than those used to measure the drawing.
    room = min(_WIDE_NAMES, _LETTER * max(map(len, names)))
    y["axis"] = {
        "labelLimit": _WIDE_NAMES,
        "minExtent": room,
        "labelPadding": 8,
        "labelColor": INK,
        "domain": False,
        "ticks": False,
        "grid": False,
    }
    return {"layer": marks(y), "height": _ROW * len(names)}


def _dressed(chart: Spec, width: int) -> Spec:
    axis = {
        **{f"{part}Color": SOFT for part in ("label", "title")},
        **{f"{part}Color": LINE for part in ("grid", "domain", "tick")},
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 10,
    }
    return {
        **chart,
        "width": width,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "config": {"background": "transparent", "view": {"stroke": None}, "axis": axis},
    }


def _svg(chart: str) -> str:
    """The SVG alone: it uses the page's fonts, and has no ids that another chart could share."""
    import vl_convert

    text = vl_convert.vegalite_to_svg(chart, vl_version=_VEGA_LITE)
    text = re.sub(r' (?:font-family|role|aria-[a-z]+|xmlns:xlink|class|version|pointer-events)="[^"]*"', "", text)
    text = re.sub(r'<rect [^>]*fill="transparent"/>|<path d="" display="none"/>', "", text)
    # Hundredths of a pixel are enough.
    text = re.sub(r"(\d\.\d\d)\d+", r"\1", text)
    # The caption beside it describes it; its single marks would be noise to a screen reader.
    return text.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
