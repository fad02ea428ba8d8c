"""SQL in text files: blocks that begin with `---- name`, so that a new case needs no Python."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def blocks(file_name: str) -> list[tuple[str, str]]:
    """Name and text of each block in a file of cases."""
    parts = (HERE / file_name).read_text(encoding="utf-8").split("---- ")[1:]
    return [(name.strip(), text) for name, _, text in (part.partition("\n") for part in parts)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Fill the arguments `refused` and `understood` from the file of that name."""
    for name in {"refused", "understood"} & set(metafunc.fixturenames):
        cases = blocks(f"{name}.sql")
        metafunc.parametrize(name, [text for _, text in cases], ids=[title for title, _ in cases])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty `sql/` folder."""
    (tmp_path / "sql").mkdir()
    return tmp_path / "sql"


@pytest.fixture
def write(folder: Path) -> Callable[[str, str], Path]:
    """Add the model `schema.table` to the folder."""

    def write_model(name: str, text: str) -> Path:
        path = folder / f"{name.replace('.', '/')}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write_model
