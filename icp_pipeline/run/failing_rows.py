"""Keys of rows that failed a check, for the UI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from icp_pipeline.models.model import Model
from icp_pipeline.quality.failing_keys import failing_keys_sql
from icp_pipeline.quality.verdicts import Verdict

if TYPE_CHECKING:
    from icp_pipeline.run.session import Run


def failing_keys(run: Run, model: Model, verdicts: list[Verdict]) -> dict[str, list[str]]:
    """By failing rule, such as `between employees`: keys of the first failing rows. Free if all checks pass."""
    broken = {(verdict.check, verdict.column) for verdict in verdicts if not verdict.passed}
    found: dict[str, list[str]] = {}
    for column in model.columns:
        for tag in column.tags:
            query = failing_keys_sql(model, column, tag) if (tag.name, column.name) in broken else None
            if query:
                rows = run.frame(query).astype(str).itertuples(index=False)
                found[f"{tag.name} {column.name}"] = [", ".join(row) for row in rows]
    return found
