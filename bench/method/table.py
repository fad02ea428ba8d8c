"""The results next to the prototype's figures (floor) and the targets (aim), on the terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

Row = tuple[str, ...]
Reading = Callable[[pd.DataFrame], str]


@dataclass(frozen=True)
class Line:
    """One row of the table: label, how it is computed from the companies' figures, floor by size, and aim."""

    label: str
    read: Reading
    floor: dict[int, str]
    aim: str = ""


def _mean(column: str, places: int = 3) -> Reading:
    def read(rows: pd.DataFrame) -> str:
        known = rows[column].astype(float).dropna() if column in rows else pd.Series(dtype=float)
        return f"{known.mean():.{places}f}" if len(known) else "-"

    return read


def _mean_of(columns: tuple[str, ...], places: int = 2) -> Reading:
    return lambda rows: " / ".join(_mean(column, places)(rows) for column in columns)


def _of(part: str, whole: str) -> Reading:
    """Mean of the part, mean of the whole, and the part's share of the whole."""

    def read(rows: pd.DataFrame) -> str:
        if part not in rows or rows[whole].sum() == 0:
            return "-"
        return f"{rows[part].mean():.2f} of {rows[whole].mean():.1f} = {rows[part].sum() / rows[whole].sum():.1%}"

    return read


def _not(column: str) -> Reading:
    return lambda rows: f"{1 - rows[column].astype(float).mean():.2f}" if column in rows else "-"


def _floor(*values: str) -> dict[int, str]:
    return dict(zip((100, 200, 300, 500, 1000, 3000), values, strict=True))


_TIER_LIFTS = ("tier_1_lift", "tier_2_lift", "tier_3_lift", "not_icp_lift")
_TRAITS = ("saas", "salesforce", "size", "revops", "agency")
SIGNAL = (
    Line("AUC for the truly best prospects", _mean("auc"), _floor(".671", ".711", ".719", ".725", ".734", ".743")),
    Line("  of an oracle", _mean("oracle_auc"), _floor(*[".76"] * 6)),
    Line("  of an oracle that sees recorded values only", _mean("reachable_auc"), {}),
    Line(
        "  LogisticRegressionCV / HistGradientBoosting",
        _mean_of(("auc_logistic", "auc_boosting"), 3),
        _floor("", ".660 / .627", "", "", ".706 / .676", ".727 / .705"),
        "AUC at least both",
    ),
    Line("  the prototype's rule on the same companies", _mean("auc_prototype"), {}, "AUC at least its"),
    Line("AUC for prospects that would be won and best", _mean("auc_ideal"), {}),
    Line("top-decile lift", _mean("decile_lift", 1), _floor("2.1", "2.4", "2.4", "2.6", "2.6", "2.8")),
    Line("  of an oracle", _mean("oracle_decile_lift", 1), _floor(*["3.0"] * 6)),
    Line("  the prototype's rule on the same companies", _mean("decile_lift_prototype", 1), {}),
    Line(
        "calibration error against the planted chance",
        _mean("calibration_error"),
        _floor(".057", ".039", ".037", ".027", ".025", ".019"),
        "<= .03 at 1,000",
    ),
    Line("calibration error against results drawn", _mean("calibration_error_seen"), {}),
    Line(
        "criteria found: saas / salesforce / size / revops",
        _mean_of(tuple(f"criterion_{name}" for name in _TRAITS[:4])),
        _floor(
            ".12 / .02 / .10", ".28 / .44 / .06", ".42 / .60 / .12", ".66 / .72 / .62", ".96 / .94 / .88", "all 1.0"
        ),
        ">= .90 each at 1,000",
    ),
    Line(
        "planted negative found: agency (and fewer than ten employees, weak)",
        _mean_of(("criterion_agency", "criterion_tiny")),
        _floor(".20", ".52", ".82", ".84", "1.0", "1.0"),
        ">= .90 at 1,000",
    ),
    Line("criteria listed", _mean("criteria", 1), {}),
    Line("  on null attributes", _of("null_criteria", "criteria"), {}, "<= 10 %"),
    Line("  on proxies and other levels", _of("idle_criteria", "criteria"), {}),
    Line("companies without an invented criterion", _not("invented"), {}, ">= .95 at 100"),
    Line(
        "marginal lift found: saas / salesforce / size / revops",
        _mean_of(tuple(f"lift_{name}" for name in _TRAITS[:4])),
        _floor(".20 / .14", ".64 / .80", ".78 / .80", ".98 / 1.0", "1.0", "1.0"),
    ),
    Line("marginal lift found: agency", _mean("lift_agency", 2), _floor(".28", ".90", ".96", "1.0", "1.0", "1.0")),
    Line(
        "null attributes among discoveries",
        _of("null_discoveries", "discoveries"),
        _floor(".02 of 1.6", ".2 of 6.3", ".4 of 9.7", ".6 of 37", "1.2 of 46", "2.1 of 59"),
        "<= 10 %",
    ),
    Line("harmless new region called bad", _mean("young_called_bad", 2), _floor(*["0-.15"] * 6)),
    Line("leak caught", _mean("leak_caught", 2), {}, ">= .95"),
    Line("honest attributes blocked", _mean("false_blocks", 2), _floor(*["0"] * 6)),
    Line("an ICP is published", _mean("icp", 2), {}),
    Line("backtest lift: tier 1 / 2 / 3 / not ICP", _mean_of(_TIER_LIFTS, 1), {1000: "2.3 / 1.8 / .7 / .26"}),
    Line("  with the planted chances", _mean_of(tuple(f"oracle_{name}" for name in _TIER_LIFTS), 1), {}),
    Line(
        "backtest: share of deals in tiers 1-2 / captured", _mean_of(("icp_share", "icp_capture")), {1000: ".28 / .60"}
    ),
    Line("  with the planted chances", _mean_of(("oracle_icp_share", "oracle_icp_capture")), {}),
    Line("backtest: rates in the order of the tiers", _mean("tiers_in_order", 2), {1000: "1.0"}),
    Line("  with the planted chances", _mean("oracle_tiers_in_order", 2), {}),
)
NOISE = (
    Line("any single discovery", _mean("any_discovery", 2), _floor(*[".04-.10"] * 6)),
    Line("any criterion", _mean("any_criterion", 2), _floor(*[".02-.09"] * 6)),
    Line("an ICP is published", _mean("icp", 2), _floor(*["0-.04"] * 6), "<= .05"),
    Line("leak caught", _mean("leak_caught", 2), {}, ">= .95"),
    Line("honest attributes blocked", _mean("false_blocks", 2), _floor(*["0"] * 6)),
)
PAIR = (
    Line(
        "planted interaction confirmed", _mean("pair", 2), _floor("-", "-", "-", "-", ".08", ".92"), ">= .60 at 3,000"
    ),
)
LINES = {"signal": SIGNAL, "texture": SIGNAL[:10], "noise": NOISE, "pair": PAIR}
TITLES = {
    "signal": "planted traits",
    "texture": "planted traits and a small effect on every other level, so that nothing is null",
    "noise": "no signal at all",
    "pair": "a planted interaction",
}
ORIGINS = {"sample": "icp sample", "memory": "made in memory", "crm": "CRMs with situations mixed at random"}


