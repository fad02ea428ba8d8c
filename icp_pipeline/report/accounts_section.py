"""The accounts table: every account with its tier, evidence, triggers and history, small enough to embed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from icp_pipeline.plain_text import mended
from icp_pipeline.report.figures import Frames, Row, count, is_missing, rows, signed
from icp_pipeline.report.packing import Codes, dictionary, letters, letters_by_account, packed, steps
from icp_pipeline.report.words import CAUSES, TIERS, basis, clean, label, value
from icp_pipeline.tiers import action_words

# Leaves room for the rest of the page below 3 MB; base64 adds a third to the bytes.
MAX_PACKED = 2_700_000
_TIER_RANK = {tier: place for place, tier in enumerate(TIERS)}
_STATUSES = ("scored", "insufficient_data", "disqualified")
# As the page's filter counts them; an account with an open deal is still a prospect.
_WHO = {"customer": 1, "former_customer": 1, "not_prospect": 2}
FIRST_ROWS = 25


@dataclass(frozen=True)
class AccountsView:
    """What the template needs: the packed table, how many accounts it holds, and the first ones to show without it.

    `last`: the tier and priority down to which all accounts are included.
    """

    total: int
    embedded: int
    data: str
    first: list[Row]
    last: str = ""


def view(frames: Frames, icp_ids: list[str], most: int = MAX_PACKED) -> AccountsView:
    """The accounts that were read, in working order: the first ones of all (`frame_queries.MOST_ACCOUNTS`).

    If long names make the page too large to mail, the last accounts are left out.
    """
    if "accounts" not in frames or "standings" not in frames:
        return AccountsView(0, 0, "", [])
    accounts = _in_working_order(frames["accounts"], frames["standings"])
    counted, kept = rows(frames, "accounts_counted"), len(accounts)
    total = int(counted[0]["accounts"]) if counted else kept
    data = packed(_table(frames, accounts, icp_ids))
    while len(data) > most and kept > 1:
        kept = int(kept * min(0.95, most / len(data)))
        data = packed(_table(frames, accounts.head(kept), icp_ids))
    last = _standing_in_words(accounts.iloc[kept - 1]) if kept else ""
    return AccountsView(total, kept, data, _first_rows(frames, accounts, icp_ids), last)


def _in_working_order(accounts: pd.DataFrame, standings: pd.DataFrame) -> pd.DataFrame:
    """Best tier in any ICP first, then priority."""
    ranked = standings[["account_id"]].assign(
        rank=standings["tier"].map(_TIER_RANK).astype("float64"),
        priority=-pd.to_numeric(standings["priority_score"], errors="coerce").astype("float64"),
    )
    best = ranked.sort_values(["rank", "priority"], na_position="last").drop_duplicates("account_id")
    joined = accounts.merge(best, on="account_id", how="left")
    return joined.sort_values(["rank", "priority", "account_id"], na_position="last", ignore_index=True)


def _standing_in_words(account: pd.Series[Any]) -> str:
    """`Tier 3 with priority −0.42`."""
    if is_missing(account["rank"]):
        return "no tier"
    label = [name for name, _ in TIERS.values()][int(account["rank"])]
    return label if is_missing(account["priority"]) else f"{label} with priority {signed(-account['priority'])}"


def _table(frames: Frames, accounts: pd.DataFrame, icp_ids: list[str]) -> dict[str, Any]:
    employees = pd.to_numeric(accounts["employees"], errors="coerce").astype("float64").fillna(-1)
    return {
        "names": _texts(accounts["name"]),
        "domains": _texts(accounts["domain"]),
        "ids": _texts(accounts["account_id"]),
        "hubspot": _texts(accounts["hubspot_company_id"]),
        "who": letters(accounts["relationship"].map(_WHO).fillna(0).astype(np.int64).to_numpy()),
        "employees": employees.astype(np.int64).tolist(),
        "industry": _coded(_cleaned(accounts["industry"])),
        "country": _coded(_cleaned(accounts["country"])),
        "icps": [_standing(frames, accounts, icp_id) for icp_id in icp_ids],
    }


def _texts(column: pd.Series[Any]) -> list[str]:
    texts: list[str] = mended(column, lambda cell: "" if is_missing(cell) else clean(cell)).to_pylist()
    return texts


def _cleaned(column: pd.Series[Any]) -> pd.Series[Any]:
    """Cleaned texts of a column with few distinct values; missing ones stay missing."""
    return column.map({text: clean(text) for text in column.dropna().unique()})


def _coded(column: pd.Series[Any]) -> dict[str, Any]:
    entries, codes = dictionary(column.to_frame())
    return {"values": [entry[0] for entry in entries], "codes": letters(codes)}


def _standing(frames: Frames, accounts: pd.DataFrame, icp_id: str) -> dict[str, Any]:
    places, standings = pd.Index(accounts["account_id"]), frames["standings"]
    mine = standings[standings["icp_id"] == icp_id].set_index("account_id").reindex(places)
    tiers = mine["tier"].map(_TIER_RANK).fillna(len(_TIER_RANK)).astype(np.int64).to_numpy()
    statuses = mine["status"].map({name: place for place, name in enumerate(_STATUSES)})
    version = (rows(frames, "versions", icp_id=icp_id) or [{}])[0]
    return {
        "id": icp_id,
        "success": basis(version.get("basis"), version.get("chance")).success,
        "tier": letters(tiers),
        "status": letters(statuses.fillna(0).astype(np.int64).to_numpy()),
        "grade": _coded(mine["grade"]),
        "action": _coded(mine["action"].map(action_words, na_action="ignore")),
        "since": _coded(_days(mine["tier_since"])),
        "fit": steps(_figure(mine["fit_score"], 10, -1)),
        "engagement": steps(_figure(mine["engagement_score"], 1000, 0)),
        "disqualified": _coded(_cleaned(mine["disqualified_by"])),
        "withheld": _coded(_cleaned(mine["withheld_because"])),
        "candidate": _coded(mine["candidate_tier"]),
        "moved": _moved(mine),
        **_evidence(frames, accounts, icp_id),
        "unknown": _unknown(frames, places, icp_id),
        "what_if": _what_if(frames, places, icp_id),
        "triggers": _triggers(frames, places, icp_id),
        "history": _history(frames, places, icp_id),
    }


def _figure(column: pd.Series[Any], factor: int, missing: int) -> Codes:
    figures = pd.to_numeric(column, errors="coerce").astype("float64")
    return (figures * factor).round().replace([np.inf, -np.inf], np.nan).fillna(missing).astype(np.int64).to_numpy()


def _days(column: pd.Series[Any]) -> pd.Series[Any]:
    return pd.to_datetime(column).dt.strftime("%Y-%m-%d")


def _moved(mine: pd.DataFrame) -> dict[str, Any]:
    entries, codes = dictionary(mine[["from_tier", "cause"]].reset_index(drop=True))
    known = [[source, CAUSES.get(str(cause), clean(cause))] if source else None for source, cause in entries]
    return {"values": known, "codes": letters(codes)}


def _of(frames: Frames, name: str, places: pd.Index, icp_id: str) -> tuple[pd.DataFrame, Codes]:
    """An ICP's rows of a frame about embedded accounts, and the accounts' positions."""
    if name not in frames:
        return pd.DataFrame(), np.zeros(0, dtype=np.int64)
    frame = frames[name]
    mine = frame[frame["icp_id"] == icp_id]
    place = places.get_indexer(pd.Index(mine["account_id"]))
    known = place >= 0
    return mine[known], place[known].astype(np.int64)


def _evidence(frames: Frames, accounts: pd.DataFrame, icp_id: str) -> dict[str, Any]:
    """Pieces [trait, value, points] and, by account, the letters of its pieces: their points add up to the fit.

    Accounts and pieces are numbered: repeated names would be most of what the page reads.
    """
    pieces = rows(frames, "evidence_pieces", icp_id=icp_id)
    if not pieces:
        return {"pieces": [], "evidence": [""] * len(accounts)}
    first, frame = min(int(row["piece"]) for row in pieces), frames["evidence"]
    piece, account = frame["piece"].to_numpy(), frame["account"].to_numpy()
    places = np.full(int(max(account.max(), accounts["account"].max())) + 1, -1, dtype=np.int64)
    places[accounts["account"].to_numpy()] = np.arange(len(accounts))
    mine = (piece >= first) & (piece < first + len(pieces)) & (places[account] >= 0)
    named = sorted(pieces, key=lambda row: int(row["piece"]))
    return {
        "pieces": [_piece(str(row["attribute"]), str(row["segment"]), float(row["points"])) for row in named],
        "evidence": letters_by_account(places[account[mine]], piece[mine] - first, len(accounts)),
    }


def _piece(attribute: str, segment: str, points: float) -> list[Any]:
    return ["", "", points] if attribute == "prior" else [label(attribute), value(attribute, segment), points]


def _unknown(frames: Frames, places: pd.Index, icp_id: str) -> dict[str, Any]:
    """By account the criteria's attributes that are unknown, each with the points its criteria would add."""
    frame, place = _of(frames, "unknown_criteria", places, icp_id)
    criteria = rows(frames, "criteria", icp_id=icp_id)
    missing = frame["attribute"].astype(str).tolist() if len(frame) else []
    names = sorted({str(row["attribute"]) for row in criteria} | set(missing))
    values = [
        [label(name), [[value(name, row["segment"]), row["points"]] for row in criteria if row["attribute"] == name]]
        for name in names
    ]
    codes = pd.Index(names).get_indexer(pd.Index(missing)).astype(np.int64)
    return {"values": values, "codes": letters_by_account(place, codes, len(places))}


