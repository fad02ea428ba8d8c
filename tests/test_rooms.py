"""Which room of the package may import which, what each is for, and that no two modules share a name."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "icp_pipeline"
# For each room, the only rooms that it may import; imports for types alone count too.
MAY_IMPORT = {
    "catalog": "",
    "sample": "",
    "sources": "catalog",
    "settings": "catalog sources",
    "models": "catalog",
    "dictionary": "catalog models",
    "quality": "models",
    "warehouse": "catalog models",
    "spark": "catalog models settings warehouse",
    "rebuild": "catalog models quality warehouse",
    "learning": "",
    "language": "settings sources",
    "activation": "settings",
    "report": "activation settings",
    "run": "activation catalog language learning models quality rebuild report settings sources spark warehouse",
    "terminal": "rebuild report sources warehouse",
    "interview": "sources terminal",
    "orchestration": "activation catalog models quality rebuild run settings terminal",
}
# Files next to the rooms that any room may import, and those that only some may.
FOR_ALL = {"disk", "errors", "names", "plain_text", "code_digest", "kept_json", "tiers"}
FOR_SOME = {
    "duck": {"sources", "warehouse", "rebuild", "run", "terminal"},
    "home": {"run", "terminal", "interview", "orchestration", "cli"},
    "definitions": set(),
    "cli": set(),
}
# Libraries that belong to certain rooms: importing one elsewhere would move that room's work.
ONLY_IN = {
    "dagster": {"orchestration"},
    "duckdb": {"duck"},
    "great_expectations": {"quality"},
    "sklearn": {"learning"},
    "sqlglot": {"models", "settings"},
    "jinja2": {"dictionary", "report"},
    "pyspark": {"spark"},
    "prompt_toolkit": {"interview"},
    "rich": {"cli", "orchestration", "terminal"},
    "typer": {"cli", "terminal"},
}


@cache
def imports() -> dict[str, set[str]]:
    """For each module, what it imports: `room.module` in the package, the first name of a library."""
    paths = {".".join(path.relative_to(PACKAGE).with_suffix("").parts): path for path in PACKAGE.rglob("*.py")}
    return {
        name: {target for node in ast.walk(ast.parse(path.read_text())) for target in _targets(node, set(paths))}
        for name, path in paths.items()
    }


def _targets(node: ast.AST, modules: set[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0 and node.module, "relative imports hide which room is meant"
        names = [f"{node.module}.{alias.name}" for alias in node.names]
    else:
        return
    for name in names:
        first, _, rest = name.partition(".")
        if first != "icp_pipeline":
            yield first
        else:
            yield rest if rest in modules else rest.rpartition(".")[0]


def room(module: str) -> str:
    return module.split(".")[0]


def importers(target: str) -> set[str]:
    return {room(module) for module, targets in imports().items() if any(room(t) == target for t in targets)}


def test_every_room_is_in_the_table() -> None:
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} == set(MAY_IMPORT)
    assert {path.stem for path in PACKAGE.glob("*.py")} == {*FOR_ALL, *FOR_SOME, "__init__"}


@pytest.mark.parametrize("importer", MAY_IMPORT)
def test_a_room_imports_only_what_it_may(importer: str) -> None:
    used: dict[str, list[str]] = defaultdict(list)
    for module, targets in imports().items():
        for target in targets:
            if room(module) == importer != room(target) and room(target) in MAY_IMPORT:
                used[room(target)].append(f"{module} imports {target}")
    allowed = set(MAY_IMPORT[importer].split())
    assert not {name: where for name, where in used.items() if name not in allowed}
    assert allowed == set(used), "a room that is imported no more leaves the table"


@pytest.mark.parametrize("file", FOR_SOME)
def test_files_beside_the_rooms_have_their_readers(file: str) -> None:
    assert importers(file) - {"cli"} <= FOR_SOME[file]


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_belongs_to_its_rooms(library: str) -> None:
    assert importers(library) == ONLY_IN[library]


def test_nothing_is_imported_in_a_circle() -> None:
    rooms: dict[str, set[str]] = defaultdict(set)
    for module, targets in imports().items():
        rooms[room(module)] |= {room(target) for target in targets} - {room(module)}
    for graph in (imports(), rooms):
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            pytest.fail(f"imported in a circle: {' -> '.join(error.args[1])}")


def test_no_module_name_stands_twice() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in PACKAGE.rglob("*.py"):
        if path.stem != "__init__":
            places[path.name].append(str(path.relative_to(PACKAGE)))
    assert not [paths for paths in places.values() if len(paths) > 1], "call each by what is in it"


@pytest.mark.parametrize("name", MAY_IMPORT)
def test_a_room_says_what_belongs_in_it_and_what_does_not(name: str) -> None:
    said = ast.get_docstring(ast.parse((PACKAGE / name / "__init__.py").read_text())) or ""
    assert "Belongs here: " in said and "Does not: " in said, f"say both in icp_pipeline/{name}/__init__.py"