def tables(figures: pd.DataFrame) -> Iterator[tuple[str, Row, list[Row]]]:
    """Title, header and rows of one table per generator and kind; the floor is below the measured figures."""
    figures = figures.assign(any_discovery=figures["discoveries"] > 0)
    for (generator, kind), rows in figures.groupby(["generator", "kind"], sort=False):
        sizes = sorted(rows["customers"].unique())
        worlds = rows.groupby("customers")["seed"].nunique()
        count = "/".join(dict.fromkeys(str(worlds[size]) for size in sizes))
        title = f"{ORIGINS[str(generator)]}: {TITLES[str(kind)]} ({count} companies each)"
        head = ("", *(f"{size:,} customers" for size in sizes), "aim")
        yield title, head, list(_rows(rows, LINES[str(kind)], [int(size) for size in sizes]))


def _rows(rows: pd.DataFrame, lines: tuple[Line, ...], sizes: list[int]) -> Iterator[Row]:
    for line in lines:
        measured = [line.read(rows[rows["customers"] == size]) for size in sizes]
        if set(measured) <= {"-", "nan"}:
            continue
        yield (line.label, *measured, line.aim)
        floor = [line.floor.get(size, "") for size in sizes]
        if any(floor):
            yield ("    floor", *floor, "")


def markdown(figures: pd.DataFrame) -> str:
    """All tables as Markdown."""
    parts = []
    for title, head, rows in tables(figures):
        lines = [f"### {title}", "", _cells(head), _cells(["---"] * len(head)), *(_cells(row) for row in rows)]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _cells(values: Row | list[str]) -> str:
    return "| " + " | ".join(value.strip() if value.strip() != "nan" else "-" for value in values) + " |"


def finite(value: object) -> bool:
    """Whether a figure is finite, so that it can be averaged."""
    return isinstance(value, int | float | np.integer | np.floating) and bool(np.isfinite(value))
