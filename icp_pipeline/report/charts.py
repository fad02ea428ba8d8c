"""The report's charts, described in Altair: intervals, shares, gains and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from icp_pipeline.report.drawing import ACCENT, BAD, GOOD, HALF, LINE, PLAIN, SOFT, Chart, both, by_name, is_possible
from icp_pipeline.report.figures import Row

__all__ = ["Chart", "calibration", "forest", "gains", "is_possible", "shares", "tiers"]

_TIER_COLOURS = {tier: f"var(--{tier.replace('_', '-')})" for tier in ("tier_1", "tier_2", "tier_3", "not_icp")}
_SMALLEST, _LARGEST, _LARGEST_BY_TIER = 0.1, 10.0, 6.0
_RATIOS = [0.1, 0.2, 0.5, 1, 2, 5, 10]


def forest(rows: Sequence[Row], label: str) -> Chart | None:
    """Lift with its interval, one line per trait, on a scale of ratios; `rows` have trait, lift, low, high, verdict."""
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
    return _intervals(points, scale, _RATIOS, "Lift", label)


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
    return _intervals(points, {"zero": True, "nice": True}, None, "Times the average rate", label)


def shares(rows: Sequence[Row], label: str) -> Chart | None:
    """Share of the best and of the worst customers that have each trait; `rows` have trait, best, worst."""
    if not rows:
        return None

    def draw(narrow: bool) -> Any:
        import altair as alt

        base = alt.Chart(alt.Data(values=[dict(row) for row in rows]))
        x = alt.X("worst:Q", title="Share that has the trait", axis=alt.Axis(format=".0%", tickCount=5))
        line = base.mark_rule(strokeWidth=2, color=LINE)
        best = base.mark_point(filled=True, opacity=1, size=95, color=GOOD, shape="circle")
        worst = base.mark_point(filled=True, opacity=1, size=85, color=BAD, shape="diamond")
        return by_name(
            [row["trait"] for row in rows],
            narrow,
            lambda y: line.encode(y=y, x=x, x2="best:Q") + worst.encode(y=y, x=x) + best.encode(y=y, x="best:Q"),
        )

    return both(draw, label)


def gains(points: Sequence[Row], label: str) -> Chart | None:
    """Good results caught by working down the list, against working in no order; points have x and y."""
    if len(points) < 2:
        return None

    def draw(narrow: bool) -> Any:
        encode = _square("Share of accounts worked, best score first", "Share of good results caught", 1.0)
        base = _data(points).encode(**encode)
        dots = base.mark_point(filled=True, size=40, opacity=1, color=ACCENT)
        return _diagonal(1.0).encode(**encode) + base.mark_line(color=ACCENT, strokeWidth=2.5) + dots

    return both(draw, label, HALF)


def calibration(points: Sequence[Row], label: str) -> Chart | None:
    """Promised against seen rates; points have x (promised) and y (seen)."""
    if len(points) < 2:
        return None

    def draw(narrow: bool) -> Any:
        end = min(1.0, 1.1 * max(max(point["x"], point["y"]) for point in points)) or 1.0
        encode = _square("Promised chance", "Rate that came true", end)
        dots = _data(points).mark_point(filled=True, size=75, opacity=1, color=ACCENT)
        return _diagonal(end).encode(**encode) + dots.encode(**encode)

    return both(draw, label, HALF)


def _intervals(
    points: Sequence[Row], scale: dict[str, Any], ticks: list[float] | None, title: str, label: str
) -> Chart | None:
    """A line from low to high with a point on it, by trait, in the order given, and a rule at one."""
    if not points:
        return None

    def draw(narrow: bool) -> Any:
        import altair as alt

        axis = alt.Axis(
            labelExpr="datum.label + '×'", format="~g", **({"values": ticks} if ticks else {"tickCount": 5})
        )
        x = alt.X("low:Q", title=title, scale=alt.Scale(**scale), axis=axis)
        colour = alt.Color("colour:N", scale=None)
        base = _data(points)
        line = base.mark_rule(strokeWidth=3, opacity=0.55)
        dot = base.mark_point(filled=True, size=90, opacity=1)
        one = _data([{"one": 1}]).mark_rule(strokeDash=[4, 4], color=SOFT).encode(x="one:Q")
        return by_name(
            [point["trait"] for point in points],
            narrow,
            lambda y: (
                one + line.encode(y=y, x=x, x2="high:Q", color=colour) + dot.encode(y=y, x="lift:Q", color=colour)
            ),
        )

    return both(draw, label)


def _data(rows: Sequence[Row]) -> Any:
    import altair as alt

    return alt.Chart(alt.Data(values=[dict(row) for row in rows]), height=240)


def _diagonal(end: float) -> Any:
    return _data([{"x": 0, "y": 0}, {"x": end, "y": end}]).mark_line(strokeDash=[4, 4], color=SOFT, strokeWidth=1.5)


def _square(x: str, y: str, end: float) -> dict[str, Any]:
    import altair as alt

    scale, axis = alt.Scale(domain=[0, end], nice=False), alt.Axis(format=".0%", tickCount=5)
    return {
        "x": alt.X("x:Q", title=x, scale=scale, axis=axis),
        "y": alt.Y("y:Q", title=y, scale=scale, axis=axis),
    }


def _on_scale(lift: float) -> float:
    return min(_LARGEST, max(_SMALLEST, lift))
