"""Finds segments of `content.yaml` that no known company is in, using the published version."""

from __future__ import annotations

from collections.abc import Iterator

from icp_pipeline import duck
from icp_pipeline.errors import nearest
from icp_pipeline.home import Home
from icp_pipeline.settings import website
from icp_pipeline.settings.load import line_in
from icp_pipeline.settings.schema import Settings
from icp_pipeline.settings.tables import attribute_types, range_levels
from icp_pipeline.warehouse.version_reader import read_version
from icp_pipeline.warehouse.versions import live_version_file

_LEVELS = "select distinct attribute, level from core.account_attributes where not is_blank"


def segments_of_nobody(home: Home, settings: Settings) -> Iterator[str]:
    """One finding per segment, with its line and the most similar level; none if nothing is published."""
    path = live_version_file(home.root)
    if settings.content is None or path is None:
        return
    try:
        with read_version(path) as connection:
            rows = connection.execute(_LEVELS).fetchall()
    except duck.DuckError:
        # From another release; what is in the file can be checked without it.
        return
    known: dict[str, dict[str, str]] = {}
    for attribute, level in rows:
        known.setdefault(attribute, {})[level.casefold()] = level
    file = home.root / website.FILE_NAME
    types, _ = attribute_types(settings)
    for name, slot in settings.content.slots.items():
        levels = known.get(slot.by, {})
        ranges = {key.casefold(): bins for key, bins in range_levels(settings, slot.by).items()}
        if types.get(slot.by) == "numeric" and not ranges:
            # Bins from the data: only a run knows which of them a range contains.
            continue
        for variant, segments in slot.variants.items():
            for segment in segments:
                bins = ranges.get(segment.casefold(), (segment,))
                if not any(level.casefold() in levels for level in bins):
                    place = ("slots", name, "variants", variant)
                    yield (
                        f"{file}:{line_in(file, place)}: {'.'.join(place)}: no known company has {slot.by} "
                        f"'{segment}', so nobody would see it for that.{nearest(segment, levels.values())} "
                        f"{_listed(slot.by, sorted(levels.values()))}"
                    )


def _listed(attribute: str, levels: list[str]) -> str:
    if not levels:
        return f"No company has a known {attribute}: see `segments.attribute_fills`."
    more = f" and {len(levels) - 12} more" if len(levels) > 12 else ""
    return f"Known: {', '.join(levels[:12])}{more}."
