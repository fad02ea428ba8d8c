"""A model's SELECT without some of its CTEs, to run its rule on rows from elsewhere."""

from __future__ import annotations

from collections.abc import Collection

from icp_pipeline.models.model import Model


def without_ctes(model: Model, replaced: Collection[str]) -> str:
    """The model as DuckDB SQL that reads tables named like the CTEs in `replaced`, which the caller provides.

    Raises ValueError if the model has no CTE of such a name.
    """
    tree = model.expression.copy()
    ctes = {cte.alias: cte for cte in tree.ctes}
    if unknown := set(replaced) - set(ctes):
        raise ValueError(f"{model.name} has no CTE named {', '.join(sorted(unknown))}")
    for name in replaced:
        ctes[name].pop()
    return tree.sql(dialect="duckdb", comments=False)
