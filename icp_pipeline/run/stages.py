"""The stages of a run, in order: the one list for Dagster's assets, the dry run and tests."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from icp_pipeline.models.graph import ModelGraph
from icp_pipeline.models.model import Model

LEARNING = "learning"
# The first schema that reads what was learned.
_READS_LEARNED = "icp"


@dataclass(frozen=True)
class Stage:
    """A schema with its models, or learning, which has none.

    `prefetch`: models of the stages after it that wait for nothing but it, so up to learning.
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
    found = []
    for place, schema in enumerate(schemas):
        if schema == _READS_LEARNED:
            found.append(Stage(LEARNING))
        before_learning = itertools.takewhile(lambda name: name != _READS_LEARNED, schemas[place + 1 :])
        prefetch = tuple(model for name in before_learning for model in graph.of_schema(name))
        found.append(Stage(schema, tuple(graph.of_schema(schema)), prefetch))
    return found
