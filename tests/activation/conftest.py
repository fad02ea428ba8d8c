"""A small export, and the folder it was written to."""

from __future__ import annotations

from pathlib import Path

import pytest
from export_frames import ACME, BETA, GONE, LOST, RUN, Frames, frames_of, write_exports


@pytest.fixture
def frames() -> Frames:
    """One account of each kind, deliberately out of order."""
    return frames_of(
        ("Lost Ltd", LOST, "9", "unscored", None),
        ("Acme", ACME, "18273645501", "tier_1", 93.256),
        ("Gone AG", GONE, "77", "not_icp", 0.0),
        ("Beta", BETA, "100", "tier_2", 71.5),
    )


@pytest.fixture
def exported(tmp_path: Path, frames: Frames) -> Path:
    """The folder of these frames, written as run-1."""
    out = tmp_path / "exports" / "run-1"
    write_exports(frames, out, RUN)
    return out
