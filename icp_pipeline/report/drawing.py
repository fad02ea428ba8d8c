"""Turns an Altair chart into inline SVG, for a wide page and for a phone. Colours are CSS variables of the page.

Altair and vl-convert are imported when the first chart is drawn: they cost a second. Where vl-convert has no build for
the machine there are no charts, the page says so, and every figure is in the tables beside them anyway.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

from markupsafe import Markup

INK, SOFT, LINE = "var(--ink)", "var(--soft)", "var(--line)"
GOOD, BAD, PLAIN, ACCENT = "var(--good)", "var(--bad)", "var(--soft)", "var(--accent)"
WIDE, HALF = 1000, 460
_NARROW, _WIDE_NAMES, _LETTER = 320, 300, 7.2
_ROW, _NARROW_ROW = 30, 46


@dataclass(frozen=True)
class Chart:
    """One chart, drawn for a wide page and for a phone; the page shows the one that fits."""

    wide: Markup
    narrow: Markup
    label: str


@cache
def is_possible() -> bool:
    """Whether this machine can draw at all."""
    return find_spec("vl_convert") is not None and find_spec("altair") is not None


def both(draw: Callable[[bool], Any], label: str, width: int = WIDE) -> Chart | None:
    """`draw` gives the chart, for a phone when it is called with True; `label` says what it shows to who cannot see."""
    if not is_possible():
        return None
    return Chart(_svg(_dressed(draw(False), width)), _svg(_dressed(draw(True), _NARROW)), label)


def by_name(names: Sequence[str], narrow: bool, marks: Callable[[Any], Any]) -> Any:
    """Marks in one row per name: the names stand left of them, on a phone above them. `marks` takes the y encoding."""
    import altair as alt

    if narrow:
        y = alt.Y("trait:N", sort=list(names), title=None, axis=None)
        text = alt.Chart(alt.Data(values=[{"trait": name} for name in names]))
        words = text.mark_text(align="left", dy=-14, fontSize=12, color=INK).encode(y=y, x=alt.value(0), text="trait:N")
        return (marks(y) + words).properties(height=_NARROW_ROW * len(names))
    # The page's letters are wider than those the drawing is measured with.
    room = min(_WIDE_NAMES, _LETTER * max(map(len, names)))
    axis = alt.Axis(
        labelLimit=_WIDE_NAMES, minExtent=room, domain=False, ticks=False, labelPadding=8, labelColor=INK, grid=False
    )
    y = alt.Y("trait:N", sort=list(names), title=None, axis=axis)
    return marks(y).properties(height=_ROW * len(names))


def _dressed(chart: Any, width: int) -> Any:
    return (
        chart.properties(width=width, autosize={"type": "fit-x", "contains": "padding"})
        .configure(background="transparent")
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=SOFT,
            titleColor=SOFT,
            gridColor=LINE,
            domainColor=LINE,
            tickColor=LINE,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            titlePadding=10,
        )
    )


def _svg(chart: Any) -> Markup:
    """The drawing alone: it takes its letters from the page, and gives no ids that another chart could share."""
    import vl_convert

    text = vl_convert.vegalite_to_svg(chart.to_json(), vl_version="6.1")
    text = re.sub(r' (?:font-family|role|aria-[a-z]+|xmlns:xlink|class|version|pointer-events)="[^"]*"', "", text)
    text = re.sub(r'<rect [^>]*fill="transparent"/>|<path d="" display="none"/>', "", text)
    # Hundredths of a pixel are enough.
    text = re.sub(r"(\d\.\d\d)\d+", r"\1", text)
    # The caption beside it says what it shows; its single marks would be noise to a screen reader.
    return Markup(text.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1))
