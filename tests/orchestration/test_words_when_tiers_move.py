"""A tier that moves changes which words tier 1 uses more, and no text is read again for that."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from orchestration.published_homes import State

from icp_pipeline.home import Home
from icp_pipeline.language import text_reading
from icp_pipeline.names import TableName
from icp_pipeline.run.landed_texts import forget_phrases
from icp_pipeline.run.session import Request, Run

_COUNTS = "select * exclude (verdict) from history.language_phrases order by all"
_SEGMENTS = "select * from history.language_segments order by all"


def after_a_move(home: Home, run_id: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The counts of a run in which tier 2 becomes tier 1; it is dropped."""
    with Run(home, run_id, Request(starts_from_live=True)) as run:
        run.open().execute("update icp.account_tiers set tier = 'tier_1' where tier = 'tier_2'")
        run.build_models([run.graph.models[TableName("voice", "phrases")]])
        return run.frame(_COUNTS), run.frame(_SEGMENTS)


@pytest.mark.slow
def test_the_phrases_are_counted_again_as_if_all_texts_were_read(
    first_run: State, copied: Callable[[State], Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = copied(first_run)
    with Run(home, "unmoved", Request(starts_from_live=True)) as run:
        before = run.open().frame(_COUNTS)
    with monkeypatch.context() as patched:
        patched.setattr(text_reading, "read_texts", None)
        phrases, segments = after_a_move(home, "moved")
    forget_phrases(home)
    read_phrases, read_segments = after_a_move(home, "read")
    pd.testing.assert_frame_equal(phrases, read_phrases, check_exact=True)
    pd.testing.assert_frame_equal(segments, read_segments, check_exact=True)
    is_of_tiers = phrases["comparison"] == "tier_1_vs_rest"
    assert not phrases[is_of_tiers].equals(before[before["comparison"] == "tier_1_vs_rest"])
