"""In a whole run texts are read beside the tables right of core; no run reads them before their accounts are known."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import sqlglot
from sqlglot import exp

from icp_pipeline.home import SQL
from icp_pipeline.models.model_cache import cached_models
from icp_pipeline.names import TableName
from icp_pipeline.run import landed_texts
from icp_pipeline.run.customer_words import is_of_words, words_first
from icp_pipeline.run.stages import not_made_of


def begun(schema: str, then: str | None) -> bool:
    """Whether reading has begun when the tables of a schema are built, with those of `then` prefetched."""
    asked: list[str] = []
    run = SimpleNamespace(
        words_are_counted=False,
        settings=SimpleNamespace(language=SimpleNamespace(enabled=True)),
        texts=SimpleNamespace(begin=lambda: asked.append("begin")),
    )
    words_first(run, [table(schema)], [table(then)] if then else [])  # type: ignore[arg-type]
    return bool(asked)


def table(schema: str) -> SimpleNamespace:
    return SimpleNamespace(name=TableName(schema, "any"), depends_on=(), columns=())


@pytest.mark.parametrize(
    ("schema", "then", "is_begun"),
    [
        ("staging", "core", False),
        ("core", "outcomes", False),
        ("outcomes", "segments", True),
        ("icp", "activation", True),
        ("outcomes", None, False),
    ],
)
def test_reading_begins_once_core_is_built_in_a_whole_run(schema: str, then: str | None, is_begun: bool) -> None:
    assert begun(schema, then) is is_begun


def test_every_table_that_says_whose_text_it_is_is_built_first() -> None:
    read = {
        f"{found.db}.{found.name}"
        for query in (landed_texts._ROWS, landed_texts._NAMES, landed_texts._REFERENCES)
        for found in sqlglot.parse_one(query, dialect="duckdb").find_all(exp.Table)
    }
    assert {str(name) for name in landed_texts.READ_FROM} == read


def test_only_what_is_made_of_words_waits_for_the_counts() -> None:
    in_order = cached_models(SQL).in_order()
    begun_before = {str(model.name) for model in not_made_of(in_order, is_of_words)}
    assert {str(model.name) for model in in_order} - begun_before == {
        *("voice.phrases", "voice.phrase_segments", "voice.phrase_sources", "voice.objections"),
        *("quality.text_warnings", "exports.editorial"),
        "quality.warnings",  # reads no count itself, but a table that does
    }
