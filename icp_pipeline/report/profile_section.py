"""Section 2: the ICP on one page, for the page and for `icp.md`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from icp_pipeline.report.figures import Frames, Row, interval, percent, rows, times
from icp_pipeline.report.sentence import sentences
from icp_pipeline.report.words import TIERS, Basis, basis, label, plural, stands_for, trait, value

_OF_PROXIES = (
    "Learned from which accounts advanced toward a purchase, not from how customers turned out: test it in interviews"
    " before sales relies on it."
)


@dataclass(frozen=True)
class ProfileView:
    """One ICP as sales would read it; without criteria `sentences` is empty and `silence` says why."""

    icp_id: str
    title: str
    version: str | None
    learned_as_of: object
    n_customers: int
    sentences: list[str]
    silence: str | None
    groups: list[Row]
    coverage: str | None
    scope: str | None
    basis: Basis
    sureness: list[str]


def view(frames: Frames, icp_id: str) -> ProfileView:
    """The live version of an ICP."""
    version = (rows(frames, "versions", icp_id=icp_id) or [{}])[0]
    criteria = sorted(
        rows(frames, "criteria", icp_id=icp_id),
        key=lambda row: (-abs(row.get("points") or 0.0), str(row["attribute"]), str(row["segment"])),
    )
    customers = int(version.get("n_customers") or 0)
    learned_from = basis(version.get("basis"), version.get("chance"))
    return ProfileView(
        icp_id,
        "The ICP" if icp_id == "primary" else f"ICP {label(icp_id)}",
        version.get("icp_version"),
        version.get("learned_as_of"),
        customers,
        sentences(criteria, learned_from.who),
        None if criteria else _silence(version, customers, _last_try(frames, icp_id)),
        _groups(criteria, _twins(frames, icp_id), learned_from.kinds),
        _coverage(frames, icp_id),
        version.get("filter_sql"),
        learned_from,
        _sureness(frames, version, criteria, icp_id),
    )


def _measured_by(version: Row) -> str | None:
    """What made a customer best or worst: the metrics that were known, as people write them.

    How many customers have each is in `icp.live_versions.measured_by`; here it would fill half a page.
    """
    known = version.get("measured_by")
    if not isinstance(known, str) or not known:
        return None
    short = re.sub(r" \(known of [\d,]+\)|_usd|_days", "", known).replace("_", " ").replace("%", " %")
    return re.sub(r"\b(acv|ltv|nps)\b", lambda name: name[0].upper(), short)


def _last_try(frames: Frames, icp_id: str) -> int:
    """How many customers the last version without a signal was learned from; 0 if there was none."""
    tries = [row for row in rows(frames, "all_versions", icp_id=icp_id) if not row.get("has_signal")]
    last = max(tries, key=lambda row: row["learned_place"], default={})
    return int(last.get("n_customers") or 0)


def _silence(version: Row, customers: int, tried: int) -> str:
    customers = customers or tried
    if version.get("icp_version") is None and not tried:
        return (
            "No ICP is live yet, so no account has a tier. Once 30 customers have been with you for six months, the"
            " next run learns one."
        )
    if not customers:
        return (
            "No customer could be ranked, so nothing separates the best from the worst yet."
            " Land your won deals or subscriptions."
        )
    return (
        f"Among {plural(customers, 'ranked customer')} no trait separates the best from the worst by more than chance,"
        " so no account has a tier. More customers, more outcomes (revenue, surveys, tickets) or other traits may"
        " change that."
    )


def _twins(frames: Frames, icp_id: str) -> dict[tuple[str, str], str]:
    """For a criterion with twins: the other traits, and that the data cannot separate them."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for row in rows(frames, "criterion_twins", icp_id=icp_id):
        found.setdefault((row["attribute"], row["segment"]), []).append((row["twin_attribute"], row["twin_segment"]))
    return {criterion: stands_for(traits) for criterion, traits in found.items()}


