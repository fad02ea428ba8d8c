"""ICP versions: when to learn one, what it is called, and which one is live. The learning itself is next door."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from icp_pipeline import duck
from icp_pipeline.errors import IcpError
from icp_pipeline.home import Home
from icp_pipeline.learning.frames import LearnedIcp, LearnSettings
from icp_pipeline.names import TableName
from icp_pipeline.warehouse.versions import newest

if TYPE_CHECKING:
    from icp_pipeline.orchestration.run import Run

ICP_ID = "primary"
LIVE, PROPOSED, RETIRED, NO_SIGNAL = "live", "proposed", "retired", "no_signal"

# What one version leaves behind, each in its history table.
_PARTS = (
    "icp_criteria",
    "icp_evidence",
    "icp_calibration",
    "icp_trigger_effects",
    "icp_backtest",
    "icp_backtest_curve",
    "icp_comparison",
    "icp_segment_effects",
    "icp_trait_shares",
)


def learn_version(run: Run) -> dict[str, Any]:
    """Promote, learn, or leave the live version alone, as the run was asked; returns metadata for the asset."""
    versions = run.frame("select icp_version, status, n_customers, signal_z from history.icp_versions")
    live = versions.loc[versions["status"] == LIVE, "icp_version"].tolist()
    if run.request.promote:
        return _promote(run, versions, run.request.promote)
    if live and not run.request.refit:
        return {"icp_version": live[-1], "learned_now": False}
    with run.timed("learning"):
        learned = _learn(run)
    return _record(run, learned, versions, live)


def _learn(run: Run) -> LearnedIcp:
    from icp_pipeline.learning.learn import learn_icp

    return learn_icp(
        run.frame("select * from outcomes.observations"),
        run.frame(
            """
            select account_id, attribute, level, known_at from core.account_attributes
            where attribute not in (select attribute from segments.attribute_leaks where verdict = 'block')
            """
        ),
        run.frame("select * from segments.segment_definitions"),
        run.frame("select * from segments.segment_lift"),
        market=run.frame("select account_id from core.accounts where not is_customer")["account_id"],
        triggers=run.frame("select * from core.account_triggers"),
        trigger_strengths=run.frame("select * from settings.trigger_strengths"),
        settings=LearnSettings.from_row(
            {str(k): v for k, v in run.frame("select * from settings.run").iloc[0].items()}
        ),
        compare=run.request.refit,
    )


def _record(run: Run, learned: LearnedIcp, versions: pd.DataFrame, live: list[str]) -> dict[str, Any]:
    """Write a new version into history; the first one with signal goes live by itself, later ones wait."""
    facts = {"customers": learned.n_customers, "signal_z": round(learned.signal_z, 3), "has_signal": learned.has_signal}
    if not learned.has_signal and not run.request.refit and len(versions):
        return {**facts, "learned_now": False, "note": "still no signal; nothing new to record"}
    name = _next_name(run.as_of, versions["icp_version"].tolist())
    status = NO_SIGNAL if not learned.has_signal else PROPOSED if live else LIVE
    cause = "first fit" if not live else "refit"
    _write(run, learned, name, status, cause)
    return {**facts, "icp_version": name, "status": status, "learned_now": True, "criteria": len(learned.criteria)}


def _write(run: Run, learned: LearnedIcp, name: str, status: str, cause: str) -> None:
    now = run.started_at.replace(tzinfo=None)
    version = {
        "icp_version": name,
        "icp_id": ICP_ID,
        "learned_at": now,
        "as_of": run.as_of,
        "run_id": run.run_id,
        "status": status,
        "cause": cause,
        "promoted_at": now if status == LIVE else None,
        "n_customers": learned.n_customers,
        "signal_z": learned.signal_z,
        "has_signal": learned.has_signal,
    }
    run.build.append(TableName("history", "icp_versions"), pd.DataFrame([version]))
    for part in _PARTS:
        frame: pd.DataFrame = getattr(learned, part.removeprefix("icp_"))
        if len(frame):
            run.build.append(TableName("history", part), frame.assign(icp_version=name, icp_id=ICP_ID))


def _promote(run: Run, versions: pd.DataFrame, name: str) -> dict[str, Any]:
    """Make one version live and retire the one before; raises IcpError when it is not there or has no criteria."""
    _check_promotable(dict(zip(versions["icp_version"], versions["status"], strict=True)), name)
    now = run.started_at.replace(tzinfo=None)
    run.build.execute("update history.icp_versions set status = ? where status = ?", [RETIRED, LIVE])
    run.build.execute(
        "update history.icp_versions set status = ?, promoted_at = ? where icp_version = ?", [LIVE, now, name]
    )
    return {"icp_version": name, "learned_now": False, "promoted": True}


def check_promotable(home: Home, name: str) -> None:
    """Raise IcpError for a version that cannot be promoted, before a whole run is spent on finding out."""
    last = newest(home.root)
    statuses: dict[str, str] = {}
    if last is not None:
        with duck.connect(last.path, read_only=True) as connection:
            query = "select icp_version, status from history.icp_versions order by icp_version"
            statuses = dict(connection.execute(query).fetchall())
    _check_promotable(statuses, name)


def _check_promotable(statuses: dict[str, str], name: str) -> None:
    if name not in statuses:
        raise IcpError(
            f"there is no ICP version '{name}': known are {', '.join(statuses) or 'none'}. See `icp versions`."
        )
    if statuses[name] == NO_SIGNAL:
        raise IcpError(
            f"ICP version {name} has no criteria (NO_SIGNAL), so it cannot go live. Learn again: `icp refit`."
        )


def _next_name(as_of: datetime.date, taken: list[str]) -> str:
    """`2026.11.1`: year, month, and a counter within the month."""
    stem = f"{as_of.year}.{as_of.month:02d}."
    used = [int(name.removeprefix(stem)) for name in taken if name.startswith(stem)]
    return f"{stem}{max(used, default=0) + 1}"
