"""What goes into an import file: which records, and the tags of further ICPs beside those of the primary one."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from icp_pipeline.names import literal, quoted

_TAGS = ("tier", "score", "icp_version")


def records(model: str, target: str, id_column: str, further: Iterable[str], *, changes_only: bool) -> str:
    """The query for the records of a model, with the tags of each further ICP.

    A record without a tag of one is one that the ICP is not about: unscored, like one of which too little is known.
    `changes_only`: the records whose tags their CRM does not have yet, in any ICP.
    """
    shown, joins = ["records.*"], []
    for place, icp_id in enumerate(further):
        tags = f"tags_{place}"
        shown += [
            f"coalesce({tags}.tier, 'unscored') as {quoted(_named('tier', icp_id))}",
            *(f"{tags}.{name} as {quoted(_named(name, icp_id))}" for name in _TAGS[1:]),
        ]
        joins.append(
            f"left join exports.icp_tags as {tags} on {tags}.target = {literal(target)}"
            f" and {tags}.icp_id = {literal(icp_id)} and {tags}.record_id = records.{id_column}"
        )
    changed = f"""
        where records.{id_column} in (
            select record_id from exports.changes where target = {literal(target)} and new_tier is not null
        )
    """
    return "\n".join([f"select {', '.join(shown)} from {model} as records", *joins, changed if changes_only else ""])


def tags_of(rows: pd.DataFrame, icp_id: str) -> pd.DataFrame:
    """Tier, score and version of a further ICP, of rows of `records`."""
    return pd.DataFrame({name: rows[_named(name, icp_id)] for name in _TAGS})


def _named(column: str, icp_id: str) -> str:
    return f"{column} in {icp_id}"
