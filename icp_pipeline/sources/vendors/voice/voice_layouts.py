"""Feedback and overrides: an opinion on an account's tier, and another tier that somebody chose for it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.sources.table import derive
from icp_pipeline.sources.table.cell_columns import Cells, map_values
from icp_pipeline.sources.table.recognition import Layout
from icp_pipeline.sources.vendors.voice.said import account_of, account_words
from icp_pipeline.sources.words.scrub import scrub

_ACCOUNT = ("account", "account_id", "account_key", "domain", "company_domain")


def scrubbed(column: str) -> Callable[[Cells], None]:
    """Free text without addresses, numbers, names and the account's own name."""

    def finish(cells: Cells) -> None:
        if not cells.has(column):
            return
        texts, keys = cells.get(column).to_pylist(), cells.get("account_key").to_pylist()
        kept = [(text and scrub(text, account_words(key))) or None for text, key in zip(texts, keys, strict=True)]
        cells.columns[column] = pa.array(kept, pa.string())

    return finish


def _without_addresses(cells: Cells) -> None:
    """An account given by an e-mail address is known by its domain; the address is not kept."""
    cells.columns["account_key"] = map_values(cells.get("account_key"), account_of)


def _who_and_when(cells: Cells) -> None:
    """An opinion has an author and a date; a line of a sheet that nobody has filled in is not an opinion."""
    says = pc.or_(pc.is_valid(cells.get("verdict")), pc.is_valid(cells.get("missing")))
    for column in ("respondent", "given_on"):
        lacks = pc.and_(says, pc.is_null(cells.get(column)))
        spelling = cells.spellings.get(column, column)
        reasons = {
            int(row): reason
            for problem in cells.problems
            if problem.column == spelling
            for row, reason in zip(problem.rows, problem.reasons, strict=True)
        }
        for row in np.flatnonzero(lacks.to_numpy(zero_copy_only=False)):
            reason = reasons.get(int(row), "required beside an opinion, but empty")
            cells.refused_rows.setdefault(int(row), (spelling, reason))


def _primary_where_blank(cells: Cells) -> None:
    cells.columns["icp_id"] = pc.fill_null(cells.get("icp_id"), "primary")


LAYOUTS = (
    Layout(
        name="feedback",
        kind="feedback",
        aliases={
            "account_key": _ACCOUNT,
            "given_on": ("given_on", "date"),
            "respondent": ("respondent", "by"),
            "verdict": ("verdict", "Matches your experience?"),
            "reason_code": ("reason_code",),
            "missing": ("missing", "What is missing?"),
        },
        unless=("tier", "until"),
        finish=derive.chain(_without_addresses, derive.domain_from_key, _who_and_when, scrubbed("missing")),
    ),
    Layout(
        name="overrides",
        kind="override",
        aliases={
            "account_key": _ACCOUNT,
            "icp_id": ("icp_id", "icp"),
            "tier": ("tier", "override_tier"),
            "reason_code": ("reason_code",),
            "reason": ("reason",),
            "overridden_by": ("by", "overridden_by", "respondent"),
            "until": ("until",),
        },
        finish=derive.chain(_without_addresses, derive.domain_from_key, _primary_where_blank, scrubbed("reason")),
    ),
)
