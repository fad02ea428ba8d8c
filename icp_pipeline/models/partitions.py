"""Partitions of a table: all rows with one value of its partition column, such as a day or an account.

A model tagged `#by[column]` states that each partition depends only on the same partition of its inputs, of all those
that are partitioned by that column. Whether that is true of the SELECT is checked here, from its text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from icp_pipeline.catalog.inputs import DAY_COLUMNS
from icp_pipeline.models.model import Finding, Model, line_of
from icp_pipeline.names import TableName

# A column of a query: the alias of what it comes from, and its name.
_Place = tuple[str, str]


def partition_violations(model: Model, partitioned: Collection[TableName]) -> Iterator[Finding]:
    """Where rows of one partition could need another; `partitioned`: tables with the same partition column."""
    column = model.partition_column
    if column is None:
        return
    tag = f"#{'by' if model.builds_partitions else 'compared_by'}[{column}]"
    if column not in model.column_names():
        yield Finding(model.path, 1, f"{tag}: {column} has to be a column of this model")
    if not model.builds_partitions:
        return
    read = sorted(set(model.depends_on).intersection(partitioned))
    if not read:
        yield Finding(model.path, 1, f"{tag}: none of its inputs is partitioned by {column}")
        return
    for node, problem in _PartitionRule(column, read).broken_in(model.expression):
        yield Finding(model.path, line_of(node), f"{tag}: {problem}")


@dataclass
class _PartitionRule:
    """Every row comes from one partition of `partitioned`, and names it in `column`."""

    column: str
    partitioned: Collection[TableName]

    def broken_in(self, query: exp.Query) -> Iterator[tuple[exp.Expr, str]]:
        # Innermost first: what a query reads has been checked before it.
        keeps: set[int] = set()
        scopes = list(traverse_scope(query))
        for scope in scopes:
            if isinstance(scope.expression, exp.SetOperation):
                yield from self._broken_union(scope, keeps)
            else:
                yield from self._broken_select(scope, keeps)
        if column_as_of := next(self._other_days(query), None):
            yield column_as_of, f"as_of may only be used in {self.column} <= run.as_of"

    def _other_days(self, query: exp.Query) -> Iterator[exp.Column]:
        """With days, the run's own day is partitioned too: only what bounds the day may ask for it."""
        if self.column in DAY_COLUMNS:
            for column in query.find_all(exp.Column):
                parent = column.parent
                bounds = isinstance(parent, exp.LTE) and parent.expression is column and parent.this.name == self.column
                if column.name == "as_of" and not bounds:
                    yield column

    def _broken_union(self, scope: Scope, keeps: set[int]) -> Iterator[tuple[exp.Expr, str]]:
        branches = list(_branches(scope))
        if not any(id(branch) in keeps for branch in branches):
            return
        keeps.add(id(scope))
        for node in (scope.expression, *scope.expression.find_all(exp.Except, exp.Intersect)):
            if not isinstance(node, exp.Union):
                yield node, f"{node.key} may look at rows of other partitions"
        places = {_position(branch.expression, self.column) for branch in branches}
        if len(places) != 1 or None in places:
            yield scope.expression, f"{self.column} is not in the same position of every branch"

    def _broken_select(self, scope: Scope, keeps: set[int]) -> Iterator[tuple[exp.Expr, str]]:
        select = scope.expression
        told = {alias for alias, (_, source) in scope.selected_sources.items() if self._is_partitioned(source, keeps)}
        for inner in scope.subquery_scopes:
            if id(inner) in keeps:
                yield inner.expression, "a subquery outside FROM may look at rows of other partitions"
        if not told:
            return
        keeps.add(id(scope))
        optional = _left_joined(select)
        same = _Same(select)
        given = self._named(scope, select, told)
        if given is None or given[0] in optional:
            yield select, f"{self.column} is not passed through unchanged"
            return
        for alias in sorted(told):
            if not same.are(given, (alias, self.column)):
                yield select, f"{alias} is not joined by {self.column}"
        yield from self._looks_beyond(scope, select, same, given)

    def _looks_beyond(
        self, scope: Scope, select: exp.Expr, same: _Same, given: _Place
    ) -> Iterator[tuple[exp.Expr, str]]:
        def holds_partition(keys: list[exp.Expr]) -> bool:
            for key in keys:
                place = _place(scope, key) if isinstance(key, exp.Column) else None
                # A group's key without an alias may be the column as it is passed on.
                if (place is not None and same.are(given, place)) or key.sql() == self.column:
                    return True
            return False

        group = select.args.get("group")
        own = list(scope.find_all(exp.AggFunc, exp.Window))
        windows = [node for node in own if isinstance(node, exp.Window)]
        inside = {id(inner) for window in windows for inner in window.find_all(exp.AggFunc)}
        sums = [node for node in own if isinstance(node, exp.AggFunc) and id(node) not in inside]
        if (group and not holds_partition(group.expressions)) or (not group and sums):
            yield select, f"a group without {self.column} may hold rows of other partitions"
        for window in windows:
            if not holds_partition(window.args.get("partition_by") or []):
                yield window, f"window may look at rows of other partitions: partition by {self.column}"
        for clause in ("limit", "offset", "qualify"):
            if select.args.get(clause):
                yield select.args[clause], f"{clause} may look at rows of other partitions"

    def _is_partitioned(self, source: exp.Expr | Scope, keeps: set[int]) -> bool:
        if isinstance(source, Scope):
            return id(source) in keeps
        return isinstance(source, exp.Table) and TableName(source.db, source.name) in self.partitioned

    def _named(self, scope: Scope, select: exp.Expr, told: set[str]) -> _Place | None:
        """Where the query takes its partition column from, if it passes it on unchanged."""
        for item in select.expressions:
            if item.is_star:
                alias = item.table if isinstance(item, exp.Column) else next(iter(scope.selected_sources))
                if alias in told:
                    return alias, self.column
            elif item.alias_or_name == self.column:
                inner = item.unalias()
                return _place(scope, inner) if isinstance(inner, exp.Column) else None
        return None


