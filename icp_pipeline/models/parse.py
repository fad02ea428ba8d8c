"""SQL text -> Model. Comments come from the tokens, because the syntax tree moves some of them elsewhere."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from sqlglot import exp
from sqlglot.dialects import DuckDB
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import traverse_scope
from sqlglot.tokens import Token, TokenType

from icp_pipeline.catalog.inputs import WORDS
from icp_pipeline.models.model import BrokenModel, Column, Model, Tag, line_of, read_sql
from icp_pipeline.models.tags import BY, OF_TABLES, count_tags, split_comment
from icp_pipeline.names import TableName

_DUCKDB = DuckDB()
_OPENING = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE}
_CLOSING = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE}
# What may follow the column list of the final SELECT.
_AFTER_COLUMNS = {
    TokenType.FROM,
    TokenType.WHERE,
    TokenType.GROUP_BY,
    TokenType.HAVING,
    TokenType.QUALIFY,
    TokenType.WINDOW,
    TokenType.ORDER_BY,
    TokenType.LIMIT,
    TokenType.OFFSET,
    TokenType.UNION,
    TokenType.EXCEPT,
    TokenType.INTERSECT,
    TokenType.SEMICOLON,
}


def parse_model(name: TableName, path: Path) -> Model:
    """Read one file under `sql/`; raises BrokenModel naming the file and line that break its shape."""
    sql = read_sql(path)
    tokens = _tokens(sql, path)
    expression = _one_select(sql, tokens, path)
    description, tag = _head(tokens, path)
    columns = _columns(expression, tokens, path)
    _refuse_lost_tags(columns, tokens, path, 1 if tag else 0)
    partition_column, builds_partitions = (tag.args[0], tag.name == BY) if tag else (None, False)
    reads = _tables_read(expression, path)
    return Model(name, path, sql, description, columns, reads, lambda: expression, partition_column, builds_partitions)


def read_select(sql: str, path: Path) -> exp.Query:
    """The syntax tree of a model's text; raises BrokenModel when it is not one plain SELECT."""
    return _one_select(sql, _tokens(sql, path), path)


def _head(tokens: list[Token], path: Path) -> tuple[str, Tag | None]:
    """What one row is, and the tag that says by which column it is partitioned."""
    try:
        description, tags = split_comment(" ".join(tokens[0].comments))
    except ValueError as error:
        raise BrokenModel(path, 1, f"the first comment: {error}") from error
    if len(tags) > 1 or any(tag.name not in OF_TABLES for tag in tags):
        known = " or ".join(f"#{name}[column]" for name in OF_TABLES)
        raise BrokenModel(path, 1, f"the first comment may hold one tag, {known}; others belong to columns")
    return description, next(iter(tags), None)


def _tokens(sql: str, path: Path) -> list[Token]:
    try:
        return _DUCKDB.tokenize(sql)
    except SqlglotError as error:
        raise BrokenModel(path, 1, f"cannot be read as SQL: {str(error).splitlines()[0]}") from error


def _one_select(sql: str, tokens: list[Token], path: Path) -> exp.Query:
    try:
        statements = _DUCKDB.parser().parse(tokens, sql)
    except SqlglotError as error:
        details = getattr(error, "errors", None) or [{}]
        line, what = details[0].get("line") or 1, details[0].get("description") or str(error).splitlines()[0]
        raise BrokenModel(path, line, f"cannot be read as SQL: {what}") from error
    if len(statements) != 1 or statements[0] is None:
        held = f"{len(statements)} statements" if len(statements) > 1 else "no SELECT"
        raise BrokenModel(path, 1, f"holds {held}: a model is exactly one plain SELECT")
    statement = statements[0]
    if not isinstance(statement, exp.Select | exp.SetOperation):
        raise BrokenModel(path, 1, f"is a {statement.key.upper()}: a model is exactly one plain SELECT")
    _refuse_hidden_statements(statement, path)
    return statement


def _refuse_hidden_statements(statement: exp.Query, path: Path) -> None:
    # Scopes are silent about these: their sources and columns would vanish from the graph.
    for node in statement.find_all(exp.Pivot, exp.DDL, exp.DML, exp.Describe, exp.Summarize, exp.Command, exp.Into):
        raise BrokenModel(path, line_of(node), f"uses {node.key.upper()}: a model is exactly one plain SELECT")


