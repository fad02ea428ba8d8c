"""Rules that several vendors share for filling one column from another."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.catalog.kinds import KINDS
from icp_pipeline.sources.table.cell_columns import Cells, column_rules, map_values
from icp_pipeline.sources.values.by_type import plain
from icp_pipeline.sources.values.countries import country_code
from icp_pipeline.sources.values.currency_marks import SHARED_SIGNS, currency_mark, split_mark
from icp_pipeline.sources.values.domains import is_free_mail, registrable_domain
from icp_pipeline.sources.values.ranges import Range, parse_range_text
from icp_pipeline.sources.values.titles import seniority_of

_NOT_DIGITS = r"[^0-9.,\s-]"
# A technology not seen for this long before the site's last visit is gone.
GONE_AFTER_DAYS = 180
_COUNTED_TWICE = "an earlier row has the same group, user and day: sum them up in the query that unloads the table"


def country(name: str, code: str) -> Callable[[Cells], None]:
    """Fill a country's ISO-2 column from its name."""

    def finish(cells: Cells) -> None:
        cells.derive(code, name, country_code)
        cells.fill(name, code)

    return finish


def person(cells: Cells) -> None:
    """What else a title and an address give: seniority beside `role`, free mail beside `email_domain`."""
    for source, name, tell in (("role", "seniority", seniority_of), ("email_domain", "is_free_mail", _free_mail)):
        if source in cells.raw:
            cells.columns[name] = pc.coalesce(cells.get(name), map_values(cells.raw[source], tell))


def _free_mail(address: str) -> str | None:
    return None if not address.strip() else "true" if is_free_mail(address) else "false"


def answers_only(cells: Cells) -> None:
    """Survey tools write a second header row; a row without score, time and account is not an answer."""
    says_nothing = pc.is_null(cells.get("score"))
    for column in ("responded_at", "account_key", "domain"):
        says_nothing = pc.and_(says_nothing, pc.is_null(cells.get(column)))
    reason = "no answer: a second header row, or a row without score, date and account"
    for row in np.flatnonzero(says_nothing.to_numpy(zero_copy_only=False)):
        cells.refused_rows[int(row)] = (cells.spellings.get("score", "score"), reason)


def counted_once(cells: Cells) -> None:
    """Daily usage has one row per group, user and day; of a finer table only a part would be counted."""
    of_row = ("group_id", "user_id", "usage_date")
    keys = pa.table({name: cells.get(name).dictionary_encode().indices for name in of_row}).to_pandas()
    again = keys.duplicated() & keys["usage_date"].notna()
    cells.refuse("usage_date", pa.array(again), _COUNTED_TWICE)


def won_by_day(cells: Cells) -> None:
    """A deal with a won date is won, and closed on that date; with an unusable date the outcome is unknown."""
    if not cells.has("won_on"):
        return
    won = pc.is_valid(cells.get("won_on")).to_numpy(zero_copy_only=False)
    flags = np.where(won, "true", "false").astype(object)
    for problem in cells.problems:
        if problem.column == cells.spellings["won_on"]:
            flags[problem.rows] = None
    cells.columns["is_won"] = pc.coalesce(cells.get("is_won"), pa.array(flags, pa.string()))
    cells.fill("close_date", "won_on")


def domain_from_key(cells: Cells) -> None:
    """An account named by its domain: the key column stays, and the domain column gets it too."""
    cells.derive("domain", "account_key", lambda key: registrable_domain(key) if "." in key else None)


def fixed(column: str, value: str) -> Callable[[Cells], None]:
    """A constant for files without the column; blank cells of an existing column stay unknown."""

    def finish(cells: Cells) -> None:
        if not cells.has(column):
            cells.columns[column] = pa.array([value] * cells.size, pa.string())

    return finish


def chain(*steps: Callable[[Cells], None]) -> Callable[[Cells], None]:
    """Several rules, one after the other."""

    def finish(cells: Cells) -> None:
        for step in steps:
            step(cells)

    return finish


def range_ends(source: str, low: str, high: str, money: bool = False) -> Callable[[Cells], None]:
    """Low and high end of a range column as written."""

    def finish(cells: Cells) -> None:
        if source not in cells.raw:
            return
        text = cells.raw[source]
        usable = pc.if_else(pc.is_valid(cells.get(source)), text, None)
        rules = column_rules(text, "money_range" if money else "range", cells.rules)

        def read(value: str) -> Range:
            return parse_range_text(split_mark(value)[0] if money else value, rules, repair_months=not money)

        cells.columns[low] = map_values(usable, lambda value: _plain_end(read(value).low))
        cells.columns[high] = map_values(usable, lambda value: _plain_end(read(value).high))

    return finish


