"""The shape of a vendor's file: which headers mean which canonical column, and how files are distinguished.

A header is compared folded (NFC, lower case, letters and digits only), so `Account ID`, `ACCOUNT_ID`, `account.id`
and `AccountId` are one name. Position never matters.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from icp_pipeline.catalog.kinds import KINDS
from icp_pipeline.sources.refusal import Held
from icp_pipeline.sources.table.cell_columns import Cells

Names = tuple[str, ...]


@lru_cache(maxsize=1 << 14)
def fold(header: str) -> str:
    """The part of a header that holds its name."""
    return "".join(char for char in unicodedata.normalize("NFC", header).casefold() if char.isalnum())


@dataclass(frozen=True)
class Layout:
    """One recognisable file of one vendor. `kind` None: known, but nothing in it is used.

    `aliases` lists the spellings of each column, most specific first; `scratch` columns are read for `finish` only;
    `unless` are headers that make it a different file; `unless_with` those that do unless one of some others is there,
    because users name their own columns freely. `must` defaults to what the kind requires.
    """

    name: str
    kind: str | None
    aliases: dict[str, Names] = field(default_factory=dict)
    lists: dict[str, Names] = field(default_factory=dict)
    scratch: dict[str, tuple[str, Names]] = field(default_factory=dict)
    must: Names | None = None
    any_of: Names = ()
    unless: Names = ()
    unless_with: dict[str, Names] = field(default_factory=dict)
    prefixes: Names = ("",)
    nulls: frozenset[str] = frozenset()
    list_commas: bool = False
    epoch: bool = False
    finish: Callable[[Cells], None] | None = None

    @cached_property
    def required(self) -> Names:
        """Canonical columns without which this is a different or an unusable file."""
        if self.must is not None:
            return self.must
        return KINDS[self.kind].headers if self.kind else tuple(self.aliases)

    @cached_property
    def all_aliases(self) -> dict[str, Names]:
        """Aliases of every column that may be read, scratch and list columns too."""
        return self.aliases | self.lists | {name: names for name, (_, names) in self.scratch.items()}

    @cached_property
    def spellings(self) -> dict[str, Names]:
        """The same, folded and with the prefixes that the vendor's tools add."""
        return {
            column: tuple(dict.fromkeys(fold(prefix + name) for name in names for prefix in self.prefixes))
            for column, names in self.all_aliases.items()
        }


@dataclass(frozen=True)
class Match:
    """Positions of a layout's columns in one file: `at` the most specific spelling, `also` the others, in order."""

    layout: Layout
    at: dict[str, int]
    header: Names
    also: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def taken_for(self) -> str:
        """The record type the file was recognised as, and the deciding columns as it spells them."""
        by_fold = {fold(name): name for name in reversed(self.header)}
        telling = [by_fold.get(fold(prefix + name)) for name in self.layout.any_of for prefix in self.layout.prefixes]
        columns = [self.spelling(column) for column in self.layout.required if column in self.at]
        columns += [name for name in telling if name][:1]
        return f"{self.layout.name}, by {', '.join(dict.fromkeys(columns))}"

    @property
    def wanted(self) -> list[int]:
        """Every position that has to be read."""
        return [*self.at.values(), *(place for places in self.also.values() for place in places)]

    def places(self, column: str) -> tuple[int, ...]:
        """Every position of a canonical column, most specific spelling first."""
        return (self.at[column], *self.also.get(column, ()))

    def spelling(self, column: str) -> str:
        """The header of a canonical column as the file writes it."""
        return self.header[self.at[column]] if column in self.at else column


def recognise(layouts: Sequence[Layout], header: Sequence[str]) -> Match:
    """The layout this header belongs to; raises Held with what was found and the nearest one."""
    folded = [fold(name) for name in header]
    fitting = fits(layouts, header)
    if not fitting:
        raise Held(_nothing_fits(layouts, header, folded))
    best = max(fitting, key=_closest)
    _refuse_tie(best, fitting, folded)
    if best.layout.kind == "usage_daily":
        # Events are read in parts, so two columns cannot be compared as a whole.
        for position in best.at.values():
            refuse_duplicate(best.header, folded, position)
    return best


def fits(layouts: Sequence[Layout], header: Sequence[str]) -> list[Match]:
    """Every layout that this header could belong to."""
    folded = [fold(name) for name in header]
    return [match for layout in layouts if (match := _fit(layout, header, folded))]


def forced(layouts: Sequence[Layout], header: Sequence[str]) -> Match | None:
    """The closest of these whose required columns are there, whatever else the header has."""
    bare = [replace(layout, unless=(), unless_with={}, any_of=()) for layout in layouts]
    return max(fits(bare, header), key=_closest, default=None)


def _closest(match: Match) -> tuple[int, int]:
    return len(match.layout.required), len(match.at)


