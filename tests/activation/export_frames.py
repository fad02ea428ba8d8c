"""Frames as the exports models return them, small enough to read."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa

from icp_pipeline import duck
from icp_pipeline.activation import export, targets
from icp_pipeline.activation.csv_files import WrittenFile
from icp_pipeline.activation.manifest import Manifest
from icp_pipeline.activation.row_batches import Query, Rows, kept
from icp_pipeline.activation.target import ExportRun, Target
from icp_pipeline.settings.crm_fields import CrmFields

Frames = dict[str, pd.DataFrame]
AS_OF = datetime.date(2026, 11, 21)
RUN = ExportRun("run-1", AS_OF, "2026.11.1")
ACME, BETA, GONE, LOST = "001Hs00004kXyZaIAK", "001Hs00004kXyZbIAK", "001Hs00004kXyZcIAK", "001Hs00004kXyZdIAK"

# A home without content.yaml.
NO_CONTENT: Frames = {
    "activation.website_rungs": pd.DataFrame(
        columns=[
            "slot",
            "slot_order",
            "rung",
            "kind",
            "variant",
            "attribute",
            "segment_order",
            "trait",
            "value",
            "is_flag",
        ]
    ),
    "exports.website_traits": pd.DataFrame(columns=["domain", "account_id", "trait", "value"]),
}


def write_exports(
    frames: Frames, out: Path, about: ExportRun, fields: CrmFields | None = None, pages: export.Pages | None = None
) -> Manifest:
    """Write an export from models with these rows."""
    with TemporaryDirectory() as folder:
        rows = rows_of(frames, targets.queries(fields or CrmFields()), Path(folder))
        return export.write_exports(rows, out, about, fields, pages)


def write_target(target: Target, frames: Frames, folder: Path, fields: CrmFields | None = None) -> list[WrittenFile]:
    """Write the files of one target from models with these rows."""
    return [file for _, file in write_targets((target,), frames, folder, fields)]


def write_targets(
    targets: Iterable[Target], frames: Frames, folder: Path, fields: CrmFields | None = None
) -> list[tuple[Target, WrittenFile]]:
    """Write the files of several targets, each with the target it belongs to, from models with these rows."""
    fields = fields or CrmFields()
    asked = [(target, target.queries(fields)) for target in targets]
    with TemporaryDirectory() as spool:
        rows = rows_of(frames, [query for _, queries in asked for query in queries], Path(spool))
        return [
            (target, file)
            for target, queries in asked
            for file in target.write([rows[query] for query in queries], folder, RUN, fields)
        ]


def rows_of(frames: Frames, queries: Iterable[Query], folder: Path) -> dict[Query, Rows]:
    """What the queries return if the models have these rows."""
    with duck.connect(threads=1) as connection:
        for name, frame in frames.items():
            schema, _ = name.split(".")
            connection.register("given", _as_arrow(frame))
            connection.execute(f"create schema if not exists {schema}")
            connection.execute(f"create table {name} as select * from given")
        return kept(lambda sql, order, rows: duck.batches(connection, sql, order, rows), queries, folder)


def _as_arrow(frame: pd.DataFrame) -> pa.Table:
    """Texts as a database can hold them, without lone surrogates. A column without a value is a text column."""
    columns = {}
    for name in frame:
        cells = [None if cell is None or cell is pd.NA or cell != cell else cell for cell in frame[name].tolist()]
        cells = [cell.encode(errors="replace").decode() if isinstance(cell, str) else cell for cell in cells]
        column = pa.array(cells)
        columns[str(name)] = column.cast(pa.string()) if pa.types.is_null(column.type) else column
    return pa.table(columns)


def frames_of(*accounts: tuple[str, str, str, str, float | None]) -> Frames:
    """Frames from rows of name, Salesforce id, HubSpot id, tier, score."""
    base = pd.DataFrame(accounts, columns=["name", "salesforce_account_id", "hubspot_company_id", "tier", "score"])
    base["account_id"] = "sf-" + base["salesforce_account_id"]
    base["icp_version"] = "2026.11.1"
    base["priority_score"] = base["score"]
    base["reasons"] = "industry: SaaS (+0.4)"
    base["domain"] = "a.example"
    base["action"] = "nurture"
    base["override_tier"] = None
    base["reason_text"] = "Software; 200-499 employees"
    base["icp_id"] = "primary"
    base["relationship"] = "prospect"
    moved = base.assign(target="salesforce", record_id=base["salesforce_account_id"], old_tier=None, old_score=None)
    moved = moved.assign(
        icp_id="primary", new_tier=base["tier"], new_score=base["score"], cause="first_tag", because=None
    )
    moved_too = moved.assign(target="hubspot", record_id=base["hubspot_company_id"])
    moved = pd.concat([moved, moved_too], ignore_index=True)
    tags = "tier score icp_version action override_tier reason_text"
    columns = {
        "exports.salesforce_account_update": f"account_id salesforce_account_id {tags}",
        "exports.hubspot_company_update": f"account_id hubspot_company_id {tags}",
        "exports.accounts_review": "account_id name domain tier reasons priority_score icp_id relationship",
        "exports.changes": "target record_id account_id domain old_tier new_tier old_score new_score icp_version"
        " cause icp_id because action override_tier",
    }
    frames = {
        name: (moved if name == "exports.changes" else base)[wanted.split()].copy() for name, wanted in columns.items()
    }
    frames |= {"exports.icp_tags": icp_tags(), "exports.lead_tags": lead_tags()} | sheets()
    editorial = pd.DataFrame(columns=["question", "asset", "evidence", "segment", "position"])
    return frames | audience_frames(base) | NO_CONTENT | {"exports.editorial": editorial}


def sheets() -> Frames:
    """The sheet for sales to fill in, and an empty list of people to interview."""
    sheet = (
        "position account name industry employees country relationship reason_text respondent given_on verdict missing"
    )
    candidates = "position account_id account name got_to trial_days meetings replies last_seen_on"
    return {
        "exports.validation_sheet": pd.DataFrame(columns=sheet.split()),
        "exports.interview_candidates": pd.DataFrame(columns=candidates.split()),
    }


def audience_frames(accounts: pd.DataFrame) -> Frames:
    """All tier 1 accounts in their audience, and those that are not ICP in the exclusions."""
    lists = accounts[["account_id", "name", "domain", "tier"]].assign(country="Germany", country_code="DE")
    members, excluded = lists[lists["tier"] == "tier_1"], lists[lists["tier"] == "not_icp"]
    rows = pd.concat([members.assign(audience="tier_1"), excluded.assign(audience="exclusions", tier=None)])
    audiences = pd.DataFrame({"audience": ["tier_1", "exclusions"], "audience_order": [1, 2], "kept_out": [0, None]})
    return {
        "exports.audience_lists": rows,
        "exports.audiences": audiences.assign(accounts=[len(members), len(excluded)]),
    }


def icp_tags(*rows: tuple[str, str, str, str, float | None]) -> pd.DataFrame:
    """Tags of further ICPs from rows of target, record id, ICP, tier, score."""
    frame = pd.DataFrame(rows, columns=["target", "record_id", "icp_id", "tier", "score"])
    frame["score"] = frame["score"].astype("float64")
    return frame.assign(account_id="sf-" + frame["record_id"], icp_version=frame["icp_id"] + "-2026.11.1")


def lead_tags() -> pd.DataFrame:
    """Leads of both CRMs: one that its CRM has, one that it does not have, and one that cannot be scored."""
    rows = [
        ("salesforce", "00QHs0000000000MAA", "tier_1", 88.5, "ae", True),
        ("salesforce", "00QHs00000KQo6zMAD", "unscored", None, "enrich", False),
        ("hubspot", "502", "unscored", None, "enrich", True),
        ("hubspot", "51", "not_icp", 3.0, "self_serve", False),
    ]
    return pd.DataFrame(rows, columns=["target", "record_id", "tier", "score", "route", "is_changed"])
