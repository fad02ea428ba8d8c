"""The guard against mass change: before publication a run is compared with the live version.

An outage upstream looks like data: half a file, an export of the wrong view, one that stopped coming. Beyond the
limits in settings the run is blocked, and the last version stays live, until a person accepts the change.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from icp_pipeline import duck
from icp_pipeline.catalog.kinds import KINDS
from icp_pipeline.errors import IcpError
from icp_pipeline.run.code_version import code_version
from icp_pipeline.settings.schema import GuardSettings
from icp_pipeline.warehouse.version_reader import read_version
from icp_pipeline.warehouse.versions import live_version_file

if TYPE_CHECKING:
    from icp_pipeline.run.session import Run

# Shares of fewer rows or accounts than this mean nothing.
_FEWEST = 20
_MOVES_SHOWN = 4
# A clock that was ahead or behind by so many days costs no more than these days: see icp.past_runs.
_CLOCK_DAYS = 7
# No tier in the new run: the account is no longer in any CRM file.
_GONE = "gone"


def _quoted(*names: str) -> str:
    return ", ".join(f"'{name}'" for name in dict.fromkeys(names))


# Lists kept by hand change when somebody edits them: an old file is not an outage, but a list without a row is one.
_LISTS = tuple(sorted(kind.name for kind in KINDS.values() if kind.is_kept_by_hand))
# Tiers do not depend on what people say, and three more interviews than last week are not an outage.
_HEARD = tuple(sorted(kind.name for kind in KINDS.values() if kind.is_heard))
# By record type, because one file of a vendor may be cut while its larger ones are complete. Only what counts: a full
# export beside the one it replaces is no rise, and to remove old ones no drop.
_VOLUME = f"""
select source || ' ' || table_name as source, cast(sum(rows_loaded) as bigint) as n
from quality.source_files
where table_name not in ({_quoted("", *_HEARD)}) and status = 'loaded'
group by 1
"""
_LAST_FILES = f"""
select source, max(last_modified) as modified
from quality.source_files
where table_name not in ({_quoted("", *_LISTS, *_HEARD)}) and status = 'loaded'
group by source
"""
# As exported to CRMs: accounts that are not prospects have none.
_TIERS = """
select icp_id, account_id, case when action = 'none' then 'unscored' else tier end as tier from icp.account_tiers
"""
# Accounts that continue under another id.
_MOVED = "select account_id, now_account_id from icp.account_successors where fate = 'moved'"
# Moves by a release's new tier rule are not an outage: the warning TIER_RULE_CHANGED names them. Moves by settings may
# be a typo. The rule starts with the release's part, up to the first semicolon.
_BY_RULE = """
select moves.icp_id, moves.account_id
from icp.tier_transitions as moves
inner join icp.previous_tiers as previous
    on moves.account_id = previous.account_id and moves.icp_id = previous.icp_id
cross join settings.run as run
where moves.cause = 'tier_rule'
    and coalesce(split_part(previous.tier_rule, ';', 1), '') <> split_part(run.tier_rule, ';', 1)
"""
# Attributes that icp.yaml has excluded since the live ICP was learned on them: no account has them any more.
_SET_ASIDE = """
select distinct criteria.attribute
from icp.criteria as criteria
inner join settings.attributes as attributes on criteria.attribute = attributes.attribute
where not attributes.is_enabled
order by criteria.attribute
"""
# An account without a tier cannot lose one: a company's first criteria move everybody.
_MOVES = f"""
with
had as (
    select cast(icp_id as varchar) as icp_id, cast(account_id as varchar) as account_id, cast(tier as varchar) as tier
    from before where tier <> 'unscored'
),

has as (
    select cast(icp_id as varchar) as icp_id, cast(account_id as varchar) as account_id, cast(tier as varchar) as tier
    from now
)

