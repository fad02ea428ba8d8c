"""The table in README.md has every fault from F1 on once, and every test it names exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
_ROW = re.compile(r"^\| F(\d+) \| (.+) \| (.+) \| (.+) \|$")
_NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")
_SAID_OUTRIGHT = ("not yet", "a machine cannot cause this")


def rows() -> dict[int, str]:
    """The last cell of each row by its number."""
    lines = Path(__file__).with_name("README.md").read_text(encoding="utf-8").splitlines()
    found = [match for line in lines if (match := _ROW.match(line))]
    numbers = [int(match[1]) for match in found]
    assert numbers == sorted(set(numbers)), "a fault stands twice or out of order"
    return {int(match[1]): match[4] for match in found}


def functions(path: Path) -> set[str]:
    """Test functions of a file, found without importing it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_fault_is_in_the_table() -> None:
    assert list(rows()) == list(range(1, len(rows()) + 1)) and len(rows()) > 50


@pytest.mark.parametrize("number", rows())
def test_the_row_names_tests_that_exist_or_says_outright_that_there_is_none(number: int) -> None:
    cell = rows()[number]
    named = _NAMED.findall(cell)
    assert named or cell in _SAID_OUTRIGHT, f"F{number}: {cell}"
    for file, name in named:
        assert name.startswith("test_")
        assert (TESTS / file).exists(), f"F{number}: {file}"
        assert name in functions(TESTS / file), f"F{number}: {file}::{name}"