def _what_if(frames: Frames, places: pd.Index, icp_id: str) -> dict[str, Any]:
    """Lines [trait, value, points, tier, whether on the second day] and, by account, the letters of its lines, most
    important first; the value is null if any would do.
    """
    frame, place = _of(frames, "what_if", places, icp_id)
    if frame.empty:
        return {"values": [], "codes": [""] * len(places)}
    entries, codes = dictionary(
        frame[["attribute", "segment", "tier", "on_second_day", "points"]].reset_index(drop=True)
    )
    # As in icp.what_if: best tier first, then the smallest change, so that an account's letters are in that order.
    order = sorted(range(len(entries)), key=lambda code: _reading_order(entries[code]))
    ranks = np.argsort(order)
    values = [
        [label(name), None if segment is None else value(name, segment), points, _TIER_RANK[tier], int(waits)]
        for name, segment, tier, waits, points in (entries[code] for code in order)
    ]
    return {"values": values, "codes": letters_by_account(place, ranks[codes], len(places))}


def _reading_order(line: list[Any]) -> tuple[int, float, str, str]:
    name, segment, tier, _, points = line
    return _TIER_RANK[tier], abs(points), name, segment or ""


def _triggers(frames: Frames, places: pd.Index, icp_id: str) -> dict[str, Any]:
    """Columns: account, trigger, age in days, its own points and the points that count (in thousandths)."""
    frame, place = _of(frames, "triggers", places, icp_id)
    if frame.empty:
        return {"names": [], "rows": []}
    frame = frame.assign(place=place).sort_values(["place", "trigger_rank"], kind="stable")
    entries, codes = dictionary(frame[["trigger"]])
    columns = [
        steps(frame["place"].to_numpy()),
        codes.tolist(),
        frame["age_days"].astype(np.int64).tolist(),
        _figure(frame["points"], 1000, 0).tolist(),
        _figure(frame["counted_points"], 1000, 0).tolist(),
    ]
    return {"names": [label(str(entry[0])) for entry in entries], "rows": columns}


