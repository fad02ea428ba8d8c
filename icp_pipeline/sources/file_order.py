"""Which of several files of one kind is newer: by file time, and where that says nothing by name.

Copies, checkouts and downloads in one go leave times that lie seconds apart and say nothing of the exports' age. So
files changed in quick succession count as one moment, and their names decide: `(1)` after none, 10 after 9, a date in
a name by its year first. Of exports that are named alike but for their day the day decides, whatever their times: one
that was downloaded again, or restored, is no newer for that.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
NameKey = tuple[tuple[int, int, str], ...]

# A longer pause between two files begins a new moment.
PAUSE_NS = 60 * 1_000_000_000
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = f"({'|'.join(_MONTHS)})[a-z]*"
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})([-._/ ])(\d{1,2})\2((?:19|20)\d{2})(?!\d)")
_DAY_MONTH_NAME = re.compile(rf"(?<!\d)(\d{{1,2}})[-._ ]*{_MONTH}[-._, ]*((?:19|20)\d{{2}})(?!\d)")
_MONTH_NAME_DAY = re.compile(rf"(?<![a-z]){_MONTH}[-._ ]*(\d{{1,2}})[-._, ]+((?:19|20)\d{{2}})(?!\d)")
_MONTH_NAME_YEAR = re.compile(rf"(?<![a-z]){_MONTH}[-._, ]*((?:19|20)\d{{2}})(?!\d)")
# 2026-11-20, 2026_11_20 and 20261120 are one date.
_YEAR_FIRST = re.compile(r"(?<!\d)((?:19|20)\d{2})[-._]?(0[1-9]|1[0-2])[-._]?([0-2]\d|3[01])")
_DAY = re.compile(r"(?:19|20)\d{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")


def newest_last(items: Iterable[Item], name: Callable[[Item], str], mtime_ns: Callable[[Item], int]) -> list[Item]:
    """Oldest first; the place in this list is what the models read as `source_order`."""
    by_time = sorted(items, key=mtime_ns)
    day_first = day_stands_first(name(item) for item in by_time)
    moment, before = 0, 0
    keyed = []
    for time, item in zip(map(mtime_ns, by_time), _days_in_order(by_time, name, day_first), strict=True):
        moment += time - before > PAUSE_NS
        before = time
        keyed.append((moment, natural(name(item), day_first), name(item), item))
    return [item for *_, item in sorted(keyed, key=lambda key: key[:3])]


def _days_in_order(by_time: Sequence[Item], name: Callable[[Item], str], day_first: bool | None) -> list[Item]:
    """The same places, but those of exports that are named alike are taken in the order of their days."""
    series: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for place, item in enumerate(by_time):
        if found := _day_of(name(item), day_first):
            series[found[1]].append((found[0], place))
    ordered = list(by_time)
    for members in series.values():
        for (_, place), (_, taken) in zip(members, sorted(members), strict=True):
            ordered[place] = by_time[taken]
    return ordered


def _day_of(name: str, day_first: bool | None) -> tuple[str, str] | None:
    """The one day that a name gives, and how it is named beside it; None where it gives none that is sure."""
    if day_first is None and any(
        int(first) <= 12 and int(last) <= 12 for first, _, last, _ in _YEAR_LAST.findall(name)
    ):
        return None
    text = _dates_year_first(name.casefold(), day_first)
    days = {*_DAY.findall(text)}
    return (days.pop(), re.sub(r"\d", "", text)) if len(days) == 1 else None


def day_stands_first(names: Iterable[str]) -> bool | None:
    """Whether dates such as 20-11-2026 begin with the day, as far as some name proves it; None when none does."""
    firsts, seconds = set(), set()
    for name in names:
        for first, _, second, _ in _YEAR_LAST.findall(name):
            firsts.add(int(first) > 12)
            seconds.add(int(second) > 12)
    if True in firsts and True not in seconds:
        return True
    return False if True in seconds and True not in firsts else None


def natural(name: str, day_first: bool | None = None) -> NameKey:
    """A key by which numbers compare as numbers, dates as dates, and a name without a counter comes first."""
    stem = re.sub(r"(\.[a-z]{1,7}){1,2}$", "", name.casefold())
    parts = re.split(r"(\d+)", _dates_year_first(stem, day_first))
    return tuple((int(part.isdigit()), int(part) if part.isdigit() else 0, part) for part in parts if part)


def _dates_year_first(name: str, day_first: bool | None) -> str:
    def named(day: str, month: str, year: str) -> str:
        return f"{year}-{_MONTHS.index(month) + 1:02d}-{int(day):02d}"

    def numbered(found: re.Match[str]) -> str:
        first, second, year = int(found[1]), int(found[3]), found[4]
        if first > 12 or second > 12 or day_first is not None:
            day, month = (first, second) if first > 12 or (second <= 12 and day_first) else (second, first)
            return f"{year}-{month:02d}-{day:02d}"
        # Nobody can tell day from month: the year alone counts, then the numbers as they stand.
        return f"{year}-{first:02d}-{second:02d}"

    name = _YEAR_FIRST.sub(r"\1-\2-\3", name)
    name = _DAY_MONTH_NAME.sub(lambda found: named(found[1], found[2], found[3]), name)
    name = _MONTH_NAME_DAY.sub(lambda found: named(found[2], found[1], found[3]), name)
    name = _MONTH_NAME_YEAR.sub(lambda found: named("0", found[1], found[2]), name)
    return _YEAR_LAST.sub(numbered, name)
