"""`icp content --preview`: what `content.yaml` would show a company's visitor now, and why.

The models that read `content.yaml` are built in memory over the published tables, so a change of the file can be
viewed without a run, and the answer is the one that the next run writes.
"""

from __future__ import annotations

from typing import Any

from icp_pipeline import duck
from icp_pipeline.errors import IcpError
from icp_pipeline.home import SQL, Home
from icp_pipeline.models.graph import ModelGraph
from icp_pipeline.models.model import Model
from icp_pipeline.models.model_cache import cached_models
from icp_pipeline.names import TableName, literal
from icp_pipeline.run.quantile_bins import kept_bins
from icp_pipeline.settings import website
from icp_pipeline.settings.load import load_settings
from icp_pipeline.settings.schema import Settings
from icp_pipeline.settings.tables import settings_tables
from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.values.domains import registrable_domain
from icp_pipeline.warehouse.unreadable import unreadable
from icp_pipeline.warehouse.versions import live_version_file

_MEMORY = "400MB"
_SHOWN = TableName("activation", "personalization")
_TRAITS = TableName("exports", "website_traits")
_OF_CONTENT = {TableName("settings", name) for name in ("content_slots", "content_segments", "experiments")}
_LAST_RUN = "select run_id, as_of from published.history.runs order by sequence desc nulls last limit 1"
_ACCOUNT = """
select accounts.account_id, accounts.name
from published.core.account_domains as domains
inner join published.core.accounts as accounts on accounts.account_id = domains.account_id
where domains.domain = ? and domains.domain_rank = 1
"""
_OWN_TRAITS = f"select trait, value from {_TRAITS} where domain = ? order by trait"
_SLOTS = """
select slots.slot, slots.attribute, coalesce(shown.variant, slots.default_variant) as variant,
    slots.default_variant, shown.segment, coalesce(shown.because, 'nothing known of this company') as because
from settings.content_slots as slots
left join activation.personalization as shown on shown.slot = slots.slot and shown.account_id = ?
order by slots.slot_order
"""


def preview(home: Home, wanted: str) -> dict[str, Any]:
    """What a visitor from a domain sees: the keys of `--json`, as listed in docs/json.md.

    For an unknown domain it returns the defaults, as the website does. Raises IcpError without
    `content.yaml`, without a published version, and for text that is not a domain.
    """
    settings = load_settings(home.root)
    if settings.content is None:
        raise IcpError(
            f"{home.root / website.FILE_NAME}: no such file, so everybody sees the same. "
            "`icp content --suggest` writes a first one."
        )
    domain = _domain(wanted)
    path = live_version_file(home.root)
    if path is None:
        raise IcpError(f"{home.live}: nothing is published yet. Run `icp run --home {home.root}` first.")
    try:
        with duck.connect(memory_limit=_MEMORY, threads=2, allowed=[path.resolve().parent]) as connection:
            connection.execute(f"attach {literal(str(path.resolve()))} as published (read_only)")
            return _answer(connection, settings, domain)
    except duck.DuckError as error:
        raise IcpError(unreadable(path, error)) from error


def _domain(wanted: str) -> str:
    try:
        found = registrable_domain(wanted)
    except Unusable:
        found = None
    if not found:
        raise IcpError(f"'{wanted}' is not a domain: write it as acme.com.")
    return found


def _answer(connection: duck.Connection, settings: Settings, domain: str) -> dict[str, Any]:
    run_id, as_of = connection.execute(_LAST_RUN).fetchone()  # type: ignore[misc]
    bins = kept_bins(lambda query: connection.execute(query).df(), "published.history")
    connection.execute("create schema settings")
    for name, rows in settings_tables(settings, as_of, run_id, bins).items():
        connection.register("setting_rows", rows)
        connection.execute(f"create table settings.{name} as select * from setting_rows")
        connection.unregister("setting_rows")
    _build(connection, cached_models(SQL))
    account = connection.execute(_ACCOUNT, [domain]).fetchone()
    account_id, name = account or (None, None)
    return {
        "domain": domain,
        "account_id": account_id,
        "name": name,
        "as_of": as_of.isoformat(),
        "traits": _rows(connection, _OWN_TRAITS, domain),
        "slots": _rows(connection, _SLOTS, account_id),
    }


def _rows(connection: duck.Connection, query: str, *parameters: object) -> list[dict[str, Any]]:
    result = connection.execute(query, list(parameters))
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _build(connection: duck.Connection, graph: ModelGraph) -> None:
    """Build the models that depend on `content.yaml`; every other table is a view of the published one."""
    models = _models(graph)
    built = {model.name for model in models}
    inputs = sorted({name for model in models for name in model.depends_on} - built)
    for schema in sorted({name.schema for name in (*built, *inputs)} - {"settings"}):
        connection.execute(f"create schema if not exists {schema}")
    for name in inputs:
        if name.schema != "settings":
            connection.execute(f"create view {name} as select * from published.{name}")
    for model in models:
        connection.execute(f"create table {model.name} as {model.sql}")


def _models(graph: ModelGraph) -> list[Model]:
    found, depends = [], set(_OF_CONTENT)
    for model in graph.in_order():
        if depends & {*model.depends_on}:
            depends.add(model.name)
            found.append(model)
    wanted = {_SHOWN, _TRAITS}
    for model in reversed(found):
        if model.name in wanted:
            wanted.update(model.depends_on)
    return [model for model in found if model.name in wanted]
