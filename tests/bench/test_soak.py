"""A short soak: runs are killed or stopped while three readers read, and situations happen to the home."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bench.soak import READERS, show, soak


@pytest.mark.slow
def test_a_short_soak_is_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    happening = ("", "copied_without_links")
    chance = random.Random(4)
    found = soak(tmp_path, 2, accounts=80, events=1_000, kill_share=0.7, chance=chance, happening=happening)
    show(found)
    said = capsys.readouterr().out
    assert found.is_clean, said
    # Two, the two of the large file, the last one, and the one on the undisturbed home.
    assert found.runs == 6 and found.published >= 4, said
    assert dict(found.situations) == {"copied_without_links": 1}, said
    assert found.reads > READERS and found.versions_seen >= 2, said
