"""Counts of the rows of a table that break its rules; a rule that cannot be counted is named with its file and line."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from icp_pipeline import duck
from icp_pipeline.errors import ModelError
from icp_pipeline.models.model import Model
from icp_pipeline.quality.audit import AUDIT_COLUMNS, counts_sql, tagged
from icp_pipeline.warehouse.build import Build
from icp_pipeline.warehouse.refusals import FAILED, REFUSED, is_refusal, sentence


def audit_counts(build: Build, model: Model) -> pd.DataFrame | None:
    """One row per rule of the model; None if it has none.

    Raises ModelError for a rule that does not fit the table's values, such as a range over words; never with a value.
    """
    query = counts_sql(model)
    if query is None:
        return None
    try:
        total, *failing = build.row(query)
    except duck.DuckError as error:
        raise _uncounted(build, model, error) from error
    rules = [(tag.name, column.name, tag.severity) for column, tag in tagged(model)]
    rows = [(*rule, count, total) for rule, count in zip(rules, failing, strict=True)]
    return pd.DataFrame(rows, columns=list(AUDIT_COLUMNS))


def fail_alike(before: pd.DataFrame, now: pd.DataFrame) -> bool:
    """Whether each rule is broken by the same number of rows in both, so that both get the same verdicts."""
    return bool(before["failing"].tolist() == now["failing"].tolist())


def _uncounted(build: Build, model: Model, error: duck.DuckError) -> ModelError:
    """One query counts all rules; to find the one that fails, each is run alone."""
    if is_refusal(error):
        return ModelError(f"{model.path}: {model.name} cannot be checked: {sentence(error)} {REFUSED}")
    for column in model.columns:
        for tag in column.tags:
            alone = counts_sql(replace(model, columns=(replace(column, tags=(tag,)),)))
            try:
                build.row(alone or "")
            except duck.DuckError as own:
                rule = f"{model.path}:{column.line}: {tag} of {column.name} cannot be checked"
                return ModelError(
                    f"{rule}: {sentence(own)} The last version stays live. Correct the rule or the column."
                )
    return ModelError(f"{model.path}: {model.name} cannot be checked: {sentence(error)} {FAILED}")