def _tables_read(expression: exp.Query, path: Path) -> tuple[TableName, ...]:
    tables: set[TableName] = set()
    for scope in traverse_scope(expression):
        for source in scope.sources.values():
            if isinstance(source, exp.Table):
                tables.add(_table_name(source, path))
    return tuple(sorted(tables))


def _table_name(table: exp.Table, path: Path) -> TableName:
    if not isinstance(table.this, exp.Identifier):
        raise BrokenModel(path, line_of(table), f"reads {table.sql()[:60]}: read a table, not a function or file")
    if not table.db or table.catalog:
        raise BrokenModel(path, line_of(table), f"reads '{table.sql()}': write schema.table")
    try:
        return TableName(table.db, table.name)
    except ValueError as error:
        raise BrokenModel(path, line_of(table), str(error)) from error


def _columns(expression: exp.Query, tokens: list[Token], path: Path) -> tuple[Column, ...]:
    select = expression
    while isinstance(select, exp.SetOperation):
        select = select.this
    runs = _projection_tokens(tokens)
    if not runs:
        raise BrokenModel(path, 1, "its final SELECT has no columns")
    if not isinstance(select, exp.Select) or len(runs) != len(select.expressions):
        raise BrokenModel(path, 1, "its final SELECT cannot be found: write it plainly, without brackets around it")
    columns = tuple(_column(node, run, path) for node, run in zip(select.expressions, runs, strict=True))
    _refuse_twins(columns, path)
    return columns


def _column(node: exp.Expr, run: list[Token], path: Path) -> Column:
    line = run[0].line
    if node.is_star:
        raise BrokenModel(path, line, "its final SELECT has a star: list the columns, so that readers see them")
    if not node.alias_or_name:
        raise BrokenModel(path, line, f"a column has no name: add `as ...` to {node.sql(dialect='duckdb')[:60]}")
    try:
        description, tags = split_comment(" ".join(run[0].comments))
    except ValueError as error:
        raise BrokenModel(path, line, f"column {node.alias_or_name}: {error}") from error
    for name in (tag.name for tag in tags if tag.name in OF_TABLES):
        raise BrokenModel(path, line, f"column {node.alias_or_name}: #{name} belongs in the file's first comment")
    return Column(node.alias_or_name, description or WORDS.get(node.alias_or_name, ""), tags, line)


def _refuse_twins(columns: tuple[Column, ...], path: Path) -> None:
    seen: set[str] = set()
    for column in columns:
        if column.name.lower() in seen:
            raise BrokenModel(path, column.line, f"column {column.name} is in the final SELECT twice")
        seen.add(column.name.lower())


def _refuse_lost_tags(columns: tuple[Column, ...], tokens: list[Token], path: Path, of_table: int) -> None:
    """A tag above a join or inside a CTE would look like a check and never run."""
    placed_lines = {column.line for column in columns if column.tags}
    written = sum(count_tags(comment) for token in tokens for comment in token.comments)
    if written == of_table + sum(len(column.tags) for column in columns):
        return
    lost = next(
        token
        for token in tokens[1:]
        if any(count_tags(comment) for comment in token.comments) and token.line not in placed_lines
    )
    raise BrokenModel(path, lost.line, "a tag near this line stands above no column of the final SELECT: move it there")


def _projection_tokens(tokens: list[Token]) -> list[list[Token]]:
    """The tokens of each column of the final SELECT (of the first branch, when there are several)."""
    start = _first_top_level_select(tokens)
    runs: list[list[Token]] = [[]]
    depth = 0
    for before, token in pairwise(tokens[start - 1 :]):
        # The FROM of `is distinct from` is none.
        is_compared = token.token_type == TokenType.FROM and before.token_type == TokenType.DISTINCT
        if depth == 0 and token.token_type in _AFTER_COLUMNS and not is_compared:
            break
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        if depth == 0 and token.token_type == TokenType.COMMA:
            runs.append([])
        elif runs[-1] or token.token_type not in (TokenType.DISTINCT, TokenType.ALL):
            runs[-1].append(token)
    return [run for run in runs if run]


def _first_top_level_select(tokens: list[Token]) -> int:
    depth = 0
    for position, token in enumerate(tokens):
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        if depth == 0 and token.token_type == TokenType.SELECT:
            return position + 1
    return len(tokens)
