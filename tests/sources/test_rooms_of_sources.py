"""The rooms of `sources/` depend on each other in one order, which the folder's header states."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import icp_pipeline.sources

_SOURCES = Path(icp_pipeline.sources.__file__).parent
_NAME = "icp_pipeline.sources"
# From the bottom up; "" is the folder itself, with the modules that take a landing folder through the rooms.
_ROOMS = ("declared", "values", "words", "text", "table", "usage", "vendors", "")
# Modules of the folder itself that every room may use.
_SHARED = frozenset({"refusal"})


def _imports(path: Path) -> Iterator[str]:
    """Every module or name of this folder that a file imports, without the folder's own name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and f"{node.module}.".startswith(f"{_NAME}."):
            yield from (f"{node.module}.{alias.name}".removeprefix(f"{_NAME}.") for alias in node.names)


def _room(name: str) -> str:
    first = name.split(".")[0]
    return first if first in _ROOMS else ""


def _files() -> Iterator[tuple[Path, str]]:
    for path in sorted(_SOURCES.rglob("*.py")):
        folders = path.relative_to(_SOURCES).parts[:-1]
        yield path, folders[0] if folders else ""


def test_a_room_imports_only_rooms_below_it() -> None:
    upward = [
        f"{path.relative_to(_SOURCES)} imports {name}"
        for path, room in _files()
        for name in _imports(path)
        if _ROOMS.index(_room(name)) > _ROOMS.index(room) and name.split(".")[0] not in _SHARED
    ]
    assert not upward


def test_what_all_rooms_share_stands_on_the_ground() -> None:
    shared = [path for path, room in _files() if not room and path.stem in _SHARED]
    assert len(shared) == len(_SHARED)
    assert not [name for path in shared for name in _imports(path)]


def test_every_folder_is_a_room_and_says_what_belongs_there() -> None:
    folders = {room for _, room in _files()}
    assert folders == {*_ROOMS}
    headers = {room: (_SOURCES / room / "__init__.py").read_text(encoding="utf-8") for room in _ROOMS}
    assert all(len(header.splitlines()) > 3 for header in headers.values())
    assert all(f"`{room}`" in headers[""] for room in _ROOMS if room)


def test_vendors_do_not_know_each_other() -> None:
    known = [
        f"{path.name} imports {name}"
        for path, room in _files()
        for name in _imports(path)
        if room == _room(name) == "vendors" and name.split(".")[1] not in path.parts
    ]
    assert not known
