"""The report's charts as Vega-Lite specifications: intervals, shares, gains and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from icp_pipeline.report.drawing import (
    ACCENT,
    BAD,
    GOOD,
    HALF,
    LINE,
    PLAIN,
    SOFT,
    Chart,
    Spec,
    both,
    by_name,
    data,
    is_possible,
)
from icp_pipeline.report.figures import Row
from icp_pipeline.tiers import JUDGED

__all__ = ["Chart", "calibration", "forest", "gains", "is_possible", "shares", "tiers"]

_TIER_COLOURS = {tier: f"var(--{tier.replace('_', '-')})" for tier in JUDGED}
_SMALLEST, _LARGEST, _LARGEST_BY_TIER = 0.1, 10.0, 6.0
_RATIOS = [0.1, 0.2, 0.5, 1, 2, 5, 10]
_PERCENT = {"format": ".0%", "tickCount": 5}
_HEIGHT = 240
_DOT = {"type": "point", "filled": True, "opacity": 1}


def forest(rows: Sequence[Row], title: str, label: str) -> Chart | None:
    """Lift with its interval, one line per trait, on a log scale; `rows` have trait, lift, low, high, verdict.

    `title` says what is compared.
    """
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
    scale = {"type": "log", "domain": [_SMALLEST, _LARGEST], "nice": False}
    return _intervals(points, scale, _RATIOS, title, label)


def tiers(rows: Sequence[Row], label: str) -> Chart | None:
    """The backtest's lift with its interval by tier; `rows` have tier, key, lift, low, high."""
    points = [
        {
            "trait": row["tier"],
            "lift": row["lift"],
            "low": row["low"],
            "high": min(row["high"], _LARGEST_BY_TIER),
            "colour": _TIER_COLOURS.get(row["key"], PLAIN),
        }
        for row in rows
        if None not in (row["lift"], row["low"], row["high"])
    ]
    return _intervals(points, {"zero": True, "nice": True}, None, "Times the average", label)


def shares(rows: Sequence[Row], label: str) -> Chart | None:
    """Share of the best and of the worst customers that have each trait; `rows` have trait, best, worst."""
    if not rows:
        return None
    x = {"field": "worst", "type": "quantitative", "title": "Share that has the trait", "axis": _PERCENT}
    best = {**_DOT, "size": 95, "color": GOOD, "shape": "circle"}
    worst = {**_DOT, "size": 85, "color": BAD, "shape": "diamond"}

    def marks(y: Spec) -> list[Spec]:
        return [
            {
                "mark": {"type": "rule", "strokeWidth": 2, "color": LINE},
                "encoding": {"y": y, "x": x, "x2": {"field": "best"}},
            },
            {"mark": worst, "encoding": {"y": y, "x": x}},
            {"mark": best, "encoding": {"y": y, "x": {"field": "best", "type": "quantitative"}}},
        ]

    names = [row["trait"] for row in rows]
    return both(lambda narrow: {**data(rows), **by_name(names, narrow, marks)}, label)


def gains(points: Sequence[Row], label: str) -> Chart | None:
    """Good results found by working down the list, compared with a random order; points have x and y."""
    if len(points) < 2:
        return None
    encode = _square("Share of accounts worked, best score first", "Share of successes found", 1.0)
    line = {**data(points), "mark": {"type": "line", "color": ACCENT, "strokeWidth": 2.5}, "encoding": encode}
    dots = {**line, "mark": {**_DOT, "size": 40, "color": ACCENT}}
    return both(lambda narrow: {"layer": [_diagonal(1.0, encode), line, dots], "height": _HEIGHT}, label, HALF)


def calibration(points: Sequence[Row], label: str) -> Chart | None:
    """Predicted and observed rates; points have x (predicted) and y (observed)."""
    if len(points) < 2:
        return None
    end = min(1.0, 1.1 * max(max(point["x"], point["y"]) for point in points)) or 1.0
    encode = _square("Predicted chance", "Actual rate", end)
    dots = {**data(points), "mark": {**_DOT, "size": 75, "color": ACCENT}, "encoding": encode}
    return both(lambda narrow: {"layer": [_diagonal(end, encode), dots], "height": _HEIGHT}, label, HALF)


def _intervals(
    points: Sequence[Row], scale: dict[str, Any], ticks: list[float] | None, title: str, label: str
) -> Chart | None:
    """A line from low to high with a point on it, by trait, in the given order, and a rule at 1."""
    if not points:
        return None
    axis = {"labelExpr": "datum.label + '×'", "format": "~g", **({"values": ticks} if ticks else {"tickCount": 5})}
    x = {"field": "low", "type": "quantitative", "title": title, "scale": scale, "axis": axis}
    colour = {"field": "colour", "type": "nominal", "scale": None}
    one = {
        **data([{"one": 1}]),
        "mark": {"type": "rule", "strokeDash": [4, 4], "color": SOFT},
        "encoding": {"x": {"field": "one", "type": "quantitative"}},
    }

    def marks(y: Spec) -> list[Spec]:
        line = {"y": y, "x": x, "x2": {"field": "high"}, "color": colour}
        dot = {"y": y, "x": {"field": "lift", "type": "quantitative"}, "color": colour}
        return [
            one,
            {**data(points), "mark": {"type": "rule", "strokeWidth": 3, "opacity": 0.55}, "encoding": line},
            {**data(points), "mark": {**_DOT, "size": 90}, "encoding": dot},
        ]

    return both(lambda narrow: by_name([point["trait"] for point in points], narrow, marks), label)


def _diagonal(end: float, encode: Spec) -> Spec:
    mark = {"type": "line", "strokeDash": [4, 4], "color": SOFT, "strokeWidth": 1.5}
    return {**data([{"x": 0, "y": 0}, {"x": end, "y": end}]), "mark": mark, "encoding": encode}


def _square(x: str, y: str, end: float) -> Spec:
    scale = {"domain": [0, end], "nice": False}
    return {
        "x": {"field": "x", "type": "quantitative", "title": x, "scale": scale, "axis": _PERCENT},
        "y": {"field": "y", "type": "quantitative", "title": y, "scale": scale, "axis": _PERCENT},
    }


def _on_scale(lift: float) -> float:
    return min(_LARGEST, max(_SMALLEST, lift))
