"""Section 3: the evidence for the ICP. Lift of every clear trait, pairs, outcomes by segment, best against worst."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from icp_pipeline.report import charts
from icp_pipeline.report.figures import Frames, Row, count, dollars, interval, number, percent, rows, times
from icp_pipeline.report.words import VERDICTS, trait

_CLEAR = ("icp", "negative")
_SHOWN = 14
_SHOWN_PAIRS = 8
_METRICS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "retained": ("Still customers after a year", percent),
    "acv_usd": ("First-year contract value, median", dollars),
    "ltv_usd": ("Revenue to date, median", dollars),
    "net_revenue_retention": ("Net revenue retention, median", percent),
    "expansion_usd": ("Yearly revenue added since the start, median", dollars),
    "nps": ("Survey score (0–10), median", number),
    "sales_cycle_days": ("Sales cycle in days, median", count),
    "time_to_value_days": ("Days to first use, median", count),
    "referrals": ("Customers referred, average", number),
    "tickets_per_month": ("Support tickets a month, median", number),
}


@dataclass(frozen=True)
class EvidenceView:
    """Rows are empty if nothing is clear; `conflicts` are traits that win easily and turn out badly.

    `is_own`: from the ICP's own customers and deals, because it has a filter. Pairs and emerging traits are always
    the company's.
    """

    is_own: bool
    segments: list[Row]
    tested: int
    forest: charts.Chart | None
    wins: list[Row]
    wins_forest: charts.Chart | None
    conflicts: list[str]
    pairs: list[Row]
    pairs_tested: int
    cohorts: list[Row]
    best: int
    worst: int
    shares: charts.Chart | None
    averages: Row
    near_misses: list[str]
    emerging: list[str]

    @property
    def charts(self) -> tuple[charts.Chart | None, ...]:
        """All of them, for the renderer."""
        return self.forest, self.wins_forest, self.shares


def view(frames: Frames, icp_id: str) -> EvidenceView:
    """Evidence about outcomes (`quality`) and about winning (`win`); criteria come first among the clear traits.

    For an ICP with a filter it is the evidence among its own accounts, from which its criteria were chosen.
    """
    is_own = any(row.get("filter_sql") for row in rows(frames, "versions", icp_id=icp_id))
    segments = rows(frames, "icp_segments", icp_id=icp_id) if is_own else rows(frames, "segments")
    chosen = {(row["attribute"], row["segment"]) for row in rows(frames, "criteria", icp_id=icp_id)}
    quality = _segments(segments, "quality", chosen)
    wins = _segments(segments, "win", chosen)
    clear, clear_wins = _clear(quality), _clear(wins)
    pairs = rows(frames, "pairs")
    cohorts = {row["cohort"]: row for row in rows(frames, "cohorts", icp_id=icp_id)}
    return EvidenceView(
        is_own,
        clear,
        len(quality),
        charts.forest(
            _for_chart(clear),
            "Times as common, best vs. worst",
            "Lift of each clear trait with its 90 % interval, best customers vs. worst",
        ),
        clear_wins,
        charts.forest(
            _for_chart(clear_wins),
            "Times as common, won vs. lost",
            "Lift of each clear trait with its 90 % interval, won deals vs. lost",
        ),
        _conflicts(quality, wins),
        _pairs(pairs),
        len([row for row in pairs if row["outcome"] == "quality"]),
        _cohorts(cohorts),
        int(cohorts.get("best", {}).get("customers", 0)),
        int(cohorts.get("worst", {}).get("customers", 0)),
        charts.shares(
            [{"trait": row["trait"], "best": row["share_best"], "worst": row["share_worst"]} for row in clear],
            "Share of the best and of the worst customers that have each clear trait",
        ),
        clear[0] if clear else (quality[0] if quality else {}),
        [_summary(row) for row in rows(frames, "near_misses", icp_id=icp_id)],
        [_summary(row) for row in rows(frames, "emerging_segments")],
    )


def _summary(row: Row) -> str:
    """The table's own sentence, with the trait's label."""
    return trait(row["attribute"], row["segment"]) + row["summary"].removeprefix(f"{row['attribute']} {row['segment']}")


def _segments(segments: list[Row], outcome: str, chosen: set[tuple[str, str]]) -> list[Row]:
    found = [row for row in segments if row["outcome"] == outcome and row.get("lift") is not None]
    return [
        {
            **row,
            "trait": trait(row["attribute"], row["segment"]),
            "is_criterion": (row["attribute"], row["segment"]) in chosen,
            "says": VERDICTS.get(row["verdict"], row["verdict"]),
            "times": times(row["lift"]),
            "interval": interval(row["ci_low"], row["ci_high"]),
        }
        for row in found
    ]


def _clear(segments: list[Row]) -> list[Row]:
    """What is beyond chance: criteria and the strongest other traits, from best to worst."""
    clear = [row for row in segments if row["verdict"] in _CLEAR]
    clear.sort(key=lambda row: (not row["is_criterion"], row["q_value"], row["attribute"], row["segment"]))
    return sorted(clear[:_SHOWN], key=lambda row: (-row["lift"], row["attribute"], row["segment"]))


def _for_chart(segments: list[Row]) -> list[Row]:
    return [
        {
            "trait": row["trait"],
            "lift": row["lift"],
            "low": row["ci_low"],
            "high": row["ci_high"],
            "verdict": row["verdict"],
        }
        for row in segments
    ]


def _conflicts(quality: list[Row], wins: list[Row]) -> list[str]:
    """Traits that are won more easily but turn out worse, and the other way round."""
    won = {(row["attribute"], row["segment"]): row["verdict"] for row in wins}
    said = []
    for row in quality:
        other = won.get((row["attribute"], row["segment"]))
        if row["verdict"] == "negative" and other == "icp":
            said.append(f"{row['trait']} is easier to win than average and turns out worse: such deals cost you later.")
        if row["verdict"] == "icp" and other == "negative":
            said.append(f"{row['trait']} is harder to win and turns out better: worth the effort.")
    return said


def _pairs(pairs: list[Row]) -> list[Row]:
    clear = [row for row in pairs if row["verdict"] in _CLEAR and row["outcome"] == "quality"]
    clear.sort(key=lambda row: (row["q_value"], row["attribute"], row["segment"], row["attribute_2"], row["segment_2"]))
    return [
        {
            **row,
            "first": trait(row["attribute"], row["segment"]),
            "second": trait(row["attribute_2"], row["segment_2"]),
            "times": times(row["lift"]),
            "interval": interval(row["ci_low"], row["ci_high"]),
            "says": "better than the two traits suggest"
            if row["verdict"] == "icp"
            else "worse than the two traits suggest",
        }
        for row in clear[:_SHOWN_PAIRS]
    ]


def _cohorts(cohorts: dict[str, Row]) -> list[Row]:
    """Outcomes of the best, middle and worst customers; metrics without values are left out."""
    lines = []
    for key, (name, shown) in _METRICS.items():
        figures = [cohorts.get(cohort, {}).get(key) for cohort in ("best", "middle", "worst")]
        if any(figure is not None for figure in figures):
            lines.append(
                {"name": name, "best": shown(figures[0]), "middle": shown(figures[1]), "worst": shown(figures[2])}
            )
    return lines
