"""`icp score`: scores the rows of any CSV against the live version, in memory, with the SQL models of leads.

The published warehouse is read, never written. Models that depend on the rows are built over views of the others,
so the answer for a known account is the same as in the warehouse.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline import duck
from icp_pipeline.activation.safe_cells import review_text
from icp_pipeline.catalog.kinds import KINDS
from icp_pipeline.errors import IcpError, SourceError
from icp_pipeline.home import SQL, Home
from icp_pipeline.models.graph import ModelGraph
from icp_pipeline.models.model import Model
from icp_pipeline.models.model_cache import cached_models
from icp_pipeline.names import TableName, literal
from icp_pipeline.run.quantile_bins import kept_bins
from icp_pipeline.run.read_plan import own_columns
from icp_pipeline.settings.load import load_settings
from icp_pipeline.settings.schema import Settings
from icp_pipeline.settings.tables import settings_tables
from icp_pipeline.sources.declared.plan import FieldRequest, FileFormat
from icp_pipeline.sources.refusal import Held, Ignored
from icp_pipeline.sources.table import derive
from icp_pipeline.sources.table.cell_columns import Cells
from icp_pipeline.sources.table.reading import FileFacts, Reading
from icp_pipeline.sources.table.recognition import Layout, fold
from icp_pipeline.sources.table.vendor import Vendor
from icp_pipeline.sources.vendor_files import open_match, read_vendor_file
from icp_pipeline.warehouse.unreadable import unreadable
from icp_pipeline.warehouse.versions import live_version_file

_SOURCE = "file"
_MEMORY = "200MB"
_LEADS = TableName("staging", "mapped_leads")
_ROWS = TableName("lake", "lead")
_FIELD_ROWS = TableName("lake", "field_values")
_FIELDS = TableName("staging", "custom_values")
_FILE_FIELDS = TableName("staging", "file_values")
# Needed for the answer, whether or not a model reads them.
_ASKED = {TableName("icp", "criteria"), TableName("icp", "live_versions"), TableName("core", "account_attributes")}
_ROUTES = TableName("activation", "lead_routes")
# Other leads, and their history, are not part of the answer.
_LEFT_OUT = tuple(
    TableName.parse(name)
    for name in (
        "staging.forms",
        "staging.salesforce_leads",
        "staging.hubspot_contacts",
        "history.lead_scores",
        "history.lead_routes",
    )
)
_COLUMNS = {
    "domain": ("domain", "website", "company_domain", "company_website", "url"),
    "email_domain": ("email", "e-mail", "email_address", "work_email"),
    "role": ("title", "job_title"),
    "industry": ("industry",),
    "sub_industry": ("sub_industry",),
    "number_of_employees": ("employees", "number_of_employees", "company_size", "headcount"),
    "country": ("country", "country/region"),
    "country_code": ("country_code",),
    "region": ("region",),
    "ownership": ("ownership",),
    "business_model": ("business_model",),
    "growth_stage": ("growth_stage",),
    "founded_year": ("founded_year", "year_founded"),
    "lead_source": ("lead_source",),
    "form": ("form",),
}


def _number_rows(cells: Cells) -> None:
    """Rows are identified by their number: two may have the same domain."""
    cells.columns["id"] = pa.array([str(number) for number in range(cells.size)], pa.string())
    has_address = pc.is_valid(cells.get("is_free_mail"))
    cells.columns["domain"] = pc.if_else(has_address, cells.get("email_domain"), cells.get("domain"))


def _vendor(fields: Sequence[FieldRequest]) -> Vendor:
    return Vendor(
        (
            Layout(
                name="a list of companies or people",
                kind="lead",
                aliases=_COLUMNS,
                must=(),
                any_of=(*(name for names in _COLUMNS.values() for name in names), *(each.column for each in fields)),
                finish=derive.chain(derive.person, derive.country("country", "country_code"), _number_rows),
            ),
        )
    )


@dataclass(frozen=True)
class Scores:
    """One row per line of the file, in its order, with the version that scored it."""

    icp_id: str
    icp_version: str | None
    as_of: str
    rows: list[dict[str, Any]]
    rejected_cells: int

    def answer(self) -> dict[str, Any]:
        """The keys of `--json`, as docs/json.md lists them."""
        rows = [{name: _plain(value) for name, value in row.items()} for row in self.rows]
        return dataclasses.asdict(self) | {"rows": rows}

    def write(self, file: Path) -> None:
        """All lines as CSV, safe to open in a spreadsheet; raises IcpError if the file cannot be written."""
        names = list(self.rows[0]) if self.rows else ["line", "domain", "tier"]
        try:
            with file.open("w", encoding="utf-8", newline="") as opened:
                writer = csv.writer(opened, quoting=csv.QUOTE_ALL, lineterminator="\n")
                writer.writerow(names)
                writer.writerows([review_text(_plain(row[name])) for name in names] for row in self.rows)
        except OSError as error:
            raise IcpError(f"{file}: cannot be written ({error.strerror}); name another file with --out") from error


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else value


def score_file(home: Home, file: Path, icp_id: str) -> Scores:
    """Tier, reasons and unknown traits for each row. Raises IcpError for a file or a warehouse that cannot be read."""
    path = live_version_file(home.root)
    if path is None:
        raise IcpError(f"{home.live}: nothing is published yet. Run `icp run --home {home.root}` first.")
    settings = load_settings(home.root)
    reading = _read(file, own_columns(settings))
    try:
        with duck.connect(memory_limit=_MEMORY, threads=2, allowed=[path.resolve().parent]) as connection:
            connection.execute(f"attach {literal(str(path.resolve()))} as published (read_only)")
            _settings(connection, settings)
            _build(connection, cached_models(SQL), reading)
            version, as_of = _of_icp(connection, icp_id)
            return Scores(icp_id, version, as_of, _rows(connection, icp_id), reading.rejects.num_rows)
    except duck.DuckError as error:
        raise IcpError(unreadable(path, error)) from error


def _read(file: Path, columns: Mapping[str, tuple[FieldRequest, ...]]) -> Reading:
    if not file.is_file():
        raise SourceError(f"{file}: there is no such file")
    declared = FileFormat()
    try:
        match = open_match(file, _vendor([each for names in columns.values() for each in names]), declared)
        header = {fold(name) for name in match.header}
        found = [[each for each in names if fold(each.column) in header][:1] for names in columns.values()]
        return read_vendor_file(file, FileFacts(file.name, _SOURCE), match, declared, [*chain.from_iterable(found)])
    except (Held, Ignored) as refused:
        wanted = ", ".join(("domain, website, email, industry, employees, country", *columns))
        raise SourceError(f"{file.name}: {refused} Expected a CSV with some of the columns {wanted}") from None


def _settings(connection: duck.Connection, settings: Settings) -> None:
    """The home's settings as tables, with the date and the bins of the published run."""
    run_id, as_of = connection.execute(_LAST_RUN).fetchone()  # type: ignore[misc]
    bins = kept_bins(lambda query: connection.execute(query).df(), "published.history")
    connection.execute("create schema settings")
    for name, rows in settings_tables(settings, as_of, run_id, bins).items():
        connection.register("setting_rows", rows)
        connection.execute(f"create table settings.{name} as select * from setting_rows")
        connection.unregister("setting_rows")


