"""Companies are made once and kept by the code that made them, so that a change of the learning alone runs quickly."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from bench.method.company import make_company
from bench.method.market import make_market
from bench.method.rivals import rival_scores
from bench.method.world import Recipe, World
from icp_pipeline.home import PROJECT

_MAKERS: dict[str, Callable[[Recipe], World]] = {"sample": make_company, "memory": make_market}
_COMMON = ("sql/outcomes", "sql/segments", "icp_pipeline/settings", "bench/method/world.py")
_SOURCES = {
    "sample": (
        *_COMMON,
        "sql/staging",
        "sql/core",
        "icp_pipeline/sample",
        "icp_pipeline/sources",
        "data/icp.yaml",
        "bench/method/company.py",
    ),
    "memory": (*_COMMON, "bench/method/market.py"),
}
_RIVALS = ("bench/method/rivals.py", "icp_pipeline/learning/matrix.py", "icp_pipeline/learning/observed.py")
# With these kinds other models are not asked: there is nothing to rank, or it is asked elsewhere.
_WITH_RIVALS = ("signal", "texture")


@dataclass(frozen=True)
class Cache:
    """A folder of made companies; `reuse` takes any that is there, whatever code made it."""

    folder: Path
    reuse: bool = False

    def world(self, recipe: Recipe) -> World:
        """From the folder, else made now; with the other models' scores where they are wanted."""
        path = self.folder / f"{recipe.name}.pickle"
        made_by = fingerprint(_SOURCES[recipe.generator])
        world = self._read(path, made_by)
        if world is None:
            world = _MAKERS[recipe.generator](recipe)
            self._write(path, made_by, world)
        if recipe.kind not in _WITH_RIVALS:
            return world
        return replace(world, rivals=self._rivals(recipe, world, made_by))

    def _rivals(self, recipe: Recipe, world: World, made_by: str) -> dict:
        path = self.folder / f"{recipe.name}.rivals.pickle"
        judged_by = made_by + fingerprint(_RIVALS)
        scores = self._read(path, judged_by)
        if scores is None:
            scores = rival_scores(world)
            self._write(path, judged_by, scores)
        return scores

    def _read(self, path: Path, made_by: str):  # type: ignore[no-untyped-def]
        if not path.is_file():
            return None
        with path.open("rb") as file:
            written_by, found = pickle.load(file)
        return found if self.reuse or written_by == made_by else None

    def _write(self, path: Path, made_by: str, what: object) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            pickle.dump((made_by, what), file)
        part.replace(path)


@cache
def fingerprint(sources: Iterable[str]) -> str:
    """Of the bytes of files and of all files in folders."""
    digest = hashlib.sha256()
    for source in sources:
        path = PROJECT / source
        files = [path] if path.is_file() else sorted(path.rglob("*.py")) + sorted(path.rglob("*.sql"))
        for file in files:
            digest.update(str(file.relative_to(PROJECT)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]