select had.icp_id, had.tier as old, coalesce(has.tier, '{_GONE}') as new, count(*) as n
from had
left join has on had.icp_id = has.icp_id and had.account_id = has.account_id
where had.icp_id in (select icp_id from has)
group by had.icp_id, had.tier, has.tier
order by had.icp_id, had.tier, has.tier
"""


class HeldError(IcpError):
    """The run changes more than the guards allow; nothing was published."""


@dataclass(frozen=True)
class _Side:
    """What the guard compares: one side is the live version, the other the new run."""

    as_of: datetime.date
    code: str | None
    volume: pd.DataFrame
    files: pd.DataFrame
    tiers: pd.DataFrame


def hold_mass_change(run: Run) -> str | None:
    """The reason a person gave for accepting, or None. Raises HeldError with the differences if nobody accepted."""
    reasons = mass_change(run)
    if reasons and not run.request.accept:
        raise HeldError(
            f"blocked, nothing was published: {'; '.join(reasons)}. Check the landed files with `icp run --dry-run`; "
            'if the change is right, publish it with `icp run --accept "why"`. Thresholds: guards in icp.yaml.'
        )
    return "; ".join(reasons) or None


def mass_change(run: Run) -> list[str]:
    """What changes more than the settings allow, one sentence each; empty before the first publication."""
    live = live_version_file(run.home.root)
    if live is None:
        return []
    before, now, guards = _live_side(live, run), _new_side(run), run.settings.guards
    by_rule = pd.MultiIndex.from_frame(run.frame(_BY_RULE))
    stays = ~pd.MultiIndex.from_frame(before.tiers[["icp_id", "account_id"]]).isin(by_rule)
    before = replace(before, tiers=before.tiers[stays])
    tiers = _tiers(before, now, guards)
    set_aside = _set_aside(run.frame(_SET_ASIDE)["attribute"]) if tiers else []
    clock = [] if run.is_asked_for_a_day else clock_set_back(before.as_of, now.as_of)
    return [*clock, *_volume(before.volume, now.volume, guards), *_stale(before, now, guards), *tiers, *set_aside]


def clock_set_back(before: datetime.date, now: datetime.date) -> list[str]:
    """Why a clock is doubted that says a day long before that of the live version.

    Which of the two clocks is wrong cannot be told from here, and what a run of 1970 records would stay.
    """
    days = (before - now).days
    if days <= _CLOCK_DAYS:
        return []
    return [
        f"today is {now} by the clock, {days:,} days before the live version's day, {before}: correct the clock; if it "
        "is right, the clock of the live version was ahead, so accept it"
    ]


def tier_changes_too_large(run: Run, icp_id: str) -> list[str]:
    """The guard's findings on one ICP's tiers in the work file, before a version goes live."""
    live = live_version_file(run.home.root)
    if live is None:
        return []
    before, tiers = _live_side(live, run), run.frame(_TIERS)
    now = replace(before, code=code_version(run.graph), tiers=tiers[tiers["icp_id"] == icp_id])
    return _tiers(before, now, run.settings.guards)


def _live_side(live: Path, run: Run) -> _Side:
    with read_version(live) as connection:
        # An older release has fewer columns.
        rows = connection.execute("select * from history.runs where run_id = ?", [live.stem.removeprefix("icp_")]).df()
        frames = [duck.large_frame(connection, query) for query in (_VOLUME, _LAST_FILES, _TIERS)]
    frames[-1] = _under_todays_ids(frames[-1], run.frame(_MOVED))
    own = rows.iloc[0]
    code = own.get("code_version")
    return _Side(pd.Timestamp(own["as_of"]).date(), None if pd.isna(code) else code, *frames)


def _under_todays_ids(tiers: pd.DataFrame, moved: pd.DataFrame) -> pd.DataFrame:
    """The live version's tiers, an account that moved to another id under that: it is no account lost and another won.

    `moved`: `account_id` and `now_account_id`.
    """
    renamed = dict(zip(moved["account_id"], moved["now_account_id"], strict=True))
    return tiers.assign(account_id=[renamed.get(name, name) for name in tiers["account_id"]])


def _new_side(run: Run) -> _Side:
    frames = [run.frame(query) for query in (_VOLUME, _LAST_FILES, _TIERS)]
    return _Side(run.as_of, code_version(run.graph), *frames)


def _volume(before: pd.DataFrame, now: pd.DataFrame, guards: GuardSettings) -> list[str]:
    """Sources whose loaded rows fell or rose too much against the live version."""
    counts: dict[str, int] = dict(now.itertuples(index=False))
    reasons = []
    for source, old in before.sort_values("source").itertuples(index=False):
        is_emptied_list = source.endswith(_LISTS) and old > 0 and not counts.get(source)
        change = counts.get(source, 0) / old - 1 if old >= _FEWEST or is_emptied_list else 0.0
        if change <= -guards.volume_drop or change >= guards.volume_rise:
            reasons.append(f"{source}: {old:,} rows before, {counts.get(source, 0):,} now ({change:+.0%})")
    return reasons


def _stale(before: _Side, now: _Side, guards: GuardSettings) -> list[str]:
    """Sources whose newest file has become too old since the live version was published.

    Only what *became* stale: a source that was stale when the live version was accepted is known to be. A file that was
    landed again with the same content is not stale, because nothing happened at its source.
    """
    were = _ages(before)
    reasons = []
    for source, age in sorted(_ages(now).items()):
        limit = guards.stale_days_by_source.get(source, guards.stale_days)
        if age > limit and were.get(source, 0) <= limit:
            reasons.append(f"{source}: its newest file is {age} days old (limit: {limit})")
    return reasons


def _ages(side: _Side) -> dict[str, int]:
    """Days from the newest file of each source to the as-of date."""
    modified = pd.to_datetime(side.files["modified"], errors="coerce").dt.date
    pairs = zip(side.files["source"], modified, strict=True)
    return {source: (side.as_of - day).days for source, day in pairs if not pd.isna(day)}


def _tiers(before: _Side, now: _Side, guards: GuardSettings) -> list[str]:
    """Too many accounts changed tier, or too many lost tier 1."""
    moves = _moves(before, now)
    new_code = f"{before.code or 'an older release'} -> {now.code}" if before.code != now.code else None
    return [*_tier_moves(moves, guards, new_code), *_first_tier_lost(moves, guards)]


def _set_aside(attributes: pd.Series) -> list[str]:
    """Why tiers move if settings removed attributes that criteria are about, and what to do."""
    if attributes.empty:
        return []
    return [
        f"criteria of the live ICP use {', '.join(attributes)}, which icp.yaml excludes (enabled: false): accept "
        "it if that is intended, then `icp refit`"
    ]


def _moves(before: _Side, now: _Side) -> pd.DataFrame:
    """Number of accounts by old and new tier, among those that had one (columns icp_id, old, new, n)."""
    with duck.connect() as connection:
        connection.register("before", before.tiers)
        connection.register("now", now.tiers)
        return connection.execute(_MOVES).df()


def _tier_moves(moves: pd.DataFrame, guards: GuardSettings, new_code: str | None) -> list[str]:
    """Too many accounts changed tier; after a change of the code the limit is much lower."""
    reasons = []
    for icp_id, group in moves.groupby("icp_id"):
        total, moved = int(group["n"].sum()), group[group["old"] != group["new"]]
        share = moved["n"].sum() / total
        limit = guards.tier_moves_new_code if new_code else guards.tier_moves
        if total >= _FEWEST and share > min(limit, guards.tier_moves):
            why = f", and the code is new ({new_code})" if new_code else ""
            reasons.append(
                f"{moved['n'].sum():,} of {total:,} accounts would change tier{_of(icp_id)} ({share:.0%}{why}): "
                + ", ".join(_largest(moved))
            )
    return reasons


def _largest(moved: pd.DataFrame) -> list[str]:
    ordered = moved.sort_values(["n", "old", "new"], ascending=[False, True, True])
    shown = [f"{row.old} -> {row.new} {row.n:,}" for row in ordered.head(_MOVES_SHOWN).itertuples()]
    rest = int(ordered["n"].iloc[_MOVES_SHOWN:].sum())
    return [*shown, f"others {rest:,}"] if rest else shown


def _first_tier_lost(moves: pd.DataFrame, guards: GuardSettings) -> list[str]:
    """Too many accounts that lost tier 1, including those that vanished from the CRM."""
    reasons = []
    for icp_id, group in moves.groupby("icp_id"):
        first = group[group["old"] == "tier_1"]
        had, lost = int(first["n"].sum()), int(first.loc[first["new"] != "tier_1", "n"].sum())
        if had >= _FEWEST and lost / had > guards.tier_1_lost:
            reasons.append(f"{lost:,} of {had:,} tier 1 accounts would lose it{_of(icp_id)} ({lost / had:.0%})")
    return reasons


def _of(icp_id: object) -> str:
    return "" if icp_id == "primary" else f" in ICP {icp_id}"