def _build(connection: duck.Connection, graph: ModelGraph, reading: Reading) -> None:
    """Build the models that depend on the rows; every other table they read is a view of the published one."""
    models, fields = _models(graph), graph[_FIELDS]
    built = {model.name for model in models}
    read = {name for model in (*models, fields) for name in model.depends_on} | _ASKED
    inputs = sorted(name for name in read - built - {_ROWS, _FIELD_ROWS, _FIELDS} if name.schema != "settings")
    for schema in sorted({name.schema for name in (*built, *inputs, _ROWS)}):
        connection.execute(f"create schema if not exists {schema}")
    for name in inputs:
        connection.execute(f"create view {name} as {_input(name)}")
    nothing = KINDS["field_values"].schema.empty_table()
    for name, rows in ((_ROWS, reading.tables["lead"]), (_FIELD_ROWS, reading.tables.get("field_values", nothing))):
        connection.register("landed_rows", rows)
        connection.execute(f"create table {name} as select *, 0 as source_order from landed_rows")
        connection.unregister("landed_rows")
    for model in models:
        connection.execute(f"create table {model.name} as {model.sql}")
        if model.name == _LEADS:
            _add_fields(connection, fields)


def _add_fields(connection: duck.Connection, fields: Model) -> None:
    """Values of configured fields: the published ones, as from enrichment, and those of the rows."""
    connection.execute(f"create table {_FILE_FIELDS} as {fields.sql}")
    both = f"{_input(_FIELDS)} union all by name select * from {_FILE_FIELDS}"
    connection.execute(f"create view {_FIELDS} as {both}")


