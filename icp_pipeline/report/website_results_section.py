"""Results from the website: conversion by segment and month, and what an experiment has shown so far."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from icp_pipeline.report.figures import Frames, Row, count, day, is_missing, percent, rows
from icp_pipeline.report.words import TIERS, label, plural, value

_MONTHS, _INDUSTRIES = 6, 8
_BEFORE = "Before the first scoring"
_VERDICTS = {"better": "converts better", "worse": "converts worse"}


@dataclass(frozen=True)
class ExperimentView:
    """One experiment: its state in a sentence, the counts behind it, and the segments with a result."""

    name: str
    said: str
    rests_on: str | None
    segments: list[str]


@dataclass(frozen=True)
class WebsiteView:
    """`groups`: one for all, tiers and industries, each a list of segments with a cell per month, oldest first."""

    months: list[str]
    groups: list[tuple[str, list[Row]]]
    experiments: list[ExperimentView]


def view(frames: Frames) -> WebsiteView:
    """Empty lists if no visit was landed and no experiment has started."""
    found = rows(frames, "website_conversion")
    months = sorted({row["month"] for row in found})[-_MONTHS:]
    named = (("all", "All visitors"), ("tier", "By tier before the visit"), ("industry", "By industry"))
    groups = [(name, _segments([row for row in found if row["attribute"] == key], months)) for key, name in named]
    return WebsiteView(
        [day(month).partition(" ")[2] for month in months],
        [(name, segments) for name, segments in groups if segments],
        _experiments(rows(frames, "experiments")),
    )


def _segments(found: Sequence[Row], months: Sequence[object]) -> list[Row]:
    """Those with most visitors in these months, each with its cells and their sum."""
    by_name: dict[str, list[Row]] = {}
    for row in found:
        if row["month"] in months:
            by_name.setdefault(str(row["segment"]), []).append(row)
    order = [*TIERS, "none"]
    shown: list[Row] = [
        {
            "name": _name(str(lines[0]["attribute"]), name),
            "cells": [_cell([row for row in lines if row["month"] == month]) for month in months],
            "whole": _cell(lines, share=True),
            "visitors": sum(int(row["visitors"]) for row in lines),
            "place": order.index(name) if name in order else 0,
        }
        for name, lines in by_name.items()
    ]
    return sorted(shown, key=lambda row: (int(row["place"]), -int(row["visitors"]), str(row["name"])))[:_INDUSTRIES]


def _name(attribute: str, segment: str) -> str:
    if attribute == "tier":
        return TIERS[segment][0] if segment in TIERS else _BEFORE
    return "All" if attribute == "all" else value(attribute, segment)


def _cell(lines: Sequence[Row], share: bool = False) -> str:
    """`3 of 40`, with the share `3 of 40 (8 %)`."""
    visitors, conversions = (sum(int(row[name]) for row in lines) for name in ("visitors", "conversions"))
    if not visitors:
        return "–"
    return f"{count(conversions)} of {count(visitors)}" + (f" ({percent(conversions / visitors)})" if share else "")


def _experiments(found: Sequence[Row]) -> list[ExperimentView]:
    names = sorted({str(row["experiment"]) for row in found})
    views = []
    for name in names:
        lines = [row for row in found if row["experiment"] == name]
        first = next(row for row in lines if row["attribute"] == "all" and row["event"] == "any")
        others = [row for row in lines if row is not first and row["verdict"] in _VERDICTS]
        views.append(ExperimentView(name, _state(first), _rests_on(first), [_called(row) for row in others]))
    return views


def _state(row: Row) -> str:
    """The experiment's state in one sentence."""
    if row["began_on"] is None:
        return "It has not started yet."
    compared = f"{percent(row['rate_personalised'], 1)} against {percent(row['rate_holdout'], 1)}"
    if row["verdict"] == "withheld":
        entered = f"{count(row['entered_personalised'])} and {count(row['entered_holdout'])}"
        return (
            f"The result is withheld: {entered} accounts entered the two arms, which does not match the split. "
            "Find out why visits of one arm are missing before you use the result."
        )
    if row["verdict"] in _VERDICTS:
        return (
            f"Personalised content {_VERDICTS[row['verdict']]} than the default: {compared} of the accounts, "
            f"{_ratio(row)} (95 % interval {_bounds(row)})."
        )
    if row["verdict"] == "undecided":
        return f"No clear difference: {compared} of the accounts. A doubling would most likely have shown by now."
    if row["accounts_needed"] is None:
        return "Too early to say: nobody has converted yet, so it is not known how many accounts it takes."
    return f"Too early to say: about {_about(row['accounts_needed'])} more accounts are needed."


def _rests_on(row: Row) -> str | None:
    """What was counted so far."""
    if row["began_on"] is None:
        return None
    entered = int(row["entered_personalised"]) + int(row["entered_holdout"])
    if not entered:
        return f"No prospect has visited since it started on {day(row['began_on'])}."
    counted = [
        f"{count(row[f'conversions_{arm}'])} of {count(row[f'accounts_{arm}'])} {what}"
        for arm, what in (("personalised", "with personalised content"), ("holdout", "with the default"))
    ]
    waiting = entered - int(row["accounts_personalised"]) - int(row["accounts_holdout"])
    return (
        f"{plural(entered, 'prospect')} visited since {day(row['began_on'])}. Converted within 28 days: "
        f"{' and '.join(counted)}" + (f"; for {count(waiting)} the 28 days are not over." if waiting else ".")
    )


def _called(row: Row) -> str:
    what = "any conversion" if row["event"] == "any" else str(row["event"]).replace("_", " ")
    where = (
        "all"
        if row["attribute"] == "all"
        else f"{label(str(row['attribute']))} {_name(row['attribute'], row['segment'])}"
    )
    return f"{where}, {what}: {_VERDICTS[row['verdict']]}, {_ratio(row)} (95 % interval {_bounds(row)})"


def _ratio(row: Row) -> str:
    return "never in the other arm" if is_missing(row["ratio"]) else f"{row['ratio']:.1f} times as often"


def _bounds(row: Row) -> str:
    low, high = row["ratio_low"], row["ratio_high"]
    upper = "no upper end" if is_missing(high) else f"{high:.1f}"
    return f"{0 if is_missing(low) else low:.1f} to {upper}"


def _about(accounts: float) -> str:
    """Two digits are enough: 1,869 -> `1,900`."""
    digits = max(0, math.floor(math.log10(accounts)) - 1) if accounts >= 1 else 0
    return f"{max(1, round(accounts, -digits)):,.0f}"
