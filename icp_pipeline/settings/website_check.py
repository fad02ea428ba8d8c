"""What `content.yaml` must not contain: unknown names, variants that nobody could see, internal words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from icp_pipeline.errors import nearest
from icp_pipeline.settings.schema import Settings
from icp_pipeline.settings.tables import attribute_types, range_levels
from icp_pipeline.settings.website import RESERVED_TRAITS, ContentSettings, SlotSettings, trait_name
from icp_pipeline.tiers import TIERS

# A key of the file, and what is wrong with it.
Problem = tuple[tuple[str, ...], str]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
# What a company is. How it came to us and what it did is internal, and browsers read these files.
_OWN_DIMENSIONS = ("firmographic", "technographic", "organizational", "custom")
_FROM_DEALS = ("committee_size",)


def content_problems(content: ContentSettings, settings: Settings) -> Iterator[Problem]:
    """All errors in the file, in its order; `settings` are those of `icp.yaml`."""
    if content.experiment:
        yield from _named(("experiment", "name"), content.experiment.name)
    for name, slot in content.slots.items():
        here = ("slots", name)
        yield from _named(here, name)
        if slot.default is None:
            yield (
                (*here, "default"),
                "is required, but missing: unknown visitors must see something",
            )
        for key in ("default", "not_icp"):
            if (variant := getattr(slot, key)) is not None:
                yield from _named((*here, key), variant)
        for variant in slot.variants:
            yield from _named((*here, "variants", variant), variant)
        if problem := _unusable(slot.by, settings):
            yield (*here, "by"), problem
        else:
            yield from _segment_problems(here, slot, settings)
    yield from _twin_traits(content, settings)


def _named(place: tuple[str, ...], name: str) -> Iterator[Problem]:
    if not _NAME.fullmatch(name):
        yield place, f"expected a name of lower-case letters, digits and _, found '{name}'"
    for word in (*TIERS, "not_icp"):
        if word in name:
            yield place, f"'{name}' would show '{word}' to browsers, which is internal. Choose another name"
            return


def _unusable(attribute: str, settings: Settings) -> str | None:
    """Why a slot cannot use the attribute."""
    types, dimensions = attribute_types(settings)
    usable = usable_attributes(settings)
    if attribute not in types:
        return f"unknown attribute '{attribute}'.{nearest(attribute, types)} Known: {', '.join(usable)}"
    if attribute not in usable:
        item = settings.attributes.get(attribute)
        if item and not item.enabled:
            return f"'{attribute}' is switched off in icp.yaml (enabled: false), so no company has it"
        told = "is" if attribute in _FROM_DEALS else f"is {dimensions[attribute]}:"
        return (
            f"'{attribute}' {told} internal knowledge about a company; browsers read these files. "
            f"Use one of {', '.join(usable)}"
        )
    return None


def usable_attributes(settings: Settings) -> list[str]:
    """Attributes that a slot can use: what a company is, as configured in icp.yaml."""
    types, dimensions = attribute_types(settings)
    off = {name for name, item in settings.attributes.items() if not item.enabled}
    return [name for name in types if dimensions[name] in _OWN_DIMENSIONS and name not in {*off, *_FROM_DEALS}]


def _segment_problems(here: tuple[str, ...], slot: SlotSettings, settings: Settings) -> Iterator[Problem]:
    """Segments that no company can be in, and variants whose companies all see an earlier one."""
    levels = _levels_of(slot, settings)
    groups = settings.attributes[slot.by].groups if slot.by in settings.attributes else {}
    grouped = {level.casefold(): group for level, group in groups.items() if level.casefold() != group.casefold()}
    takers: dict[str, str] = {}
    for variant, segments in slot.variants.items():
        place = (*here, "variants", variant)
        own: dict[str, None] = {}
        for segment in segments:
            if levels is not None and segment.casefold() not in levels:
                yield place, _not_a_range(slot.by, segment, levels)
                return
            if segment.casefold() in grouped:
                group = grouped[segment.casefold()]
                yield (
                    place,
                    f"icp.yaml puts '{segment}' into the group '{group}', so no company has it: write '{group}'",
                )
                return
            own |= dict.fromkeys(levels[segment.casefold()] if levels is not None else (segment.casefold(),))
        if all(level in takers for level in own):
            earlier = " and ".join(f"'{name}'" for name in dict.fromkeys(takers[level] for level in own))
            yield (
                place,
                f"'{variant}' can never show: its companies are all matched by {earlier} before it. "
                "Move it up, or remove it",
            )
            return
        takers |= {level: variant for level in own if level not in takers}


def _levels_of(slot: SlotSettings, settings: Settings) -> dict[str, tuple[str, ...]] | None:
    """Bins by the name of each range of them; None if a segment is a text, or the bins come from data."""
    return {name.casefold(): bins for name, bins in range_levels(settings, slot.by).items()} or None


def _not_a_range(attribute: str, segment: str, levels: dict[str, tuple[str, ...]]) -> str:
    single = [name for name, bins in levels.items() if len(bins) == 1]
    return (
        f"'{segment}' is not a range of {attribute}.{nearest(segment, single)} "
        f"Ranges begin and end where bins do: {', '.join(single)}"
    )


def _twin_traits(content: ContentSettings, settings: Settings) -> Iterator[Problem]:
    """Two facts with one name in the flag files would be merged."""
    types, _ = attribute_types(settings)
    seen = dict.fromkeys(RESERVED_TRAITS, ("the product's own trait", ""))
    for name, slot in content.slots.items():
        for variant, segments in slot.variants.items():
            for segment in segments:
                is_flag = types.get(slot.by) == "multi"
                fact = slot.by, segment.casefold() if is_flag else ""
                trait = trait_name(slot.by, types.get(slot.by, "categorical"), segment)
                other = seen.setdefault(trait, fact)
                if other != fact:
                    yield (
                        ("slots", name, "variants", variant),
                        f"{' '.join(fact).strip()} and {' '.join(other).strip()} would both be called {trait} in the "
                        "flag files. Rename or group one of them in icp.yaml, or leave one out",
                    )
