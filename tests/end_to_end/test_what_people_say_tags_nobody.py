"""Interviews, feedback and overrides are data beside the ICP's answer, which is the same with and without them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from pipeline_runs import copy_home, one, run_pipeline, table_text

# Decisions about accounts and leads, and what they are based on.
DECIDED = (
    "icp.criteria",
    "icp.account_scores",
    "icp.account_tiers",
    "icp.lead_scores",
    "activation.lead_routes",
    "activation.audience_members",
    "exports.changes",
)


@pytest.mark.slow
def test_no_score_tier_list_or_route_knows_what_people_say_and_no_guard_asks(small: Path, tmp_path: Path) -> None:
    """Four times as many interviews are not an outage, nor is a deleted folder: both are published without asking."""
    more, none = copy_home(small, tmp_path / "more"), copy_home(small, tmp_path / "none")
    interviews = more / "landing" / "voice" / "interviews"
    for path in sorted(interviews.iterdir()):
        for number in (7, 8, 9):
            text = re.sub(r"(respondent: [a-z]+)-\d", rf"\1-{number}", path.read_text(encoding="utf-8"))
            (interviews / f"{path.stem}_{number}.yaml").write_text(text, encoding="utf-8")
    shutil.rmtree(none / "landing" / "voice")
    before = one(more, "select count(*) from staging.interviews")
    run_pipeline(more)
    run_pipeline(none)
    assert one(more, "select count(*) from staging.interviews") == 4 * before
    assert one(none, "select count(*) from staging.interviews") == 0
    for table in DECIDED:
        assert table_text(more, table) == table_text(none, table), table
