"""Marks of a deleted record: deleted, archived or merged into another, as CRMs and copying tools write them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.catalog.kinds import KINDS
from icp_pipeline.sources.declared.cell_rules import Rules
from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.table.cell_columns import Cells, map_values
from icp_pipeline.sources.table.recognition import Layout, fold
from icp_pipeline.sources.values.by_type import parse_boolean
from icp_pipeline.sources.values.moments import moment_of

# A word or the time of the deletion; a file may have several such columns, and any of them is enough.
_MARKS = (
    *("Deleted", "archived", "is_archived", "_fivetran_deleted", "_ab_cdc_deleted_at", "deleted_at", "deleted_on"),
    *("date_deleted", "archived_at"),
)
# The id of the record it was merged into.
_MERGED = ("merged_into", "merged_into_id", "merged_to", "merge_target_id")
# Columns where the survivor of a merge is followed by its id, or that hold a list of merged ids.
_FOLLOWED = frozenset({"salesforce_account"})


def scratch_names() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Columns read only to find deletions: one for each spelling."""
    return {f"#{fold(name)}": ("text", (name,)) for name in (*_MARKS, *_MERGED)}


def has_marks(kind: str | None) -> bool:
    """Whether records of the kind can be marked as deleted."""
    return kind is not None and "is_deleted" in KINDS[kind].types


def with_marks(layout: Layout) -> Layout:
    """The layout with these marks added."""
    if not has_marks(layout.kind):
        return layout
    steps = [step for step in (layout.finish, take_marks) if step]
    merged = {"master_record": ("text", ("MasterRecordId",))} if layout.kind not in _FOLLOWED else {}
    return replace(
        layout,
        aliases={"is_deleted": ("IsDeleted",)} | {k: v for k, v in layout.aliases.items() if k != "is_deleted"},
        scratch=layout.scratch | scratch_names() | {f"#{name}": value for name, value in merged.items()},
        finish=_all(steps),
    )


def _all(steps: Sequence[Callable[[Cells], None]]) -> Callable[[Cells], None]:
    def finish(cells: Cells) -> None:
        for step in steps:
            step(cells)

    return finish


def take_marks(cells: Cells) -> None:
    """`is_deleted` if any mark says so."""
    marks = {fold(name) for name in _MARKS}
    found = [cells.get("is_deleted")] if cells.has("is_deleted") else []
    for name in [name for name in cells.columns if name.startswith("#")]:
        said = _marked(cells, name) if name[1:] in marks else _merged(cells.get(name))
        found.append(said)
    if not found:
        return
    gone = pc.equal(found[0], "true")
    for said in found[1:]:
        gone = pc.or_kleene(gone, pc.equal(said, "true"))
    cells.columns["is_deleted"] = pc.if_else(pc.fill_null(gone, False), "true", "false")


def _marked(cells: Cells, name: str) -> pa.Array:
    texts = cells.get(name)
    said = map_values(texts, lambda text: _mark(text, cells.rules))
    unreadable = pc.and_(pc.is_valid(texts), pc.is_null(said))
    cells.refuse(name, unreadable, "not a mark of deletion: expected yes/no or the moment of the deletion")
    return said


def _mark(text: str, rules: Rules) -> str | None:
    try:
        return parse_boolean(text, rules)
    except Unusable:
        moment_of(text, replace(rules, epoch=True))
        return "true"


def _merged(ids: pa.Array) -> pa.Array:
    return pc.if_else(pc.and_(pc.is_valid(ids), pc.not_equal(ids, "0")), "true", "false")