class _Same:
    """Columns that are equal in every row because joins demand it."""

    def __init__(self, select: exp.Expr) -> None:
        self._groups: list[set[_Place]] = []
        for join in select.args.get("joins") or []:
            on = join.args.get("on")
            for condition in on.flatten() if isinstance(on, exp.And) else [on]:
                if isinstance(condition, exp.EQ):
                    self._add((condition.this, condition.expression))

    def _add(self, sides: tuple[exp.Expr, exp.Expr]) -> None:
        places = {(side.table, side.name) for side in sides if isinstance(side, exp.Column) and side.table}
        if len(places) == len(sides):
            touched = [group for group in self._groups if group & places]
            self._groups = [group for group in self._groups if not group & places]
            self._groups.append(places.union(*touched))

    def are(self, one: _Place, other: _Place) -> bool:
        return one == other or any({one, other} <= group for group in self._groups)


def _place(scope: Scope, column: exp.Column) -> _Place | None:
    """The alias and name of a column; a column without an alias is that of the only thing that is read."""
    if column.table:
        return column.table, column.name
    read = list(scope.selected_sources)
    return (read[0], column.name) if len(read) == 1 else None


def _branches(scope: Scope) -> Iterator[Scope]:
    """The SELECTs of a union, however its brackets stand."""
    for branch in scope.set_operation_scopes:
        yield from _branches(branch) if branch.set_operation_scopes else [branch]


def _left_joined(select: exp.Expr) -> set[str]:
    """What may be missing in a row."""
    return {join.alias_or_name for join in select.args.get("joins") or [] if join.side}


def _position(query: exp.Expr, column: str) -> int | None:
    names = [item.alias_or_name for item in query.expressions]
    return names.index(column) if column in names else None