def _refuse_tie(best: Match, fitting: Sequence[Match], folded: Sequence[str]) -> None:
    """Raises Held if another kind of file fits as well, with the columns that would decide."""
    for other in fitting:
        is_other = other.layout.kind != best.layout.kind
        if is_other and _closest(other) == _closest(best):
            mine, theirs = (_only(*pair, folded) for pair in ((best, other), (other, best)))
            raise Held(
                f"it may be {best.layout.name} or {other.layout.name}: both have the same columns here. Export it with "
                f"{mine} if it is {best.layout.name}, with {theirs} if it is {other.layout.name}; or map it under "
                "`sources:` in icp.yaml"
            )


def _only(match: Match, other: Match, folded: Sequence[str]) -> str:
    """The first columns that this kind of file has, the other does not, and this file lacks."""
    known = {fold(name) for names in other.layout.all_aliases.values() for name in names} | {*folded}
    firsts = [names[0] for column, names in match.layout.all_aliases.items() if column not in match.at]
    return " or ".join([f"'{name}'" for name in firsts if fold(name) not in known][:3]) or "more of its columns"


def positions(layout: Layout, folded: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Positions of each column, for every spelling in the file; most specific first."""
    where: dict[str, list[int]] = {}
    for position, name in enumerate(folded):
        where.setdefault(name, []).append(position)
    found = {}
    for column, spellings in layout.spellings.items():
        places = tuple(place for spelling in spellings for place in where.get(spelling, ()))
        if places:
            found[column] = places
    return found


def _is_another(layout: Layout, present: set[str]) -> bool:
    if any(fold(prefix + name) in present for name in layout.unless for prefix in layout.prefixes):
        return True
    return any(
        any(fold(prefix + name) in present for prefix in layout.prefixes)
        and not any(fold(prefix + own) in present for own in owns for prefix in layout.prefixes)
        for name, owns in layout.unless_with.items()
    )


def _fit(layout: Layout, header: Sequence[str], folded: Sequence[str]) -> Match | None:
    present = set(folded)
    if _is_another(layout, present):
        return None
    if layout.any_of and not any(
        fold(prefix + name) in present for name in layout.any_of for prefix in layout.prefixes
    ):
        return None
    found = positions(layout, folded)
    if not all(column in found for column in layout.required):
        return None
    at = {column: places[0] for column, places in found.items()}
    return Match(layout, at, tuple(header), {column: places[1:] for column, places in found.items() if places[1:]})


def refuse_duplicate(header: Sequence[str], folded: Sequence[str], position: int) -> None:
    """A required column that the file has twice blocks the file: it is unclear which one is meant."""
    same = [index for index, name in enumerate(folded) if name == folded[position]]
    if len(same) > 1:
        places = " and ".join(str(index + 1) for index in same)
        raise Held(f"column '{header[position]}' occurs twice, at positions {places}: remove one of them")


def _nothing_fits(layouts: Sequence[Layout], header: Sequence[str], folded: Sequence[str]) -> str:
    present = set(folded)
    ruled_out = [layout for layout in layouts if _is_another(layout, present)]
    usable = [layout for layout in layouts if layout.kind and layout not in ruled_out]
    usable = usable or [layout for layout in layouts if layout.kind]
    nearest = max(usable, key=lambda layout: _closeness(layout, folded))
    at = positions(nearest, folded)
    missing = [column for column in nearest.required if column not in at]
    hints = [_missing(nearest, column, header, folded) for column in missing]
    wanted = "; ".join(hints) or "a column that tells it from the vendor's other files: " + ", ".join(
        nearest.any_of[:4]
    )
    shown = ", ".join(header[:12]) + (f" and {len(header) - 12} more" if len(header) > 12 else "")
    return (
        f"not recognised. Nearest is {nearest.name}; missing: {wanted}. Found: {shown}. Export it with what is "
        "missing; if it is something else, map it under `sources:` in icp.yaml or take it out of landing/"
    )


def _closeness(layout: Layout, folded: Sequence[str]) -> tuple[int, float]:
    """Columns shared with the layout, less required ones that are missing; then the share of those it has."""
    at = positions(layout, folded)
    needed = sum(column in at for column in layout.required)
    return len(at) - (len(layout.required) - needed), needed / max(1, len(layout.required))


def _missing(layout: Layout, column: str, header: Sequence[str], folded: Sequence[str]) -> str:
    names = layout.all_aliases[column]
    return " or ".join(f"'{name}'" for name in names[:3]) + nearest_header(names, header, folded)


def nearest_header(names: Sequence[str], header: Sequence[str], folded: Sequence[str]) -> str:
    """A hint such as ` (is it 'Acount Id'?)`, or an empty string."""
    by_fold = dict(zip(folded, header, strict=True))
    for name in names:
        near = difflib.get_close_matches(fold(name), list(by_fold), n=1, cutoff=0.75)
        if near:
            return f" (is it '{by_fold[near[0]]}'?)"
    return ""
