"""Charts as inline SVG: described in Altair, drawn by vl-convert. Colours are CSS variables, so they follow the page.

Both libraries are imported when the first chart is drawn: they cost a second. Where vl-convert has no build for the
machine there are no charts, the page says so, and every figure is in the table beside them anyway.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

from markupsafe import Markup

from icp_pipeline.report.figures import Row

INK, SOFT, LINE = "var(--ink)", "var(--soft)", "var(--line)"
GOOD, BAD, PLAIN, ACCENT = "var(--good)", "var(--bad)", "var(--soft)", "var(--accent)"
TIER_COLOURS = {tier: f"var(--{tier.replace('_', '-')})" for tier in ("tier_1", "tier_2", "tier_3", "not_icp")}
_SMALLEST, _LARGEST = 0.1, 10.0
_WIDE, _NARROW, _HALF = 1000, 320, 460
_WIDE_NAMES, _NARROW_NAMES, _LETTER = 300, 135, 7.2


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


def forest(rows: Sequence[Row], label: str) -> Chart | None:
    """Lift with its interval, one line per trait, on a scale of ratios; `rows` have trait, lift, low, high, verdict."""
    if not rows:
        return None
    points = [
        {
            "trait": row["trait"],
            "lift": _on_scale(row["lift"]),
            "low": _on_scale(row["low"]),
            "high": _on_scale(row["high"]),
            "colour": {"icp": GOOD, "negative": BAD}.get(row["verdict"], PLAIN),
        }
        for row in rows
    ]
    return _both(lambda width, narrow: _intervals(points, width, narrow, _ratio_axis(), "Lift"), label)


def tiers(rows: Sequence[Row], label: str) -> Chart | None:
    """The backtest's lift with its interval by tier, against the average."""
    if not rows:
        return None
    points = [
        {
            "trait": row["tier"],
            "lift": row["lift"],
            "low": row["low"],
            "high": min(row["high"], 6.0),
            "colour": TIER_COLOURS.get(row["key"], PLAIN),
        }
        for row in rows
        if None not in (row["lift"], row["low"], row["high"])
    ]
    if not points:
        return None
    return _both(
        lambda width, narrow: _intervals(points, width, narrow, {"zero": True, "nice": True}, "Times the average rate"),
        label,
    )


def shares(rows: Sequence[Row], label: str) -> Chart | None:
    """Share of the best and of the worst customers that have each trait, joined by a line."""
    if not rows:
        return None

    def draw(width: int, narrow: bool) -> Any:
        import altair as alt

        order = [row["trait"] for row in rows]
        y = alt.Y("trait:N", sort=order, title=None, axis=_names_axis(order, narrow))
        base = alt.Chart(alt.Data(values=[dict(row) for row in rows]))
        x_axis = alt.Axis(format=".0%", tickCount=5)
        line = base.mark_rule(strokeWidth=2, color=LINE).encode(
            y=y, x=alt.X("worst:Q", title="Share that has the trait", axis=x_axis), x2="best:Q"
        )
        best = base.mark_point(filled=True, size=95, opacity=1, color=GOOD, shape="circle").encode(y=y, x="best:Q")
        worst = base.mark_point(filled=True, size=85, opacity=1, color=BAD, shape="diamond").encode(y=y, x="worst:Q")
        return _sized(line + worst + best, width, 30 * len(rows))

    return _both(draw, label)


def gains(points: Sequence[Row], label: str) -> Chart | None:
    """Good results caught by working down the list, against working in no order; points have x and y."""
    if len(points) < 2:
        return None

    def draw(width: int, narrow: bool) -> Any:
        import altair as alt

        chance = alt.Chart(alt.Data(values=[{"x": 0, "y": 0}, {"x": 1, "y": 1}]))
        diagonal = chance.mark_line(strokeDash=[4, 4], color=SOFT, strokeWidth=1.5).encode(
            **_xy("Share of accounts worked, best score first", "Share of good results caught")
        )
        base = alt.Chart(alt.Data(values=[dict(point) for point in points])).encode(**_xy("", ""))
        line = base.mark_line(color=ACCENT, strokeWidth=2.5) + base.mark_point(
            filled=True, size=40, opacity=1, color=ACCENT
        )
        return _sized(diagonal + line, width, 240)

    return _both(draw, label, _HALF)


