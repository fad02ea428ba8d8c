"""Rules that several vendors share for filling one column from another."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.sources.cells import Cells, column_rules, map_values
from icp_pipeline.sources.countries import country_code
from icp_pipeline.sources.currency_marks import SHARED_SIGNS, currency_mark, split_mark
from icp_pipeline.sources.domains import registrable_domain
from icp_pipeline.sources.kinds import KINDS
from icp_pipeline.sources.ranges import Range, parse_range_text
from icp_pipeline.sources.values import plain

# A technology not seen for this long before the site was last looked at is gone.
GONE_AFTER_DAYS = 180


def country(name: str, code: str) -> Callable[[Cells], None]:
    """Fill a country's ISO-2 column from its name."""

    def finish(cells: Cells) -> None:
        cells.derive(code, name, country_code)
        cells.fill(name, code)

    return finish


def domain_from_key(cells: Cells) -> None:
    """An account named by its domain: the key column stays as it is, the domain column gets it too."""
    cells.derive("domain", "account_key", lambda key: registrable_domain(key) if "." in key else None)


def fixed(column: str, value: str) -> Callable[[Cells], None]:
    """A constant for files that leave the column out; blank cells of a present column stay unknown."""

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
    """Low and high end of a range column as it was written."""

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
    """A currency written inside an amount fills an empty currency cell; one that contradicts it spoils the amount."""
    pairs = KINDS[kind_name].currency_of

    def finish(cells: Cells) -> None:
        for amount, currency in pairs.items():
            if amount in cells.raw:
                _take_mark(cells, amount, currency)

    return finish


def _take_mark(cells: Cells, amount: str, currency: str) -> None:
    """Pair an amount with the mark of its own cell; where the row names another, neither is sure."""
    mark = map_values(cells.raw[amount], currency_mark)
    if mark.null_count == len(mark):
        return
    mark = pc.if_else(pc.is_valid(cells.get(amount)), mark, None)
    known = cells.get(currency)
    for sign in SHARED_SIGNS:
        fits = pc.and_kleene(pc.equal(mark, sign), pc.is_in(known, pa.array(sorted(SHARED_SIGNS[sign]))))
        mark = pc.if_else(pc.fill_null(fits, False), known, mark)
    clash = pc.not_equal(mark, known)
    cells.refuse(amount, clash, "amount and currency column name different currencies")
    cells.columns[currency] = pc.coalesce(known, mark)
