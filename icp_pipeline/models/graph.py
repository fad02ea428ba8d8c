"""All models under `sql/` and the order to build them in. No database, no clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from icp_pipeline.catalog.inputs import GROWING_INPUTS, INPUTS
from icp_pipeline.errors import ModelError
from icp_pipeline.models.model import BrokenModel, Finding, Lineage, Model, read_sql
from icp_pipeline.names import MODEL_SCHEMAS, TableName


@dataclass(frozen=True)
class ModelGraph:
    """Models by name, and the lineage of their columns as far as it is already known."""

    models: dict[TableName, Model]
    known_lineage: dict[TableName, Lineage] = field(default_factory=dict, repr=False, compare=False)

    def __getitem__(self, name: TableName) -> Model:
        return self.models[name]

    def __contains__(self, name: object) -> bool:
        return name in self.models

    def __len__(self) -> int:
        return len(self.models)

    def __iter__(self) -> Iterator[Model]:
        return iter(self.in_order())

    def in_order(self) -> list[Model]:
        """Every model after all it reads; schemas left to right, then names: the same order each time.

        Raises BrokenModel when models read each other in a circle.
        """
        return [model for schema in MODEL_SCHEMAS for model in self.of_schema(schema)]

    def of_schema(self, schema: str) -> list[Model]:
        """The models of one folder, in build order."""
        names = {name for name in self.models if name.schema == schema}
        sorter = TopologicalSorter({name: sorted(set(self.models[name].depends_on) & names) for name in sorted(names)})
        try:
            return [self.models[name] for name in sorter.static_order()]
        except CycleError as error:
            circle = " -> ".join(str(name) for name in error.args[1])
            raise BrokenModel(self.models[error.args[1][0]].path, 1, f"models read each other: {circle}") from error

    def partitioned_by(self, column: str | None) -> set[TableName]:
        """The tables partitioned by that column: a partition is the rows with one value in it."""
        parts = {name: model.partition_column for name, model in self.models.items()} | GROWING_INPUTS
        return {name for name, by in parts.items() if by == column}

    def lineage(self, model: Model) -> Lineage:
        """For each column of the model, the columns of the tables it reads; empty for constants and counts."""
        if model.name not in self.known_lineage:
            from icp_pipeline.models.lineage import column_lineage  # sqlglot, which a run does without

            self.known_lineage[model.name] = column_lineage(model, self.columns_of)
        return self.known_lineage[model.name]

    def columns_of(self, table: TableName) -> Sequence[str]:
        """The columns of a model or input; none of a table that is neither."""
        return self[table].column_names() if table in self else list(INPUTS.get(table, ()))


def load_models(sql_dir: Path) -> ModelGraph:
    """All models under `sql_dir`; raises ModelError listing every file that is not a proper model."""
    graph, findings = read_models(sql_dir)
    if findings:
        raise ModelError("\n".join(str(finding) for finding in findings))
    graph.in_order()
    return graph


def model_names(sql_dir: Path) -> set[TableName]:
    """Names of all models, without reading their files."""
    return {_name(path, sql_dir) for path in sql_dir.rglob("*.sql")}


def model_files(sql_dir: Path) -> dict[Path, str]:
    """The text of every model's file, in the order of their paths."""
    return {path: read_sql(path) for path in sorted(sql_dir.rglob("*.sql"))}


def read_models(sql_dir: Path) -> tuple[ModelGraph, list[Finding]]:
    """The models that can be read, and what is wrong with the others."""
    from icp_pipeline.models.parse import parse_model  # sqlglot, which a run does without

    models: dict[TableName, Model] = {}
    findings: list[Finding] = []
    paths = sorted(sql_dir.rglob("*.sql"))
    if not paths:
        raise ModelError(f"{sql_dir} has no models, so there is nothing to build or check: reinstall icp.")
    for path in paths:
        try:
            model = parse_model(_name(path, sql_dir), path)
        except BrokenModel as error:
            findings.append(error.finding)
        else:
            models[model.name] = model
    return ModelGraph(models), findings


def _name(path: Path, sql_dir: Path) -> TableName:
    folders = path.relative_to(sql_dir).parts[:-1]
    try:
        if len(folders) != 1 or folders[0] not in MODEL_SCHEMAS:
            raise ValueError(f"is not in a schema folder: expected one of {', '.join(MODEL_SCHEMAS)}")
        return TableName(folders[0], path.stem)
    except ValueError as error:
        raise BrokenModel(path, 1, str(error)) from error