def _plain_end(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def is_live(cells: Cells) -> None:
    """Seen within half a year of the site's last visit; a manifest that says `removed` wins."""
    found, indexed = _days(cells.get("last_found")), _days(cells.get("last_indexed"))
    age = pc.subtract(indexed, found)
    live = pc.if_else(pc.less_equal(age, GONE_AFTER_DAYS), "true", "false")
    cells.columns["is_live"] = pc.coalesce(cells.get("is_live"), live)


def _days(dates: pa.Array) -> pa.Array:
    return pc.cast(pc.cast(dates, pa.date32()), pa.int32())


def currencies(kind_name: str) -> Callable[[Cells], None]:
    """A currency inside an amount fills an empty currency cell; if the two differ, the amount is rejected."""
    pairs = KINDS[kind_name].currency_of

    def finish(cells: Cells) -> None:
        for amount, currency in pairs.items():
            take_mark(cells, amount, currency)

    return finish


def take_mark(cells: Cells, amount: str, currency: str) -> None:
    """Pair an amount with the mark in its own cell; if the row names another, the amount is rejected."""
    mark = marks_of(cells, amount)
    if mark is None:
        return
    if amount.endswith("_usd"):
        mark = pc.if_else(pc.equal(mark, "$"), "USD", mark)
    mark = pc.if_else(pc.is_valid(cells.get(amount)), mark, None)
    known = cells.get(currency)
    for sign in SHARED_SIGNS:
        fits = pc.and_kleene(pc.equal(mark, sign), pc.is_in(known, pa.array(sorted(SHARED_SIGNS[sign]))))
        mark = pc.if_else(pc.fill_null(fits, False), known, mark)
    clash = pc.not_equal(mark, known)
    cells.refuse(amount, clash, "amount and currency column name different currencies")
    cells.columns[currency] = pc.coalesce(known, mark)


def marks_of(cells: Cells, amount: str) -> pa.Array | None:
    """The marks in the cells of a column; None if there are none."""
    return marks_in(cells.raw[amount]) if amount in cells.raw else None


def marks_in(raw: pa.Array) -> pa.Array | None:
    """The mark in each cell; None if no cell has one."""
    if not pc.any(pc.match_substring_regex(raw, _NOT_DIGITS)).as_py():
        return None
    marks = map_values(raw, currency_mark)
    return None if marks.null_count == len(marks) else marks


def second_amount(amount: str, currency: str, other: str, other_currency: str) -> Callable[[Cells], None]:
    """If a row has no amount of its own, use the other one with its own currency."""

    def finish(cells: Cells) -> None:
        take_mark(cells, other, other_currency)
        own = pc.is_valid(cells.get(amount))
        has_other = pc.and_(pc.invert(own), pc.is_valid(cells.get(other)))
        its_currency = cells.get(other_currency)
        if amount.endswith("_usd"):
            its_currency = pc.if_else(pc.equal(its_currency, "$"), "USD", its_currency)
        cells.columns[currency] = pc.if_else(has_other, its_currency, cells.get(currency))
        cells.fill(amount, other)

    return finish


def intervals(cells: Cells) -> None:
    """Split `3 month` into the unit and `interval_count`; a separate count must agree, or count a plain unit."""
    given = cells.get("billing_interval")
    unit = map_values(given, lambda text: text.rpartition(" ")[2])
    named = map_values(given, lambda text: text.rpartition(" ")[0] or "1")
    own = cells.get("interval_count")
    is_whole = pc.fill_null(pc.match_substring_regex(own, r"^[1-9]\d{0,2}$"), True)
    reason = "not a number of intervals: expected a whole number such as 3"
    cells.refuse("interval_count", pc.invert(is_whole), reason)
    cells.columns["billing_interval"] = pc.if_else(is_whole, unit, None)
    own = pc.if_else(is_whole, own, None)
    plain = pc.fill_null(pc.equal(named, "1"), False)
    agrees = pc.or_(pc.fill_null(pc.equal(own, "1"), True), pc.fill_null(pc.equal(own, named), True))
    clash = pc.and_(pc.invert(plain), pc.invert(agrees))
    clash = pc.and_(clash, pc.is_valid(named))
    cells.refuse("billing_interval", clash, "it names a number of intervals, and the count column names another")
    count = pc.if_else(plain, pc.coalesce(own, named), named)
    is_there = pc.is_valid(cells.get("billing_interval"))
    cells.columns["interval_count"] = pc.if_else(is_there, count, pa.scalar(None, pa.string()))
