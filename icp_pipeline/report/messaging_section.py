"""Customers' own words, for writers: `messaging.md`. Each line has its count; gaps in the data are stated."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from icp_pipeline.report.figures import Frames, Row, interval, percent, rows, times
from icp_pipeline.report.words import TIERS, label, value

# What each text is, and what its words are about.
SOURCES = {
    "deal_description": ("deal notes", "problem"),
    "next_step": ("next steps", "problem"),
    "call": ("calls", "problem"),
    "closed_won_reason": ("closed won reasons", "outcome"),
    "nps_comment": ("survey comments", "outcome"),
    "ticket_subject": ("ticket subjects", "support"),
    "loss_reason": ("loss reasons", "objection"),
    "closed_lost_reason": ("closed lost reasons", "objection"),
}
_ABOUT = {
    "problem": "Their words for the problem",
    "outcome": "Their words for the outcome",
    "support": "What they ask support about",
}
# Side a and side b of each comparison.
COMPARISONS = {
    "best_vs_worst": ("best customers", "worst customers"),
    "won_vs_lost": ("accounts won", "accounts lost"),
    "tier_1_vs_rest": ("tier 1 accounts", "other accounts"),
}
_MOST_LINES, _MOST_SEGMENTS = 12, 3
# An objection names a segment if its share there is higher than overall by more than chance.
_MOST_OBJECTIONS = 15
_FEWEST_DEALS = 5


@dataclass(frozen=True)
class MessagingView:
    """The words of one ICP. `groups` and `avoid`: heading and lines; `silent`: what is missing, one sentence each."""

    icp_id: str
    title: str
    groups: list[tuple[str, list[str]]]
    avoid: list[str]
    objections: list[Row]
    segments: list[tuple[str, list[str]]]
    heard: list[tuple[str, list[str]]]
    silent: list[str]


def views(frames: Frames, icp_ids: Sequence[str]) -> list[MessagingView]:
    """One for each ICP; none if no text was read and nobody was interviewed about language."""
    heard = _heard(frames)
    if not rows(frames, "word_sources") and not heard:
        return []
    return [_view(frames, icp_id, heard) for icp_id in icp_ids]


def _view(frames: Frames, icp_id: str, heard: list[tuple[str, list[str]]]) -> MessagingView:
    told = rows(frames, "words", icp_id=icp_id)
    segments = rows(frames, "word_segments", icp_id=icp_id)
    shown = [row for row in distinct(told) if SOURCES[row["source"]][1] in _ABOUT]
    liked = [row for row in shown if row["verdict"] in ("more_a", "counted")]
    groups = [
        (heading, _lines([row for row in liked if SOURCES[row["source"]][1] == about], segments))
        for about, heading in _ABOUT.items()
    ]
    return MessagingView(
        icp_id,
        "The ICP" if icp_id == "primary" else f"ICP {label(icp_id)}",
        [group for group in groups if group[1]],
        _lines([row for row in shown if row["verdict"] == "more_b"], segments),
        _objections(rows(frames, "objections", icp_id=icp_id)),
        _by_segment(shown, segments),
        heard if icp_id == "primary" else [],
        [*_silent(rows(frames, "word_sources", icp_id=icp_id))],
    )


def distinct(told: Sequence[Row]) -> Iterator[Row]:
    """Phrases without those that repeat an earlier one: a part of it, or words used by the same accounts."""
    kept: list[Row] = []
    order = sorted(told, key=lambda row: (-round(abs(row["z"] or 0.0), 6), -_users(row), -len(row["phrase"].split())))
    for row in order:
        if not any(_is_same(row, other) for other in kept):
            kept.append(row)
            yield row


def _users(row: Row) -> int:
    return int(row["accounts_a"]) + int(row["accounts_b"])


def _is_same(row: Row, other: Row) -> bool:
    if (row["comparison"], row["source"], row["verdict"]) != (other["comparison"], other["source"], other["verdict"]):
        return False
    mine, theirs = row["phrase"].casefold().split(), other["phrase"].casefold().split()
    if (row["accounts_a"], row["accounts_b"]) == (other["accounts_a"], other["accounts_b"]):
        return bool(set(mine) & set(theirs))
    fewer, more = sorted((_users(row), _users(other)))
    return f" {' '.join(mine)} " in f" {' '.join(theirs)} " and fewer >= 0.8 * more


def _lines(found: Sequence[Row], segments: Sequence[Row]) -> list[str]:
    return [_line(row, segments) for row in found[:_MOST_LINES]]


def _line(row: Row, segments: Sequence[Row]) -> str:
    """`"by hand": 14 of 30 best customers (47 %), 3 of 35 worst customers (9 %); odds 3.1x (1.6-6.0x); calls`."""
    a, b = COMPARISONS[row["comparison"]]
    sides = [(row[f"accounts_{side}"], row[f"n_{side}"], name) for side, name in (("a", a), ("b", b))]
    counts = [f"{used:,} of {n:,} {name} ({percent(used / n)})" for used, n, name in sides if n]
    odds = ""
    if row["log_odds"] is not None:
        odds = (
            f"; odds {times(math.exp(row['log_odds']))} ({interval(math.exp(row['ci_low']), math.exp(row['ci_high']))})"
        )
    return f'"{row["phrase"]}": {", ".join(counts)}{odds}; {SOURCES[row["source"]][0]}{_most_in(row, segments)}'


def _most_in(row: Row, segments: Sequence[Row]) -> str:
    mine = [
        item
        for item in segments
        if (item["source"], item["phrase"]) == (row["source"], row["phrase"]) and item["attribute"] != "tier"
    ]
    mine.sort(key=lambda item: (-item["share"], item["attribute"], item["segment"]))
    named = [f"{_segment(item)} {item['accounts']:,} of {item['n']:,}" for item in mine[:_MOST_SEGMENTS]]
    return f". Most in: {', '.join(named)}" if named else ""


def _segment(item: Row) -> str:
    if item["attribute"] == "tier":
        return str(TIERS[item["segment"]][0])
    return str(value(str(item["attribute"]), str(item["segment"])))


def _objections(objections: Sequence[Row]) -> list[Row]:
    """Reasons over all accounts, most common first, with the segments in which they are more common."""
    overall = [row for row in objections if row["attribute"] == "all"]
    overall.sort(key=lambda row: (-row["deals"], row["category"], row["source"]))
    found = []
    for row in overall[:_MOST_OBJECTIONS]:
        more = [
            item
            for item in objections
            if (item["source"], item["category"]) == (row["source"], row["category"])
            and item["attribute"] != "all"
            and item["share_low"] > row["share"]
            and item["deals"] >= _FEWEST_DEALS
        ]
        more.sort(key=lambda item: (-item["share"], item["attribute"], item["segment"]))
        where = [
            f"{_segment(item)} ({item['deals']:,} of {item['deals_in_segment']:,})" for item in more[:_MOST_SEGMENTS]
        ]
        low, high = (f"{100 * row[end]:.0f}" for end in ("share_low", "share_high"))
        found.append({**row, "range": f"{low}–{high} %", "where": ", ".join(where), "from": SOURCES[row["source"]][0]})
    return found


def _by_segment(shown: Sequence[Row], segments: Sequence[Row]) -> list[tuple[str, list[str]]]:
    """By industry, the words that distinguish good accounts, if five of its accounts used them."""
    liked = {(row["source"], row["phrase"]) for row in shown if row["verdict"] == "more_a"}
    found: dict[str, list[Row]] = {}
    for item in segments:
        if item["attribute"] == "industry" and (item["source"], item["phrase"]) in liked:
            found.setdefault(_segment(item), []).append(item)
    return [
        (
            segment,
            [
                f'"{item["phrase"]}": {item["accounts"]:,} of {item["n"]:,} ({percent(item["share"])})'
                for item in sorted(items, key=lambda item: (-item["share"], item["phrase"]))[:5]
            ],
        )
        for segment, items in sorted(found.items())
    ]


def _heard(frames: Frames) -> list[tuple[str, list[str]]]:
    """What interviewed people quoted, by topic; no account is named beside it."""
    found: dict[str, list[str]] = {}
    for row in rows(frames, "interview_words"):
        by = "1 person" if row["respondents"] == 1 else f"{row['respondents']:,} people"
        found.setdefault(str(row["about"] or "other"), []).append(f'"{row["item"]}" (said by {by})')
    return [(label(about), lines[:_MOST_LINES]) for about, lines in sorted(found.items())]


def _silent(sources: Sequence[Row]) -> Iterator[str]:
    for row in sources:
        if row["missing_a"] or row["missing_b"]:
            a, b = COMPARISONS[row["comparison"]]
            lacking = [
                f"{row[f'missing_{side}']:,} {name}" for side, name in (("a", a), ("b", b)) if row[f"missing_{side}"]
            ]
            where = f"{a[0].upper()}{a[1:]} vs. {b}, {SOURCES[row['source']][0]}"
            yield (
                f"{where}: {' and '.join(lacking)} with text are missing ({row['n_a']:,} and {row['n_b']:,} have text; "
                "30 of each are needed)."
            )
