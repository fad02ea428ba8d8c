"""ICP versions: when to learn one, its name, and which one is live. The learning itself is in `learning`.

Each ICP of the settings has its own versions: one may be refitted, promoted or still lack a signal while the
others stay as they are. `2026.11.1` is a version of `primary`, `emea-2026.11.1` one of the ICP `emea`.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from icp_pipeline.errors import IcpError
from icp_pipeline.home import Home
from icp_pipeline.learning.contract import LearnedIcp
from icp_pipeline.names import TableName
from icp_pipeline.run.icp_data import IcpData
from icp_pipeline.run.promotion import Rivals, make_live, promote_if_not_worse, retire_live
from icp_pipeline.warehouse.history import status_after_rollback
from icp_pipeline.warehouse.version_reader import read_version
from icp_pipeline.warehouse.versions import live_version_file, newest

if TYPE_CHECKING:
    from icp_pipeline.run.session import Run

PRIMARY = "primary"
LIVE, PROPOSED, RETIRED, NO_SIGNAL = "live", "proposed", "retired", "no_signal"

# What one version stores, each in its history table.
_PARTS = (
    "icp_criteria",
    "icp_evidence",
    "icp_calibration",
    "icp_trigger_effects",
    "icp_backtest",
    "icp_backtest_curve",
    "icp_comparison",
    "icp_segment_effects",
    "icp_score_effects",
    "icp_trait_shares",
    "icp_warnings",
)

_TRIED_AGAIN = "update history.icp_versions set learned_from = ? where icp_id = ? and status = 'no_signal'"
# The last attempt's results, which the warning NO_SIGNAL names.
_REACHED = """
update history.icp_versions set signal_z = $1, n_customers = $2, basis = $3, measured_by = $5
where icp_id = $4 and status = 'no_signal' and icp_version = (
    select arg_max(versions.icp_version, (coalesce(learning.sequence, 0), versions.icp_version))
    from history.icp_versions as versions
    left join history.runs as learning on learning.run_id = versions.run_id
    where versions.icp_id = $4 and versions.status = 'no_signal'
)
"""


@dataclass(frozen=True)
class Recorded:
    """The versions of one ICP in history."""

    icp_id: str
    names: list[str]
    live: str | None
    # What the last attempt without signal was learned from; None if there was none.
    tried_on: str | None = None


def learn_version(run: Run) -> dict[str, Any]:
    """Promote, learn, or keep the live versions, as requested; returns metadata for the asset.

    The metadata are those of the ICP `primary`, and under their names those of all other ICPs.
    """
    versions = run.frame(
        "select icp_version, icp_id, status, learned_from from history.icp_versions order by promoted_at, icp_version"
    )
    if run.request.promote:
        return _promote(run, versions, run.request.promote)
    data = IcpData(run)
    done = {icp_id: _learn(run, data, recorded(versions, icp_id)) for icp_id in data.icps}
    return {**done.pop(PRIMARY, {}), **done}


def recorded(versions: pd.DataFrame, icp_id: str) -> Recorded:
    """The recorded versions of one ICP; `versions` are rows of history.icp_versions."""
    own = versions[versions["icp_id"] == icp_id]
    live = own.loc[own["status"] == LIVE, "icp_version"].tolist()
    tried = own.loc[own["status"] == NO_SIGNAL, "learned_from"].dropna().tolist() if "learned_from" in own else []
    return Recorded(icp_id, own["icp_version"].tolist(), live[-1] if live else None, tried[-1] if tried else None)


def _learn(run: Run, data: IcpData, before: Recorded) -> dict[str, Any]:
    """Learn one ICP if requested, or if it has no live version yet: one added to the settings is learned alone.

    If there was no signal, the same outcomes and traits have none tonight either.
    """
    if before.live and not run.request.refit:
        return {"icp_version": before.live, "learned_now": False}
    if not before.live and not run.request.refit and before.tried_on == data.fingerprint(before.icp_id):
        return {"learned_now": False, "note": "no signal last time, and no new outcomes or traits since"}
    if before.icp_id != PRIMARY:
        run.progress(f"learning: {before.icp_id}")
    run.write_out()
    with run.timed("learning"):
        learned = data.learn(before.icp_id, compare=run.request.refit)
    done = _record(run, learned, before, data)
    if before.live and done.get("status") == PROPOSED:
        done |= promote_if_not_worse(run, data, Rivals(before.icp_id, done["icp_version"], before.live), learned)
    return done


def _record(run: Run, learned: LearnedIcp, before: Recorded, data: IcpData) -> dict[str, Any]:
    """Write a new version into history; the first one with signal goes live at once, a later one is compared first."""
    facts = {"customers": learned.n_customers, "signal_z": round(learned.signal_z, 3), "has_signal": learned.has_signal}
    learned_from, measured_by = data.fingerprint(before.icp_id), data.basis(before.icp_id).measured_by
    if not learned.has_signal and not run.request.refit and before.names:
        run.build.execute(_TRIED_AGAIN, [learned_from, before.icp_id])
        reached = (learned.signal_z, learned.n_customers, learned.basis)
        run.build.execute(_REACHED, [*reached, before.icp_id, measured_by])
        return {**facts, "learned_now": False, "note": "still no signal; nothing new to record"}
    name = next_name(before.icp_id, run.as_of, before.names)
    status = NO_SIGNAL if not learned.has_signal else PROPOSED if before.live else LIVE
    version = {
        "icp_version": name,
        "icp_id": before.icp_id,
        "status": status,
        "cause": "refit" if before.live else "first fit",
        "filter_sql": data.icps[before.icp_id],
        "learned_from": learned_from,
        "measured_by": measured_by,
    }
    _write(run, learned, version)
    return {**facts, "icp_version": name, "status": status, "learned_now": True, "criteria": len(learned.criteria)}


def _write(run: Run, learned: LearnedIcp, version: dict[str, Any]) -> None:
    now = run.started_at.replace(tzinfo=None)
    facts = {
        "learned_at": now,
        "as_of": run.as_of,
        "run_id": run.run_id,
        "promoted_at": now if version["status"] == LIVE else None,
        "live_from": run.as_of if version["status"] == LIVE else None,
        "n_customers": learned.n_customers,
        "signal_z": learned.signal_z,
        "has_signal": learned.has_signal,
        "basis": learned.basis,
        "chance": learned.chance,
        "counts_parents": True,
    }
    run.build.append(TableName("history", "icp_versions"), pd.DataFrame([{**version, **facts}]))
    keys = {name: version[name] for name in ("icp_version", "icp_id")}
    for part in _PARTS:
        frame: pd.DataFrame = getattr(learned, part.removeprefix("icp_"))
        if len(frame):
            run.build.append(TableName("history", part), frame.assign(**keys))


def _promote(run: Run, versions: pd.DataFrame, name: str) -> dict[str, Any]:
    """Make one version live and retire the previous one of the same ICP; the other ICPs do not change.

    A version without signal goes live as no ICP: the live one is retired, every account is unscored, and
    the next runs try to learn one. Raises IcpError if the version does not exist, or promoting it would change nothing.
    """
    promotable = _Promotable.of(versions[["icp_version", "icp_id", "status"]].itertuples(index=False, name=None))
    promotable.check(name)
    icp_id = promotable.icp_ids[name]
    if promotable.statuses[name] == NO_SIGNAL:
        retire_live(run, icp_id)
        return {"learned_now": False, "promoted": True, "note": f"{name} has no signal: no ICP is live"}
    make_live(run, icp_id, name)
    return {"icp_version": name, "learned_now": False, "promoted": True}


def check_promotable(home: Home, name: str) -> None:
    """Raise IcpError for a version that cannot be promoted, before a whole run is spent on it."""
    last, shown = newest(home.root), live_version_file(home.root)
    known = _known_versions(last.path) if last else []
    scoring = {icp_id: version for version, icp_id, status in _known_versions(shown) if status == LIVE} if shown else {}
    _Promotable.of(
        (version, icp_id, status_after_rollback(icp_id, version, status, scoring)) for version, icp_id, status in known
    ).check(name)


def _known_versions(path: Path) -> list[tuple[str, str, str]]:
    """Version, ICP and status of all versions in a published file."""
    with read_version(path) as connection:
        query = "select icp_version, icp_id, status from history.icp_versions order by icp_version"
        return connection.execute(query).fetchall()


@dataclass(frozen=True)
class _Promotable:
    """By version: its ICP and its status."""

    icp_ids: dict[str, str]
    statuses: dict[str, str]

    @classmethod
    def of(cls, known: Iterable[tuple[str, str, str]]) -> _Promotable:
        rows = list(known)
        return cls({name: icp_id for name, icp_id, _ in rows}, {name: status for name, _, status in rows})

    def check(self, name: str) -> None:
        """Raise IcpError if the version cannot be promoted."""
        if name not in self.statuses:
            raise IcpError(
                f"there is no ICP version '{name}'. Known versions: {', '.join(self.statuses) or 'none'}. "
                "See `icp versions`."
            )
        if self.statuses[name] == LIVE:
            # Promoting it again would restart its age and results, and accept whatever a guard blocks.
            raise IcpError(f"ICP version {name} is already live: `icp run` scores with it.")
        if self.statuses[name] == NO_SIGNAL and not any(
            status == LIVE and self.icp_ids[version] == self.icp_ids[name] for version, status in self.statuses.items()
        ):
            raise IcpError(
                f"ICP version {name} has no criteria (NO_SIGNAL), and there is no live version to retire. "
                "Learn again: `icp refit`."
            )


def next_name(icp_id: str, as_of: datetime.date, taken: list[str]) -> str:
    """`2026.11.1`: year, month, and a counter within the month; of other ICPs than `primary` with their name before."""
    stem = f"{'' if icp_id == PRIMARY else icp_id + '-'}{as_of.year}.{as_of.month:02d}."
    used = [int(name.removeprefix(stem)) for name in taken if name.startswith(stem)]
    return f"{stem}{max(used, default=0) + 1}"