def _history(frames: Frames, places: pd.Index, icp_id: str) -> dict[str, Any]:
    """Entries [day, from, to, cause, ICP version] and, by account, the letters of its entries, as published."""
    frame, place = _of(frames, "tier_history", places, icp_id)
    if frame.empty:
        return {"values": [], "codes": [""] * len(places)}
    columns = frame[["place", "as_of", "from_tier", "to_tier", "cause", "icp_version"]]
    entries, codes = dictionary(columns.assign(as_of=_days(frame["as_of"])).reset_index(drop=True))
    # The codes of earlier runs come first, so that those of an account are in the order of publication.
    order = sorted(range(len(entries)), key=lambda code: (entries[code][0], code))
    ranks = np.argsort(order)
    values = [
        [day, source, to, CAUSES.get(str(cause), clean(cause)), version]
        for _, day, source, to, cause, version in (entries[code] for code in order)
    ]
    return {"values": values, "codes": letters_by_account(place, ranks[codes], len(places))}


def _first_rows(frames: Frames, accounts: pd.DataFrame, icp_ids: list[str]) -> list[Row]:
    """The first accounts to work on, readable on paper and without the table's script."""
    standings = frames["standings"]
    mine = standings[standings["icp_id"] == icp_ids[0]].set_index("account_id")
    first = accounts.head(FIRST_ROWS).join(mine[["tier", "grade", "fit_score"]], on="account_id")
    return [
        {
            "name": clean(row["name"]) if not is_missing(row["name"]) else row["account_id"],
            "domain": "" if is_missing(row["domain"]) else clean(row["domain"]),
            "tier": "unscored" if is_missing(row["tier"]) else row["tier"],
            "label": TIERS["unscored" if is_missing(row["tier"]) else row["tier"]][0],
            "grade": "" if is_missing(row["grade"]) else row["grade"],
            "fit_score": None if is_missing(row["fit_score"]) else row["fit_score"],
            "employees": count(row["employees"]),
        }
        for row in first.to_dict("records")
    ]
