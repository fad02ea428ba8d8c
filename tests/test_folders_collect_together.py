"""Any test folders can be run in one command: their modules are imported by bare names, which must be unique."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parent
MODULES = sorted(TESTS.rglob("*.py"))


def test_no_two_modules_have_the_same_name() -> None:
    counts = Counter(path.name for path in MODULES)
    assert len(MODULES) > 100
    assert {name for name, count in counts.items() if count > 1} == {"conftest.py"}


def test_nothing_is_taken_from_a_conftest_by_its_bare_name() -> None:
    """Every folder has one: which of them a bare name finds depends on what was collected before."""
    taken = [f"{path.relative_to(TESTS)}:{line}" for path in MODULES for line in _lines_that_take_a_conftest(path)]
    assert taken == []


def _lines_that_take_a_conftest(path: Path) -> list[int]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    plain = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "conftest"]
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    return plain + [node.lineno for node in imports if any(alias.name == "conftest" for alias in node.names)]
