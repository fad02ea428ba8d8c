"""The catalog describes every lake, settings and history table, and a mistake in its text is reported by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from icp_pipeline.catalog.grammar import read_entries
from icp_pipeline.catalog.inputs import INPUTS, WORDS, column_meaning, table_meaning
from icp_pipeline.catalog.kinds import ACCOUNT_KINDS, KINDS, read_kinds
from icp_pipeline.errors import ModelError
from icp_pipeline.home import SQL
from icp_pipeline.models.model_cache import cached_models
from icp_pipeline.names import TableName
from icp_pipeline.sources.values.by_type import PARSERS


def test_every_table_is_described_and_in_history_every_column() -> None:
    assert not [str(name) for name in INPUTS if not table_meaning(name)]
    history = [(name, column) for name, columns in INPUTS.items() if name.schema == "history" for column in columns]
    assert not [f"{name}.{column}" for name, column in history if not column_meaning(name, column)]


def test_a_table_says_what_a_column_means_before_the_common_words_do() -> None:
    runs, tags = TableName("history", "runs"), TableName("history", "crm_tags")
    assert column_meaning(runs, "icp_version") == "Version of the primary ICP that scored."
    assert column_meaning(tags, "icp_version") == WORDS["icp_version"] == "ICP version."


def test_no_common_word_is_of_a_column_that_is_not_there() -> None:
    tables = [*INPUTS.values(), *(model.column_names() for model in cached_models(SQL).models.values())]
    assert set(WORDS) <= {column for columns in tables for column in columns}


def test_what_a_kind_says_of_its_columns_is_about_columns_that_it_has() -> None:
    for kind in KINDS.values():
        listed = {*kind.types, *kind.lists, *kind.read_as}
        groups = [name for group in kind.deciding for name in group]
        named = {*kind.headers, *kind.cells, *kind.identity, *kind.currency_of, *kind.currency_of.values(), *groups}
        # Read only to fill another column.
        assert named - listed <= {"company_ids"}, kind.name
        assert {kind.modified, kind.grows_by} - {None} <= listed, kind.name


def test_every_amount_has_a_currency() -> None:
    amounts = {
        f"{kind.name}.{name}" for kind in KINDS.values() for name, type_ in kind.types.items() if "money" in type_
    }
    paired = {f"{kind.name}.{name}" for kind in KINDS.values() for name in kind.currency_of}
    assert amounts == paired


def test_every_type_of_a_cell_has_a_parser() -> None:
    types = {type_ for kind in KINDS.values() for type_ in (*kind.types.values(), *kind.lists.values())}
    assert types - {*PARSERS} <= {"text", "bigint", "day"}


def test_the_lake_says_where_a_row_stands_and_which_file_is_newer() -> None:
    assert list(INPUTS[TableName("lake", "ticket")])[-3:] == ["source_path", "source_line", "source_order"]
    assert list(INPUTS[TableName("lake", "field_values")])[-1] == "source_line"
    assert "source_path" not in INPUTS[TableName("lake", "reject")]
    assert INPUTS[TableName("lake", "usage_daily")]["usage_date"] == "date"
    assert {*ACCOUNT_KINDS} == {"salesforce_account", "hubspot_company", "account"}


def test_a_record_is_told_by_the_same_columns_in_its_staging_model() -> None:
    graph = cached_models(SQL)
    told: dict[str, set[str]] = {}
    for model in graph:
        unique = {
            name
            for column in model.columns
            for tag in column.tags
            if tag.name in ("unique", "unique_with") and model.name.schema == "staging"
            for name in (column.name, *tag.args)
        }
        for name in unique:
            for table, source in graph.lineage(model)[name]:
                told.setdefault(table.table, set()).add(source)
    merged = {kind.name: {*kind.identity} for kind in KINDS.values() if kind.identity}
    # A row without an id of its own is identified by its file and line.
    assert {name: told[name] - {"source_path", "source_line"} for name in merged} == merged


def test_a_mistake_is_named_by_its_line(tmp_path: Path) -> None:
    def problem(text: str) -> str:
        path = tmp_path / "tables.txt"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ModelError) as refused:
            list(read_entries(path, "text"))
        return str(refused.value).removeprefix(f"{path}:")

    assert problem("ticket -- One row.\n    id:id amount:money(currency\n").startswith("2: 'amount:money(currency'")
    assert problem("ticket -- One row.\n    #headers[id, name]\n").startswith("2: '#headers[id,' is not a tag")
    assert problem("    id:id\n").startswith("1: a column without a table")


def test_a_tag_that_no_kind_has_is_named_with_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "tables.txt"
    path.write_text("ticket -- One row.\n    #header[id]\n    id:id\n", encoding="utf-8")
    with pytest.raises(ModelError, match=r"tables\.txt:1: ticket: there is no tag #header\. Did you mean 'headers'\?"):
        read_kinds(tmp_path)
