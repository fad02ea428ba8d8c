"""Which of several files of one kind is newer: by file time, and if that says nothing, by name.

Copies, checkouts and bulk downloads leave times that are seconds apart and say nothing about the exports' age. So
files changed in quick succession count as equally old, and their names decide: `(1)` after none, 10 after 9, a date in
a name by its year first. Among exports whose names differ only by date, none is newer than one of a later date: a file
that was downloaded again, or restored, is as old as it was.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from icp_pipeline.sources.values.month_names import MONTHS

Item = TypeVar("Item")
NameKey = tuple[tuple[int, int, str], ...]

# A longer pause between two files separates them.
PAUSE_NS = 60 * 1_000_000_000
# Whole words only: marketing is not a month.
_MONTH = rf"(?<![^\W\d_])({'|'.join(sorted(MONTHS, key=len, reverse=True))})(?![^\W\d_])"
# 2026-11-20, 2026_11_20 and 20261120 are the same date.
_YEAR_FIRST = re.compile(r"(?<!\d)((?:19|20)\d{2})([-._]?)(0[1-9]|1[0-2])\2([0-2]\d|3[01])")
# A year that starts a date is not the end of another one.
_YEAR = r"((?:19|20)\d{2})(?!\d|-\d\d-\d\d)"
_YEAR_LAST = re.compile(rf"(?<!\d)(\d{{1,2}})([-._/ ])(\d{{1,2}})\2{_YEAR}")
_DAY_MONTH_NAME = re.compile(rf"(?<!\d)(\d{{1,2}})[-._ ]*{_MONTH}[-._, ]*{_YEAR}")
_MONTH_NAME_DAY = re.compile(rf"{_MONTH}[-._ ]*(\d{{1,2}})[-._, ]+{_YEAR}")
_MONTH_NAME_YEAR = re.compile(rf"{_MONTH}[-._, ]*{_YEAR}")
_DAY = re.compile(r"(?:19|20)\d{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")
# 25-10-2026-09-15 is a date with a time after it, or a number and a date.
_EITHER_WAY = re.compile(r"(?<!\d)\d{1,2}-\d{1,2}-(?:19|20)\d{2}-\d\d-\d\d")


def newest_last(items: Iterable[Item], name: Callable[[Item], str], mtime_ns: Callable[[Item], int]) -> list[Item]:
    """Oldest first; the position in this list is what the models read as `source_order`."""
    listed = list(items)
    names = [name(item) for item in listed]
    conventions = _conventions(names)
    series = _series(names, conventions)
    times = _no_newer_than_later_days([mtime_ns(item) for item in listed], series)
    moment, before = 0, 0
    keyed = []
    for place in sorted(range(len(listed)), key=times.__getitem__):
        moment += times[place] - before > PAUSE_NS
        before = times[place]
        day_first = conventions[_folder(names[place])]
        keyed.append((moment, natural(names[place], day_first), names[place], place))
    return [listed[place] for place in _days_in_order([place for *_, place in sorted(keyed)], series)]


def _series(names: Sequence[str], conventions: Mapping[str, bool | None]) -> list[list[tuple[str, int]]]:
    """Exports whose names differ only by date, each with its date and its position among the names."""
    series: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for place, name in enumerate(names):
        if found := _day_of(name, conventions[_folder(name)]):
            series[found[1]].append((found[0], place))
    return list(series.values())


def _no_newer_than_later_days(times: Sequence[int], series: Iterable[Iterable[tuple[str, int]]]) -> list[int]:
    """The same times, but none of a series is later than that of a later date."""
    limited = list(times)
    for members in series:
        limit = max(times)
        for _, of_a_day in itertools.groupby(sorted(members, reverse=True), key=lambda member: member[0]):
            places = [place for _, place in of_a_day]
            for place in places:
                limited[place] = min(times[place], limit)
            limit = min(limited[place] for place in places)
    return limited


def _days_in_order(places: Sequence[int], series: Iterable[Iterable[tuple[str, int]]]) -> list[int]:
    """The same order, but files of a series that are equally old are ordered by date."""
    stands_at = {place: at for at, place in enumerate(places)}
    ordered = list(places)
    for members in series:
        by_day = sorted((day, stands_at[place]) for day, place in members)
        for at, (_, taken) in zip(sorted(at for _, at in by_day), by_day, strict=True):
            ordered[at] = places[taken]
    return ordered


def _folder(name: str) -> str:
    """The folder of a file, where folders that differ only in numbers count as one: they have one date format."""
    return re.sub(r"\d", "", name.casefold().rpartition("/")[0])


def _conventions(names: Iterable[str]) -> dict[str, bool | None]:
    """By folder, whether its dates start with the day."""
    folders: dict[str, list[str]] = defaultdict(list)
    for name in names:
        folders[_folder(name)].append(name)
    return {folder: day_stands_first(inside) for folder, inside in folders.items()}


def _day_of(name: str, day_first: bool | None) -> tuple[str, str] | None:
    """The one date in a name, and the rest of the name; None if there is no certain date."""
    if day_first is None and any(max(pair) <= 12 for pair in _year_last(name)):
        return None
    text = _dates_year_first(name.casefold(), day_first)
    days = {*_DAY.findall(text)}
    is_sure = len(days) == 1 and not _EITHER_WAY.search(text)
    return (days.pop(), re.sub(r"\d", "", text)) if is_sure else None


def day_stands_first(names: Iterable[str]) -> bool | None:
    """Whether dates such as 20-11-2026 start with the day, if some name proves it; None if none does."""
    firsts, seconds = set(), set()
    for name in names:
        for first, second in _year_last(name):
            firsts.add(first > 12)
            seconds.add(second > 12)
    if True in firsts and True not in seconds:
        return True
    return False if True in seconds and True not in firsts else None


def _year_last(name: str) -> list[tuple[int, int]]:
    """The two numbers before the year of each date that ends with it."""
    return [(int(first), int(second)) for first, _, second, _ in _YEAR_LAST.findall(_year_first(name))]


def _year_first(name: str) -> str:
    return _YEAR_FIRST.sub(r"\1-\3-\4", name)


def natural(name: str, day_first: bool | None = None) -> NameKey:
    """A sort key: numbers compare as numbers, dates as dates, and a name without a counter comes first."""
    stem = re.sub(r"(\.[a-z]{1,7}){1,2}$", "", name.casefold())
    parts = re.split(r"(\d+)", _dates_year_first(stem, day_first))
    return tuple((int(part.isdigit()), int(part) if part.isdigit() else 0, part) for part in parts if part)


def _dates_year_first(name: str, day_first: bool | None) -> str:
    def named(day: str, month: str, year: str) -> str:
        return f"{year}-{MONTHS[month]:02d}-{int(day):02d}"

    def numbered(found: re.Match[str]) -> str:
        first, second, year = int(found[1]), int(found[3]), found[4]
        if first > 12 or second > 12 or day_first is not None:
            day, month = (first, second) if first > 12 or (second <= 12 and day_first) else (second, first)
            return f"{year}-{month:02d}-{day:02d}"
        # Day and month cannot be told apart: only the year counts, then the numbers as written.
        return f"{year}-{first:02d}-{second:02d}"

    name = _year_first(name)
    name = _DAY_MONTH_NAME.sub(lambda found: named(found[1], found[2], found[3]), name)
    name = _MONTH_NAME_DAY.sub(lambda found: named(found[2], found[1], found[3]), name)
    name = _MONTH_NAME_YEAR.sub(lambda found: named("0", found[1], found[2]), name)
    return _YEAR_LAST.sub(numbered, name)