def _groups(criteria: list[Row], twins: dict[tuple[str, str], str], kinds: dict[str, tuple[str, str]]) -> list[Row]:
    """Must-haves, signals of fit, signals of risk, disqualifiers; kinds without criteria are left out."""
    return [
        {
            "kind": kind,
            "label": name,
            "meaning": meaning,
            "rows": [_criterion(row, twins) for row in criteria if row["kind"] == kind],
        }
        for kind, (name, meaning) in kinds.items()
        if any(row["kind"] == kind for row in criteria)
    ]


def _criterion(row: Row, twins: dict[tuple[str, str], str]) -> Row:
    return {
        **row,
        "twins": twins.get((row["attribute"], row["segment"])),
        "doubt": row.get("doubt"),
        "trait": trait(row["attribute"], row["segment"]),
        "label": label(row["attribute"]),
        "value": value(row["attribute"], row["segment"]),
        "times": times(row.get("lift")),
        "interval": interval(row.get("ci_low"), row.get("ci_high")),
        "market": percent(row.get("share_of_market")),
        "is_against": row["kind"] in ("negative", "disqualifier"),
    }


def _coverage(frames: Frames, icp_id: str) -> str | None:
    found = rows(frames, "coverage", icp_id=icp_id)
    if not found or found[0].get("share_in_upper_bands") is None:
        return None
    row = found[0]
    return (
        f"Of the {plural(row['known_accounts'], 'account')} that are not customers yet and are known well enough,"
        f" {percent(row['share_in_upper_bands'])} fit clearly better than the market (grades A and B), and"
        f" {percent(row['share_meeting_criteria'])} have most of the traits above."
    )


_UNCONFIRMED = (
    "No longer supported by today's data: the warnings say why, and what to do. All figures here are from the day it"
    " was learned."
)


def _sureness(frames: Frames, version: Row, criteria: list[Row], icp_id: str) -> list[str]:
    """How reliable it is: customers learned from, chance, and the test on later deals."""
    customers = int(version.get("n_customers") or 0)
    if not criteria:
        return []
    said = [_learned_from(version, customers)]
    if any(row["code"] == "ICP_UNCONFIRMED" and row["subject"] == icp_id for row in rows(frames, "warnings")):
        return [_UNCONFIRMED, *said]
    worst_q = max((row["q_value"] for row in criteria if row.get("q_value") is not None), default=None)
    if worst_q is not None:
        said.append(
            f"At most {percent(max(worst_q, 0.001), 1)} of findings as clear as these are expected to be due to chance."
        )
    said.append(_tested(frames, icp_id, basis(version.get("basis"), version.get("chance")).succeeded))
    return said


def _learned_from(version: Row, customers: int) -> str:
    measured = _measured_by(version)
    if version.get("basis") == "proxy":
        return _OF_PROXIES
    if version.get("basis") == "wins":
        return f"Learned from {measured or 'closed deals'}."
    return _size_of_evidence(customers) + (f" Outcomes were measured by {measured}." if measured else "")


def _size_of_evidence(customers: int) -> str:
    learned = f"Learned from {plural(customers, 'customer')} ranked by how they turned out"
    if customers < 100:
        return f"{learned}: few. Treat every figure as a direction, and check it against what sales sees."
    if customers < 300:
        return f"{learned}: enough for single traits, too few for pairs of traits."
    return f"{learned}: enough for single traits and for pairs."


def _tested(frames: Frames, icp_id: str, succeeded: str) -> str:
    tested = {row["tier"]: row for row in rows(frames, "backtest", icp_id=icp_id)}
    if not tested:
        return "Not yet tested on later deals: more of them are needed, with dates and outcomes."
    deals = sum(int(row["accounts"]) for row in tested.values())
    best = tested.get("tier_1") or tested.get("tier_2")
    if not best or best.get("lift") is None:
        return f"Tested on {plural(deals, 'later deal')}; none of them was in an upper tier."
    name = TIERS[best["tier"]][0]
    clear = "" if (best.get("ci_low") or 0) > 1 else " Chance alone could explain that; more deals are needed."
    return (
        f"Tested on {plural(deals, 'deal')} that closed after the learning period: {name} accounts"
        f" {succeeded} {times(best['lift'])} as often as the average (90 % interval"
        f" {interval(best['ci_low'], best['ci_high'])}).{clear}"
    )
