"""Under which headers vendors' files carry each column of the lake: where a value is from, in the words of its file."""

from __future__ import annotations

from icp_pipeline.sources.vendor_files import LAYOUTS


def landed_headers() -> dict[str, dict[str, tuple[str, ...]]]:
    """By kind of row and column: the known spellings of its header, the most telling first."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for source in sorted(LAYOUTS):
        for layout in LAYOUTS[source]:
            columns = found.setdefault(layout.kind, {}) if layout.kind else {}
            for column, names in layout.aliases.items():
                columns[column] = tuple(dict.fromkeys((*columns.get(column, ()), *names)))
    return found
