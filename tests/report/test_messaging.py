"""`messaging.md`: every line with its count; if there is too little text, no lines, but how much is missing."""

from __future__ import annotations

import math

import pandas as pd
from report_frames import ABOUT, FILES, all_frames

from icp_pipeline.report.figures import Frames
from icp_pipeline.report.messaging_section import distinct
from icp_pipeline.report.page import render

WORD = {
    "icp_id": "primary", "comparison": "best_vs_worst", "source": "deal_description", "accounts_a": 16, "n_a": 30,
    "accounts_b": 1, "n_b": 35, "log_odds": math.log(3.8), "ci_low": math.log(1.5), "ci_high": math.log(9.4), "z": 4.0,
    "p_family": 0.001, "verdict": "more_a",
}  # fmt: skip
SEGMENT = {"icp_id": "primary", "source": "deal_description", "attribute": "industry"}
REASON = {
    "icp_id": "primary", "source": "loss_reason", "category": "No budget", "attribute": "all", "segment": "all",
    "deals": 83, "deals_in_segment": 287, "share": 83 / 287, "share_low": 0.24, "share_high": 0.34,
}  # fmt: skip


def word_frames() -> Frames:
    """A phrase of the best, part of it, one of the worst, one of tickets, an objection, and one side that is small."""
    said = [
        {"phrase": "flying blind on pipeline"},
        {"phrase": "blind on pipeline"},
        {"phrase": "twice for a *discount*", "accounts_a": 2, "accounts_b": 20, "z": -4.0, "verdict": "more_b"},
        {"phrase": "reset password", "source": "ticket_subject", "log_odds": None, "z": None, "verdict": "counted"},
    ]
    used = {"phrase": "flying blind on pipeline", "segment": "Machinery", "accounts": 17, "n": 51, "share": 17 / 51}
    more = {"attribute": "industry", "segment": "Retail", "deals": 8, "deals_in_segment": 12, "share": 8 / 12}
    few = {**more, "segment": "Banking", "deals": 2, "deals_in_segment": 2, "share": 1.0}
    silent = {"source": "nps_comment", "n_a": 23, "n_b": 15, "missing_a": 7, "missing_b": 15}
    return {
        "words": pd.DataFrame([{**WORD, **row} for row in said]),
        "word_segments": pd.DataFrame([{**SEGMENT, **used}]),
        "objections": pd.DataFrame(
            [REASON, {**REASON, **more, "share_low": 0.4}, {**REASON, **few, "share_low": 0.5}],
        ),
        "word_sources": pd.DataFrame([{"icp_id": "primary", "comparison": "best_vs_worst", **silent}]),
        "interview_words": pd.DataFrame([{"about": "pain", "item": "<b>nobody</b> trusts it", "respondents": 1}]),
    }


def messaging(frames: Frames) -> str | None:
    page = render(frames, ABOUT, FILES).get("messaging.md")
    return page.decode() if page else None


def test_their_words_come_with_counts_and_intervals() -> None:
    text = messaging(all_frames() | word_frames()) or ""
    counts = "16 of 30 best customers (53 %), 1 of 35 worst customers (3 %); odds 3.8× (1.5–9.4×)"
    line = f'"flying blind on pipeline": {counts}'
    problem, _, rest = text.partition("## What to avoid")
    assert line in problem and "Most in: Machinery 17 of 51" in problem
    assert '"blind on pipeline"' not in text, "it is a part of the phrase above, of the same accounts"
    assert "twice for a" in rest.partition("## Objections")[0] and "twice for a" not in problem
    assert r"\*discount\*" in text and r"\<b\>nobody" in text, "no reader takes it for markup"
    assert "## What they ask support about" in text and '"reset password": 16 of 30' in text


def test_objections_name_the_segments_in_which_they_are_more_common() -> None:
    text = messaging(all_frames() | word_frames()) or ""
    assert "| No budget | 83 of 287 | 29 % | 24–34 % | Retail (8 of 12) | loss reasons |" in text
    assert "Banking" not in text, "two lost deals say nothing"


def test_what_is_too_little_says_how_much_is_missing() -> None:
    text = messaging(all_frames() | word_frames()) or ""
    said = "Best customers vs. worst customers, survey comments: 7 best customers and 15 worst customers with text"
    assert said in text and "(23 and 15 have text; 30 of each are needed)" in text
    assert messaging(all_frames()) is None, "language is off, and nobody was interviewed"


def test_of_phrases_of_the_same_accounts_the_longest_stays() -> None:
    told = [{**WORD, "phrase": phrase} for phrase in ("pipeline", "blind on pipeline", "flying blind on pipeline")]
    other = {**WORD, "phrase": "pipeline review", "accounts_a": 9, "z": 3.0}
    assert [row["phrase"] for row in distinct([*told, other])] == ["flying blind on pipeline", "pipeline review"]
