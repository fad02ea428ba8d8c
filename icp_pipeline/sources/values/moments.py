"""Dates and times -> `YYYY-MM-DD` and UTC. The order of day and month is declared, never guessed.

A month name needs no order, in any language that `month_names` knows. Two-digit years are 1950-2049.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from icp_pipeline.sources.declared.cell_rules import Rules
from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.values.month_names import FILLERS, is_weekday, month_of
from icp_pipeline.sources.values.numerals import in_ascii

_CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:\s*([AaPp])\.?\s?[Mm]\.?)?"
_OFFSET = r"(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})"
_TAIL = rf"(?:(?:,?[T ]|,)\s*{_CLOCK})?\s*{_OFFSET}?"
_ISO = re.compile(rf"(\d{{4}})([-/.])\s?(\d{{1,2}})\2\s?(\d{{1,2}})\.?{_TAIL}")
_EAST = re.compile(rf"(\d{{4}}) ?([年년]) ?(\d{{1,2}}) ?[月월] ?(\d{{1,2}}) ?[日일]{_TAIL}")
_COMPACT = re.compile(rf"(\d{{4}})()(\d{{2}})(\d{{2}}){_TAIL}")
_API_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.0+)?Z")
_LOCAL = re.compile(rf"(\d{{1,2}})([-/.])\s?(\d{{1,2}})\2\s?(\d{{4}}|\d{{2}})\.?{_TAIL}")
_NAMED = re.compile(rf"(?P<day>[^:]*[^\W\d_][^:]*?)(?:[\s,T]\s*{_CLOCK}\s*{_OFFSET}?)?")
_BETWEEN_NAMES = re.compile(r"[\s.,/'’ºª-]*")
# Seconds, milliseconds, or microseconds as in GA4.
_EPOCH = re.compile(r"\d{10}(?:\d{3}|\d{6})?")
_YEARS = range(1950, 2101)
_FIRST_SHORT_YEAR = _YEARS.start % 100
_LAST_DAY = 31
_ZONES: dict[str, ZoneInfo] = {"UTC": ZoneInfo("UTC")}


def parse_date(text: str, rules: Rules) -> str | None:
    """`YYYY-MM-DD`: the date as written, except for a timestamp on another date in the declared zone.

    Midnight counts as a date: as written, or in the declared zone. Any other UTC timestamp is converted
    to the declared zone, and one with its own offset keeps its date there.
    """
    moment, has_zone = moment_of(text, rules)
    if has_zone and moment.time() != time():
        local = moment.astimezone(_zone(rules.timezone))
        moment = local if local.time() == time() or not moment.utcoffset() else moment
    return moment.strftime("%Y-%m-%d")


def parse_event_day(text: str, rules: Rules) -> str | None:
    """The UTC date of a timestamp; a date without a time stays as it is, whatever the zone."""
    moment = parse_datetime(text, rules) if ":" in text else parse_date(text, rules)
    return moment and moment[:10]


def parse_datetime(text: str, rules: Rules) -> str | None:
    """`YYYY-MM-DD HH:MM:SS[.ffffff]` in UTC; without a zone it is in the declared one, and a date alone stays."""
    if _API_MOMENT.fullmatch(text):
        with suppress(ValueError):
            moment = _in_years(datetime.fromisoformat(text[:19]))
            return moment.isoformat(sep=" ")
    return _in_utc(*moment_of(text, rules), text)


def _in_utc(moment: datetime, has_zone: bool, text: str) -> str:
    moment = moment.astimezone(UTC) if has_zone or ":" in text else moment
    return moment.replace(tzinfo=None).isoformat(sep=" ")


def parse_touch_moment(text: str, rules: Rules) -> str | None:
    """The time of a touch, in UTC; None for midnight, as written or in the declared zone: a date without a time."""
    moment, has_zone = moment_of(text, rules)
    is_day = time() in (moment.time(), moment.astimezone(_zone(rules.timezone)).time())
    return None if is_day else _in_utc(moment, has_zone, text)


def moment_of(text: str, rules: Rules) -> tuple[datetime, bool]:
    """The timestamp, and whether its zone is written; if not it is in the declared zone."""
    text = in_ascii(text)
    if rules.epoch and _EPOCH.fullmatch(text):
        seconds = int(text) / 10 ** (len(text) - 10)
        return _in_years(datetime.fromtimestamp(seconds, UTC)), True
    year_first = _ISO.fullmatch(text) or _EAST.fullmatch(text) or _COMPACT.fullmatch(text)
    if year_first:
        year, _, month, day, *clock, zone = year_first.groups()
        return _build(year, month, day, clock, zone, rules), zone is not None
    local = _LOCAL.fullmatch(text)
    if local and rules.date_order != "ymd":
        first, _, second, year, *clock, zone = local.groups()
        day, month = (first, second) if rules.date_order == "dmy" else (second, first)
        return _build(year, month, day, clock, zone, rules), zone is not None
    named = _NAMED.fullmatch(text)
    parts = _named_day(named["day"], rules) if named and not local else None
    if named and parts:
        *clock, zone = named.groups()[1:]
        return _build(*parts, clock, zone, rules), zone is not None
    raise Unusable(_date_advice(text, rules, bool(local)))


def _named_day(text: str, rules: Rules) -> tuple[str, str, str] | None:
    """Year, month and day of a date with a month name; None if it has none."""
    words, numbers = re.findall(r"[^\W\d_]+", text), re.findall(r"\d+", text)
    if len(numbers) != 2 or not _BETWEEN_NAMES.fullmatch(re.sub(r"\w", "", text)):
        return None
    months = [month for word in words if (month := month_of(word))]
    others = [word for word in words if not month_of(word) and word.casefold() not in FILLERS and not is_weekday(word)]
    if len(months) != 1 or others:
        return None
    day, year = numbers
    if len(day) == 4 or (len(year) < 3 and int(day) > _LAST_DAY):
        day, year = year, day
    elif len(year) < 3 and int(year) <= _LAST_DAY and rules.date_order == "ymd":
        raise Unusable(_UNDECLARED)
    return year, str(months[0]), day


_UNDECLARED = "date order not declared: expected YYYY-MM-DD, or declare date_order dmy or mdy for this source"


def _date_advice(text: str, rules: Rules, is_local: bool) -> str:
    if is_local:
        return _UNDECLARED
    if text.replace(".", "", 1).isdigit():
        return "a bare number, not a date: a spreadsheet serial? Format the column as YYYY-MM-DD"
    return {"ymd": "not a date: expected YYYY-MM-DD"}.get(
        rules.date_order, f"not a date: expected {rules.date_order} or YYYY-MM-DD"
    )


def _hour(hour: str, half: str | None) -> int:
    if half and not 1 <= int(hour) <= 12:
        raise Unusable("not a time: hour outside 1-12 with AM/PM")
    return int(hour) % 12 + (12 if half in ("P", "p") else 0) if half else int(hour)


def _year(text: str) -> int:
    """Two-digit years are 1950-2049: no lake has older dates, and no deal closes later."""
    if len(text) != 2:
        return int(text)
    return int(text) + (1900 if int(text) >= _FIRST_SHORT_YEAR else 2000)


def _build(year: str, month: str, day: str, clock: list[str | None], zone: str | None, rules: Rules) -> datetime:
    hour, minute, second, fraction, half = clock
    try:
        moment = datetime(
            _year(year),
            int(month),
            int(day),
            _hour(hour or "0", half),
            int(minute or 0),
            int(second or 0),
            int((fraction or "0")[:6].ljust(6, "0")),
        )
    except ValueError:
        advice = "" if rules.date_order == "ymd" else f" in the declared order {rules.date_order}"
        raise Unusable(f"no such date or time{advice}") from None
    return _with_zone(_in_years(moment), zone, rules)


def _in_years(moment: datetime) -> datetime:
    if moment.year not in _YEARS:
        raise Unusable(f"date outside {_YEARS.start}-{_YEARS.stop - 1}")
    return moment


def _with_zone(moment: datetime, zone: str | None, rules: Rules) -> datetime:
    if zone in ("Z", "UTC", "GMT"):
        return moment.replace(tzinfo=UTC)
    if zone:
        sign = -1 if zone[0] == "-" else 1
        digits = zone[1:].replace(":", "").ljust(4, "0")
        if int(digits[:2]) > 14 or int(digits[2:]) > 59:
            raise Unusable("no such time zone offset")
        return moment.replace(tzinfo=timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))))
    return moment.replace(tzinfo=_zone(rules.timezone))


def _zone(name: str) -> ZoneInfo:
    if name not in _ZONES:
        _ZONES[name] = ZoneInfo(name)
    return _ZONES[name]
