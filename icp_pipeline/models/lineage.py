"""Column lineage: the columns that each column of a model is made from.

`sqlglot.lineage` qualifies the whole query again for every column and takes minutes for all models; this walks each
query's scopes once. As there, only what makes the value counts, not joins and filters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, build_scope

from icp_pipeline.models.model import Lineage, Model, Origin
from icp_pipeline.names import TableName

ColumnsOf = Callable[[TableName], Sequence[str]]


def column_lineage(model: Model, columns_of: ColumnsOf) -> Lineage:
    """For each column of the model, the columns of the tables it reads; empty for constants and counts.

    `columns_of` gives the columns of a table that the model reads, none where it is unknown.
    """
    root = build_scope(model.expression)
    if root is None:
        return {}
    walk = _Walk(columns_of)
    return {column.name: sorted(walk.origins(root, position)) for position, column in enumerate(model.columns)}


class _Walk:
    """One pass over a query; answers are kept, because many columns share the same steps."""

    def __init__(self, columns_of: ColumnsOf) -> None:
        self._columns_of = columns_of
        self._known: dict[tuple[int, int], frozenset[Origin]] = {}

    def origins(self, scope: Scope, position: int) -> frozenset[Origin]:
        """What the column at this position of a scope's result is made from."""
        key = (id(scope), position)
        if key not in self._known:
            self._known[key] = frozenset()  # a recursive CTE meets itself here
            self._known[key] = frozenset(self._find(scope, position))
        return self._known[key]

    def _find(self, scope: Scope, position: int) -> Iterator[Origin]:
        if isinstance(scope.expression, exp.SetOperation):
            for branch in scope.set_operation_scopes:
                yield from self.origins(branch, position)
            return
        outputs = self._outputs(scope)
        if position < len(outputs):
            source, column, node = outputs[position]
            yield from self._from_node(scope, node) if node is not None else self._from_source(source, column)

    def _outputs(self, scope: Scope) -> list[tuple[exp.Table | Scope | None, str, exp.Expr | None]]:
        """Name and expression of each result column; for stars, the source and column behind it."""
        if isinstance(scope.expression, exp.SetOperation):
            return self._outputs(scope.set_operation_scopes[0])
        outputs: list[tuple[exp.Table | Scope | None, str, exp.Expr | None]] = []
        selects = scope.expression.selects if isinstance(scope.expression, exp.Query) else []
        for node in selects:
            if not node.is_star:
                outputs.append((None, node.alias_or_name, node))
                continue
            wanted = node.table if isinstance(node, exp.Column) else ""
            for alias, (_, source) in scope.selected_sources.items():
                if wanted in ("", alias):
                    outputs += [(source, column, None) for column in self._columns(source)]
        return outputs

    def _columns(self, source: exp.Table | Scope) -> list[str]:
        if isinstance(source, Scope):
            return [name for _, name, _ in self._outputs(source)]
        return list(self._columns_of(TableName(source.db, source.name)))

    def _from_source(self, source: exp.Table | Scope | None, column: str) -> Iterator[Origin]:
        if isinstance(source, exp.Table):
            yield TableName(source.db, source.name), column
        elif isinstance(source, Scope):
            names = [name.lower() for name in self._columns(source)]
            if column.lower() in names:
                yield from self.origins(source, names.index(column.lower()))

    def _from_node(self, scope: Scope, node: exp.Expr) -> Iterator[Origin]:
        for inner in node.walk(prune=lambda part: isinstance(part, exp.Query)):
            if isinstance(inner, exp.Column):
                yield from self._from_source(self._source_of(scope, inner), inner.name)
            elif isinstance(inner, exp.Query):
                for nested in scope.subquery_scopes:
                    if nested.expression is inner or nested.expression is inner.unnest():
                        for position in range(len(self._outputs(nested))):
                            yield from self.origins(nested, position)

    def _source_of(self, scope: Scope, column: exp.Column) -> exp.Table | Scope | None:
        sources = {alias: source for alias, (_, source) in scope.selected_sources.items()}
        if column.table:
            outer = scope.parent.sources if scope.parent else {}
            return sources.get(column.table) or outer.get(column.table)
        owners = [source for source in sources.values() if column.name.lower() in map(str.lower, self._columns(source))]
        return owners[0] if owners else None
