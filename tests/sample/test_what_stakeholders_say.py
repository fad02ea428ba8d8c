"""The sample's interviews, feedback and overrides: claims are as true as the planted truth says."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import yaml

from icp_pipeline.sample.planting import QUALITY_EFFECTS
from icp_pipeline.sample.stakeholders import FEEDBACK_ROWS, SPEAKERS

DATA = Path(__file__).parents[2] / "data"
VOICE = DATA / "landing" / "voice"
TRUTH = json.loads((DATA / "planted_truth.json").read_text(encoding="utf-8"))
# By attribute and value, as claims name them.
PLANTED = {
    ("industry", "Computer Software"): QUALITY_EFFECTS["saas"],
    ("industry", "Marketing and Advertising"): QUALITY_EFFECTS["agency"],
    ("crm", "Salesforce"): QUALITY_EFFECTS["salesforce"],
    ("employees", "200-499"): QUALITY_EFFECTS["size"],
    ("has_revops", "true"): QUALITY_EFFECTS["revops"],
}


def interviews() -> list[dict[str, Any]]:
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((VOICE / "interviews").iterdir())]


def test_claims_are_true_false_or_about_nothing_as_the_truth_says() -> None:
    claims = TRUTH["voice"]["claims"]
    for claim in claims:
        effect = PLANTED.get((claim["attribute"], claim["segment"]))
        if claim["holds"] is None:
            assert effect is None
            assert claim["attribute"] in TRUTH["null_attributes"]
        else:
            assert effect is not None
            assert claim["holds"] == ((effect > 0) == (claim["says"] == "better")), claim
    assert {claim["holds"] for claim in claims} == {True, False, None}
    assert {claim["respondent"] for claim in claims} == {speaker.respondent for speaker in SPEAKERS}
    said = [claim for each in interviews() for claim in each["claims"]]
    assert len(said) == len(claims) + 1
    (unrecorded,) = (claim for claim in said if claim.get("not_recorded"))
    assert unrecorded["attribute"] == TRUTH["voice"]["not_recorded"][0]


def test_every_speaker_names_customers_of_before_the_interview() -> None:
    assert len(interviews()) == 4
    for each in interviews():
        planted = TRUTH["voice"]["interviews"][each["respondent"]]
        assert planted["date"] == each["date"].isoformat()
        assert [entry["account"] for entry in each["best_customers"]] == planted["best_customers"]
        assert len(set(planted["best_customers"])) == 4
    # So that something began after some of them, and nothing after others.
    assert min(each["date"] for each in interviews()).isoformat() < "2025-12-01"


def test_feedback_and_overrides_have_codes_for_people_and_some_overrides_have_ended() -> None:
    with (VOICE / "feedback.csv").open(encoding="utf-8", newline="") as file:
        feedback = list(csv.DictReader(file))
    with (VOICE / "overrides.csv").open(encoding="utf-8", newline="") as file:
        overrides = list(csv.DictReader(file))
    assert len(feedback) == FEEDBACK_ROWS
    assert {row["verdict"] for row in feedback} == {"agrees", "too_high", "too_low"}
    ended = [row for row in overrides if row["until"] < TRUTH["as_of"]]
    assert (len(overrides), len(ended)) == (8, TRUTH["voice"]["overrides_ended"])
    assert len(ended) == 3
    codes = {speaker.respondent for speaker in SPEAKERS}
    assert {row["respondent"] for row in feedback} | {row["by"] for row in overrides} <= codes