def calibration(points: Sequence[Row], label: str) -> Chart | None:
    """Promised against seen rates; points have x (promised) and y (seen)."""
    if len(points) < 2:
        return None

    def draw(width: int, narrow: bool) -> Any:
        import altair as alt

        end = 1.1 * max(max(point["x"], point["y"]) for point in points)
        encode = _xy("Promised chance", "Rate that came true", end)
        chance = alt.Chart(alt.Data(values=[{"x": 0, "y": 0}, {"x": end, "y": end}]))
        diagonal = chance.mark_line(strokeDash=[4, 4], color=SOFT, strokeWidth=1.5).encode(**encode)
        dots = alt.Chart(alt.Data(values=[dict(point) for point in points])).mark_point(
            filled=True, size=75, opacity=1, color=ACCENT
        )
        return _sized(diagonal + dots.encode(**_xy("", "", end)), width, 240)

    return _both(draw, label, _HALF)


def _xy(x: str, y: str, end: float = 1.0) -> dict[str, Any]:
    import altair as alt

    scale = alt.Scale(domain=[0, end], nice=False)
    axis = alt.Axis(format=".0%", tickCount=5)
    return {
        "x": alt.X("x:Q", title=x or None, scale=scale, axis=axis),
        "y": alt.Y("y:Q", title=y or None, scale=scale, axis=axis),
    }


def _on_scale(lift: float) -> float:
    return min(_LARGEST, max(_SMALLEST, lift))


def _ratio_axis() -> dict[str, Any]:
    return {"type": "log", "domain": [_SMALLEST, _LARGEST], "nice": False}


def _intervals(points: list[Row], width: int, narrow: bool, scale: dict[str, Any], title: str) -> Any:
    """A line from low to high with a point on it, by trait, in the order given, and a rule at one."""
    import altair as alt

    y = alt.Y(
        "trait:N",
        sort=[point["trait"] for point in points],
        title=None,
        axis=_names_axis([point["trait"] for point in points], narrow),
    )
    ratio = scale.get("type") == "log"
    axis = alt.Axis(
        format="~g",
        labelExpr="datum.label + '×'",
        **({"values": [0.1, 0.2, 0.5, 1, 2, 5, 10]} if ratio else {"tickCount": 5}),
    )
    base = alt.Chart(alt.Data(values=points))
    colour = alt.Color("colour:N", scale=None)
    one = alt.Chart(alt.Data(values=[{"one": 1}])).mark_rule(strokeDash=[4, 4], color=SOFT).encode(x="one:Q")
    line = base.mark_rule(strokeWidth=3, opacity=0.55).encode(
        y=y, x=alt.X("low:Q", title=title, scale=alt.Scale(**scale), axis=axis), x2="high:Q", color=colour
    )
    dot = base.mark_point(filled=True, size=90, opacity=1).encode(y=y, x="lift:Q", color=colour)
    return _sized(one + line + dot, width, 30 * len(points))


def _names_axis(names: Sequence[str], narrow: bool) -> Any:
    import altair as alt

    # The page's letters are wider than those it is measured with.
    limit = _NARROW_NAMES if narrow else _WIDE_NAMES
    room = min(limit, _LETTER * max(map(len, names)))
    return alt.Axis(
        labelLimit=limit, minExtent=room, domain=False, ticks=False, labelPadding=8, labelColor=INK, grid=False
    )


def _sized(chart: Any, width: int, height: int) -> Any:
    return (
        chart.properties(width=width, height=height, autosize={"type": "fit-x", "contains": "padding"})
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


def _both(draw: Callable[[int, bool], Any], label: str, width: int = _WIDE) -> Chart | None:
    if not is_possible():
        return None
    return Chart(_svg(draw(width, False)), _svg(draw(_NARROW, True)), label)


def _svg(chart: Any) -> Markup:
    """The drawing alone: it takes its letters from the page, and gives no ids that another chart could share."""
    import vl_convert

    text = vl_convert.vegalite_to_svg(chart.to_json(), vl_version="6.1")
    text = re.sub(r' (?:font-family|role|aria-[a-z]+|xmlns:xlink|class|version|pointer-events)="[^"]*"', "", text)
    text = re.sub(r'<rect [^>]*fill="transparent"/>|<path class="(?:back|fore)ground"[^>]*/>', "", text)
    # Hundredths of a pixel are enough.
    text = re.sub(r"(\d\.\d\d)\d+", r"\1", text)
    # The caption beside it says what it shows; its single marks would be noise to a screen reader.
    return Markup(text.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1))
