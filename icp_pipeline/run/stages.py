"""The stages of a run, in order: the one list for Dagster's assets, the dry run and tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from icp_pipeline.models.graph import ModelGraph
from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName
from icp_pipeline.rebuild.fingerprints import tables_read

LEARNING = "learning"
# The first schema that reads what was learned.
_READS_LEARNED = "icp"


@dataclass(frozen=True)
class Stage:
    """A schema with its models, or learning, which has none.

    `prefetch`: models of the stages after it that can be built before it ends; until learning has ended, those that
    are made of nothing learned.
    """

    name: str
    models: tuple[Model, ...] = ()
    prefetch: tuple[Model, ...] = ()

    @property
    def is_learning(self) -> bool:
        """Whether it is learning, and not a schema."""
        return self.name == LEARNING


def stages(graph: ModelGraph) -> list[Stage]:
    """The schemas that have models, left to right, with learning before the first that reads what was learned."""
    schemas = list(dict.fromkeys(model.name.schema for model in graph.in_order()))
    found, has_learned = [], False
    for place, schema in enumerate(schemas):
        if schema == _READS_LEARNED:
            found.append(Stage(LEARNING))
            has_learned = True
        later = [model for name in schemas[place + 1 :] for model in graph.of_schema(name)]
        prefetch = later if has_learned else not_made_of(later, is_learned)
        found.append(Stage(schema, tuple(graph.of_schema(schema)), tuple(prefetch)))
    return found


def is_learned(table: TableName) -> bool:
    """Whether learning writes the table."""
    return table.schema == "history" and table.table.startswith("icp_")


def not_made_of(models: Iterable[Model], is_late: Callable[[TableName], bool]) -> list[Model]:
    """Those of `models`, in the order of building, that read no table of that kind, nor one made of such a table."""
    late, others = set[TableName](), []
    for model in models:
        if any(name in late or is_late(name) for name in tables_read(model)):
            late.add(model.name)
        else:
            others.append(model)
    return others
