"""Dates and times of day -> `YYYY-MM-DD` and UTC. The order of day and month is declared, never guessed."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.rules import Rules, clean

_CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?"
_OFFSET = r"(Z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})"
_ISO = re.compile(rf"(\d{{4}})([-/])(\d{{1,2}})\2(\d{{1,2}})(?:[T ]{_CLOCK})?\s*{_OFFSET}?")
_API_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.0+)?Z")
_LOCAL = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}})(?:,?[T ]\s*{_CLOCK}\s*([AaPp][Mm])?)?")
_EPOCH = re.compile(r"\d{10}(\d{3})?")
_YEARS = range(1950, 2101)
_ZONES: dict[str, ZoneInfo] = {"UTC": ZoneInfo("UTC")}


def parse_date(text: str, rules: Rules) -> str | None:
    """`YYYY-MM-DD`; a moment with a zone becomes its UTC day."""
    moment, has_zone = moment_of(text, rules)
    return (moment.astimezone(UTC) if has_zone else moment).strftime("%Y-%m-%d")


def parse_event_day(text: str, rules: Rules) -> str | None:
    """The UTC day of a moment; a day without a time of day stays that day, whatever the zone."""
    moment = parse_datetime(text, rules) if ":" in text else parse_date(text, rules)
    return moment and moment[:10]


def parse_datetime(text: str, rules: Rules) -> str | None:
    """`YYYY-MM-DD HH:MM:SS[.ffffff]` in UTC; without a zone it is in the source's declared zone."""
    if _API_MOMENT.fullmatch(text):
        with suppress(ValueError):
            moment = _in_years(datetime.fromisoformat(text[:19]))
            return moment.isoformat(sep=" ")
    moment, _ = moment_of(text, rules)
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")


def moment_of(text: str, rules: Rules) -> tuple[datetime, bool]:
    text = clean(text)
    iso = _ISO.fullmatch(text)
    if iso:
        year, _, month, day, hour, minute, second, fraction, zone = iso.groups()
        return _build(year, month, day, (hour, minute, second, fraction), zone, rules), zone is not None
    local = _LOCAL.fullmatch(text)
    if local and rules.date_order != "ymd":
        first, _, second_part, year, hour, minute, second, fraction, half = local.groups()
        day, month = (first, second_part) if rules.date_order == "dmy" else (second_part, first)
        if half:
            hour = str(_hour_of_12(int(hour), half))
        return _build(year, month, day, (hour, minute, second, fraction), None, rules), False
    if rules.epoch and _EPOCH.fullmatch(text):
        seconds = int(text) / (1000 if len(text) == 13 else 1)
        return _in_years(datetime.fromtimestamp(seconds, UTC)), True
    raise Unusable(_date_advice(text, rules, bool(local)))


def _date_advice(text: str, rules: Rules, is_local: bool) -> str:
    if is_local:
        return "date order not declared: expected YYYY-MM-DD, or declare date_order dmy or mdy for this source"
    if text.replace(".", "", 1).isdigit():
        return "a bare number, not a date: a spreadsheet serial? Format the column as YYYY-MM-DD"
    return {"ymd": "not a date: expected YYYY-MM-DD"}.get(
        rules.date_order, f"not a date: expected {rules.date_order} or YYYY-MM-DD"
    )


def _hour_of_12(hour: int, half: str) -> int:
    if not 1 <= hour <= 12:
        raise Unusable("not a time: hour outside 1-12 with AM/PM")
    return hour % 12 + (12 if half.casefold() == "pm" else 0)


def _build(year: str, month: str, day: str, clock: tuple[str | None, ...], zone: str | None, rules: Rules) -> datetime:
    hour, minute, second, fraction = clock
    try:
        moment = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
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
    if zone in ("Z", "UTC"):
        return moment.replace(tzinfo=UTC)
    if zone:
        sign = -1 if zone[0] == "-" else 1
        digits = zone[1:].replace(":", "").ljust(4, "0")
        if int(digits[:2]) > 14 or int(digits[2:]) > 59:
            raise Unusable("no such time zone offset")
        return moment.replace(tzinfo=timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))))
    if rules.timezone not in _ZONES:
        _ZONES[rules.timezone] = ZoneInfo(rules.timezone)
    return moment.replace(tzinfo=_ZONES[rules.timezone])
