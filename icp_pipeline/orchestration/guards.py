"""The guard against mass change: before publication a run is compared with what is live.

An outage upstream looks like data: half a file, an export of the wrong view. Beyond the thresholds in settings the run
is held, and the last version stays, until a person accepts the change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from icp_pipeline import duck
from icp_pipeline.errors import IcpError
from icp_pipeline.settings.schema import GuardSettings

if TYPE_CHECKING:
    from icp_pipeline.orchestration.run import Run

# A share of fewer rows or accounts than this says nothing.
_FEWEST = 20

# By kind of record, because one file of a vendor may be cut while its larger ones are whole.
_VOLUME = """
select source || ' ' || table_name as source, cast(sum(rows_loaded) as bigint) as n
from quality.source_files where table_name <> '' group by 1
"""
# An account that had no tier yet cannot lose one: the first criteria of a company move everybody.
_MOVES = """
select previous_tier, tier, count(*) as n from icp.account_tiers
where icp_id = 'primary' and previous_tier is not null and previous_tier <> 'unscored' group by previous_tier, tier
"""


class HeldError(IcpError):
    """The run changes more than the guards allow; nothing was published."""


def hold_mass_change(run: Run) -> None:
    """Raise HeldError with a readable difference, unless the run was accepted beforehand or nothing is live yet."""
    reasons = [] if run.request.accept else mass_change(run)
    if reasons:
        raise HeldError(
            f"held, nothing was published: {'; '.join(reasons)}. Look at the landed files and `icp run --dry-run`; if "
            'the change is right, publish it with `icp run --accept "why"`. Thresholds: guards in icp.yaml.'
        )


def mass_change(run: Run) -> list[str]:
    """What changes more than the settings allow, a sentence each; nothing is too much before the first publication."""
    if not run.home.live.exists():
        return []
    with duck.connect(run.home.live.resolve(), read_only=True) as connection:
        before = connection.execute(_VOLUME).df()
    guards = run.settings.guards
    return [*_volume(before, run.frame(_VOLUME), guards), *_tiers(run.frame(_MOVES), guards)]


def _volume(before: pd.DataFrame, now: pd.DataFrame, guards: GuardSettings) -> list[str]:
    """Sources whose loaded rows fell or rose too much against the live version."""
    counts: dict[str, int] = dict(now.itertuples(index=False))
    reasons = []
    for source, old in before.sort_values("source").itertuples(index=False):
        change = counts.get(source, 0) / old - 1 if old >= _FEWEST else 0.0
        if change <= -guards.volume_drop or change >= guards.volume_rise:
            reasons.append(f"{source}: {old:,} rows before, {counts.get(source, 0):,} now ({change:+.0%})")
    return reasons


def _tiers(moves: pd.DataFrame, guards: GuardSettings) -> list[str]:
    """Too many accounts in another tier, or too many of tier 1 lost."""
    total = int(moves["n"].sum())
    moved = int(moves.loc[moves["previous_tier"] != moves["tier"], "n"].sum())
    first = moves[moves["previous_tier"] == "tier_1"]
    had, lost = int(first["n"].sum()), int(first.loc[first["tier"] != "tier_1", "n"].sum())
    reasons = []
    if total >= _FEWEST and moved / total > guards.tier_moves:
        reasons.append(f"{moved:,} of {total:,} accounts would change tier ({moved / total:.0%})")
    if had >= _FEWEST and lost / had > guards.tier_1_lost:
        reasons.append(f"{lost:,} of {had:,} tier 1 accounts would lose it ({lost / had:.0%})")
    return reasons
