"""Section 5: what changed since the last run and since the last ICP version."""

from __future__ import annotations

from dataclasses import dataclass

from icp_pipeline.report.about import About
from icp_pipeline.report.figures import Frames, Row, rows
from icp_pipeline.report.words import CAUSES, TIERS, clean, trait


@dataclass(frozen=True)
class MovesView:
    """`previous_run` is None on the first run, `previous_version` None while the first version is live."""

    previous_run: Row | None
    new_accounts: int
    moved: int
    by_cause: list[Row]
    accounts: list[Row]
    version: str | None
    previous_version: Row | None
    added: list[str]
    dropped: list[str]
    reweighted: list[Row]
    version_moves: int
    proposed: list[Row]


def view(frames: Frames, about: About, icp_id: str) -> MovesView:
    """Tier changes since the last published run, and criteria compared with the previous version."""
    earlier = [row for row in rows(frames, "runs") if row["run_id"] != about.run_id]
    previous_run = max(earlier, key=lambda row: row["sequence"], default=None)
    moves = rows(frames, "moves", icp_id=icp_id)
    moved = [row for row in moves if row["cause"] != "new"]
    versions = rows(frames, "all_versions", icp_id=icp_id)
    live = (rows(frames, "versions", icp_id=icp_id) or [{}])[0].get("icp_version")
    previous = _previous_version(versions, live)
    added, dropped, reweighted = _criteria_changes(frames, icp_id, live, previous)
    return MovesView(
        previous_run,
        sum(int(row["accounts"]) for row in moves if row["cause"] == "new"),
        sum(int(row["accounts"]) for row in moved),
        _by_cause(moved),
        [_account(row) for row in rows(frames, "moved_accounts", icp_id=icp_id)],
        live,
        previous,
        added,
        dropped,
        reweighted,
        _version_moves(frames, moved, icp_id, live),
        [row for row in versions if row["status"] == "proposed"],
    )


def _by_cause(moved: list[Row]) -> list[Row]:
    ranked = sorted(moved, key=lambda row: (_place(row["to_tier"]), _place(row["from_tier"]), row["cause"]))
    return [_named(row) for row in ranked]


def _place(tier: str | None) -> int:
    """Best first; accounts that are no longer exported come last."""
    return list(TIERS).index(tier) if tier else len(TIERS)


def _named(row: Row) -> Row:
    return {
        **row,
        "from_label": TIERS[row["from_tier"]][0] if row["from_tier"] else "–",
        "to_label": TIERS[row["to_tier"]][0] if row["to_tier"] else "–",
        "why": CAUSES.get(row["cause"], clean(row["cause"])),
        "is_up": _place(row["to_tier"]) < _place(row["from_tier"]),
        "is_move": row["to_tier"] != row["from_tier"],
    }


def _account(row: Row) -> Row:
    return {
        **_named(row),
        "name": clean(row["name"] or row["domain"] or row["account_id"]),
        "because": clean(row["because"]) if row["because"] else "",
        "reasons": clean(row["reasons"]),
    }


def _previous_version(versions: list[Row], live: str | None) -> Row | None:
    """The version that was live before: the last one promoted before the live one."""
    retired = [row for row in versions if row["icp_version"] != live and row.get("promoted_at") is not None]
    return max(retired, key=lambda row: row["promoted_place"], default=None)


def _criteria_changes(
    frames: Frames, icp_id: str, live: str | None, previous: Row | None
) -> tuple[list[str], list[str], list[Row]]:
    if live is None or previous is None:
        return [], [], []
    new = _criteria_of(frames, icp_id, live)
    old = _criteria_of(frames, icp_id, str(previous["icp_version"]))
    kept = sorted(new.keys() & old.keys())
    reweighted = [{"trait": trait(*key), "was": old[key]["points"], "now": new[key]["points"]} for key in kept]
    return (
        [trait(*key) for key in sorted(new.keys() - old.keys())],
        [trait(*key) for key in sorted(old.keys() - new.keys())],
        reweighted,
    )


def _criteria_of(frames: Frames, icp_id: str, version: str) -> dict[tuple[str, str], Row]:
    found = rows(frames, "all_criteria", icp_id=icp_id, icp_version=version)
    return {(str(row["attribute"]), str(row["segment"])): row for row in found}


def _version_moves(frames: Frames, moved: list[Row], icp_id: str, live: str | None) -> int:
    """Accounts that the live version moved, in this run or an earlier one."""
    now = sum(int(row["accounts"]) for row in moved if row["cause"] == "icp_version")
    earlier = sum(int(row["accounts"]) for row in rows(frames, "version_moves", icp_id=icp_id, icp_version=live))
    return max(now, earlier)