def _input(name: TableName) -> str:
    return f"select * from published.{name}" + (" where false" if name in _LEFT_OUT else "")


def _models(graph: ModelGraph) -> list[Model]:
    """The models between the rows of a list and their routes, in build order."""
    found, depends = [], {_LEADS}
    for model in graph.in_order():
        # Their fields are added to the published ones, so that the rest of staging is not involved.
        if model.name == _LEADS or (depends & {*model.depends_on} and model.name.schema != "staging"):
            depends.add(model.name)
            found.append(model)
    wanted = {_ROUTES}
    for model in reversed(found):
        if model.name in wanted:
            wanted.update(model.depends_on)
    return [model for model in found if model.name in wanted]


def _of_icp(connection: duck.Connection, icp_id: str) -> tuple[str | None, str]:
    found = connection.execute(
        "select icp_version, cast(as_of as varchar) from icp.live_versions cross join settings.run where icp_id = ?",
        [icp_id],
    ).fetchone()
    if found is None:
        raise IcpError(f"the published version has no ICP '{icp_id}'; `icp versions` lists them")
    return found[0], found[1]


def _rows(connection: duck.Connection, icp_id: str) -> list[dict[str, Any]]:
    result = connection.execute(_ANSWER, [icp_id])
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


_LAST_RUN = "select run_id, as_of from published.history.runs order by sequence desc nulls last limit 1"
# Unknown: the criteria's attributes without a value for the account or in the row.
_ANSWER = """
with asked as (select unnest([?]) as icp_id),
subjects as (
    select leads.lead_id, scores.basis, matches.account_id
    from core.leads as leads
    inner join core.lead_matches as matches using (lead_id)
    left join icp.lead_scores as scores
        on leads.lead_id = scores.lead_id and scores.icp_id = (select icp_id from asked)
),
known as (
    select lead_id, attribute from core.lead_attributes where not coalesce(is_blank, false)
    union
    select subjects.lead_id, attributes.attribute
    from subjects
    inner join core.account_attributes as attributes using (account_id)
    where subjects.basis = 'account' and not coalesce(attributes.is_blank, false)
),
unknown as (
    select subjects.lead_id, string_agg(criteria.attribute, ', ' order by criteria.attribute) as unknown
    from subjects
    cross join (select distinct attribute from icp.criteria where icp_id = (select icp_id from asked)) as criteria
    left join known on subjects.lead_id = known.lead_id and criteria.attribute = known.attribute
    where known.lead_id is null
    group by subjects.lead_id
)
select
    leads.source_line as line, leads.domain, subjects.account_id, matches.method,
    coalesce(scores.basis, 'none') as basis, coalesce(scores.tier, 'unscored') as tier, scores.grade, scores.fit_score,
    scores.fit_probability, scores.known_share, leads.role, leads.seniority, routes.route, routes.due_by,
    coalesce(scores.reasons, 'this ICP is not about it') as reasons, unknown.unknown
from core.leads as leads
inner join subjects using (lead_id)
inner join core.lead_matches as matches using (lead_id)
left join icp.lead_scores as scores on leads.lead_id = scores.lead_id and scores.icp_id = (select icp_id from asked)
left join activation.lead_routes as routes on leads.lead_id = routes.lead_id
left join unknown on leads.lead_id = unknown.lead_id
order by leads.source_line
"""
