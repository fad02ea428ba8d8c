"""The vendors whose files can be read: every module of `vendors/` is one; they are not listed anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path

from icp_pipeline.catalog.kinds import KINDS, LAKE
from icp_pipeline.errors import SourceError, nearest
from icp_pipeline.sources import vendors
from icp_pipeline.sources.table.deletions import with_marks
from icp_pipeline.sources.table.recognition import Layout
from icp_pipeline.sources.table.vendor import Vendor

VENDORS = Path(vendors.__file__).parent


@cache
def known_vendors() -> dict[str, Vendor]:
    """Vendors by folder below landing/; raises SourceError naming every invalid module, layout and column."""
    problems, found = [], {}
    for name in vendors.folders():
        module = import_module(f"{vendors.__name__}.{name}")
        vendor: Vendor = getattr(module, "VENDOR", Vendor(()))
        said = [f"{layout.name}: {problem}" for layout in vendor.layouts for problem in _problems(layout)]
        if not vendor.layouts:
            said = [f"nobody reads landing/{name}: it has no `VENDOR = Vendor(LAYOUTS)` with at least one layout"]
        problems += [f"{module.__file__}: {problem}" for problem in said]
        if not said:
            found[name] = replace(vendor, layouts=tuple(map(with_marks, vendor.layouts)))
    if problems:
        raise SourceError("\n".join(problems))
    return found


def _problems(layout: Layout) -> Iterator[str]:
    """Problems of a layout: what the catalog does not know."""
    if layout.kind is None:
        return
    if layout.kind not in KINDS:
        yield f"there is no kind '{layout.kind}'.{nearest(layout.kind, KINDS)} Describe it in {LAKE}, in any .txt"
        return
    kind = KINDS[layout.kind]
    for columns, known in ((layout.aliases, kind.readable), (layout.lists, kind.lists)):
        for name in columns:
            if name not in known:
                yield (
                    f"kind {kind.name} has no column '{name}'.{nearest(name, known)} Correct it, make it `scratch` if "
                    f"it only fills another, or add it at {kind.path}:{kind.line}"
                )
    for name in layout.required:
        if name not in layout.all_aliases:
            yield f"no header leads to '{name}', which kind {kind.name} cannot do without: add it to `aliases`"


def landed_headers() -> dict[str, dict[str, tuple[str, ...]]]:
    """By kind of row and column: the known spellings of its header, most specific first."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for vendor in known_vendors().values():
        for layout in vendor.layouts:
            columns = found.setdefault(layout.kind, {}) if layout.kind else {}
            for column, names in layout.aliases.items():
                columns[column] = tuple(dict.fromkeys((*columns.get(column, ()), *names)))
    return found
