"""Caches simulated companies under the fingerprint of the code that makes them, so changes to learning rerun fast."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from bench.method.company import make_company
from bench.method.crm import make_crm
from bench.method.market import make_market
from bench.method.rivals import rival_scores
from bench.method.world import Recipe, World
from icp_pipeline.home import PROJECT

_MAKERS: dict[str, Callable[[Recipe], World]] = {"sample": make_company, "memory": make_market, "crm": make_crm}
_COMMON = ("sql/outcomes", "sql/segments", "icp_pipeline/settings", "bench/method/world.py")
_SOURCES = {
    "sample": (
        *_COMMON,
        "sql/staging",
        "sql/core",
        "icp_pipeline/sample",
        "icp_pipeline/catalog",
        "icp_pipeline/sources",
        "data/icp.yaml",
        "bench/method/company.py",
    ),
    "memory": (*_COMMON, "bench/method/market.py"),
    "crm": (
        *_COMMON,
        "sql/staging",
        "sql/core",
        "icp_pipeline/catalog",
        "icp_pipeline/sources",
        "bench/method/crm.py",
    ),
}
_JUDGES = (*(f"bench/method/{name}.py" for name in ("judge", "cache", "rivals", "prototype")), "icp_pipeline/learning")
_RIVALS = (
    *(f"bench/method/{name}.py" for name in ("rivals", "prototype")),
    *(f"icp_pipeline/learning/{name}.py" for name in ("matrix", "observed")),
)
# Other models are compared on these kinds only; the rest have nothing to rank, or measure something else.
_WITH_RIVALS = ("signal", "texture")


@dataclass(frozen=True)
class Cache:
    """A folder of simulated companies; `reuse` accepts any that is there, whatever code made it.

    Figures are never reused after a change of the learning.
    """

    folder: Path
    reuse: bool = False

    def world(self, recipe: Recipe) -> World:
        """The company from the folder, else made now; with other models' scores for kinds that compare them."""
        path = self.folder / f"{recipe.name}.pickle"
        made_by = fingerprint(_SOURCES[recipe.generator])
        world = self._read(path, made_by)
        if world is None:
            world = _MAKERS[recipe.generator](recipe)
            self._write(path, made_by, world)
        if recipe.kind not in _WITH_RIVALS:
            return world
        return replace(world, rivals=self._rivals(recipe, world, made_by))

    def figures(self, recipe: Recipe, judge: Callable[[World], dict[str, Any]]) -> dict[str, Any]:
        """The company's figures, from the folder if the learning is unchanged, so that a run can be resumed."""
        path, judged_by = self._figures_file(recipe)
        figures = self._read(path, judged_by, exactly=True)
        if figures is None:
            figures = judge(self.world(recipe))
            self._write(path, judged_by, figures)
        return figures

    def is_judged(self, recipe: Recipe) -> bool:
        """Whether the company's figures are cached and up to date."""
        return self._read(*self._figures_file(recipe), exactly=True) is not None

    def _figures_file(self, recipe: Recipe) -> tuple[Path, str]:
        judged_by = fingerprint(_JUDGES if self.reuse else (*_SOURCES[recipe.generator], *_JUDGES))
        return self.folder / f"{recipe.name}.figures.pickle", judged_by

    def _rivals(self, recipe: Recipe, world: World, made_by: str) -> dict:
        path = self.folder / f"{recipe.name}.rivals.pickle"
        judged_by = made_by + fingerprint(_RIVALS)
        scores = self._read(path, judged_by)
        if scores is None:
            scores = rival_scores(world)
            self._write(path, judged_by, scores)
        return scores

    def _read(self, path: Path, made_by: str, *, exactly: bool = False):  # type: ignore[no-untyped-def]
        if not path.is_file():
            return None
        with path.open("rb") as file:
            written_by, found = pickle.load(file)
        return found if (self.reuse and not exactly) or written_by == made_by else None

    def _write(self, path: Path, made_by: str, what: object) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            pickle.dump((made_by, what), file)
        part.replace(path)


@cache
def fingerprint(sources: Iterable[str]) -> str:
    """A hash of these files, and of all files in these folders."""
    digest = hashlib.sha256()
    for source in sources:
        path = PROJECT / source
        files = [path] if path.is_file() else sorted(path.rglob("*.py")) + sorted(path.rglob("*.sql"))
        for file in files:
            digest.update(str(file.relative_to(PROJECT)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]
