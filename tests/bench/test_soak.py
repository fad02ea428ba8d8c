"""A short soak: runs that are killed while three readers look on lose nothing, double nothing, tear nothing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bench.soak import READERS, show, soak


@pytest.mark.slow
def test_a_short_soak_is_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = soak(tmp_path, runs=5, accounts=80, events=1_000, kill_share=0.6, chance=random.Random(4))
    show(found)
    said = capsys.readouterr().out
    assert found.is_clean, said
    # Five, the two of the large file, the last one, and the one on the untouched home.
    assert found.runs == 9 and found.kills >= 1 and found.published >= 5, said
    assert found.reads > READERS and found.versions_seen >= 2, said
