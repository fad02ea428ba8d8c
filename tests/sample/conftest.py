"""One small made-up company on disk for all tests of the sample, and a strict reader of its files."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from icp_pipeline.sample.write import write_sample


class Company(NamedTuple):
    home: Path
    truth: dict[str, Any]

    def raw(self, name: str) -> bytes:
        return (self.home / "landing" / name).read_bytes()

    def rows(self, name: str) -> list[dict[str, str]]:
        text = self.raw(name).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    home = tmp_path_factory.mktemp("company")
    return Company(home, write_sample(home, accounts=900, events=6_000, seed=11))


@pytest.fixture(scope="session")
def checked_id() -> Callable[[str], bool]:
    """Whether an 18-character Salesforce id has the right check characters, computed in the slow, plain way."""

    def is_right(text: str) -> bool:
        if len(text) != 18:
            return False
        check = ""
        for block in (text[0:5], text[5:10], text[10:15]):
            bits = sum(1 << place for place, letter in enumerate(block) if "A" <= letter <= "Z")
            check += "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits]
        return text[15:] == check

    # The vendor's own sample file has this id.
    assert is_right("001x0000002xLCVAA2")
    assert not is_right("001X0000002XLCVAA2")
    return is_right
