"""What people say, compared with outcomes: claims, what to record, agreement by tier, overrides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from icp_pipeline.report.figures import Frames, Row, count, interval, percent, rows, times
from icp_pipeline.report.words import TIERS, clean, plural, trait

VERDICTS = {
    "supported": "Supported",
    "contradicted": "Contradicted",
    "undecided": "Undecided",
    "not_recorded": "Not recorded",
}
# The heading of each kind of theme, in the order of the questions.
THEMES = {
    "trigger": "What made them look",
    "evaluation": "What they compared",
    "objection": "What almost killed the deal",
    "decided_by": "What decided",
    "expansion": "Who expands",
    "churn": "Who leaves",
    "pain": "Their problem, in their words",
    "outcome": "What they want, in their words",
    "channel": "Where they found us",
    "missing": "What the data do not record",
}
MANNERS = {
    "too_low": "thinks the tier too low",
    "too_high": "thinks the tier too high",
    "agrees": "agrees with the tier",
}
_SHOWN_THEMES = 6


@dataclass(frozen=True)
class ClaimsView:
    """One ICP's claims as the table shows them, a sentence that sums them up, and its provisional ICP, if any."""

    icp_id: str
    claims: list[Row]
    standing: str | None
    provisional: Provisional | None


@dataclass(frozen=True)
class Provisional:
    """What respondents would look for, while there are too few outcomes."""

    said: str
    better: list[str]
    worse: list[str]


@dataclass(frozen=True)
class VoiceView:
    """`heard` has the counts of what was received; if empty, the section says how to start."""

    heard: Row
    icps: list[ClaimsView]
    worth_recording: list[str]
    themes: list[tuple[str, list[Row]]]
    agreement: list[Row]
    overrides: list[Row]
    results: list[Row]


def view(frames: Frames, icp_ids: Sequence[str]) -> VoiceView:
    """Everything the section shows; `icp_ids` in their order."""
    heard = next(iter(rows(frames, "voice_heard")), {"interviewed": 0, "feedback": 0, "overrides": 0})
    themes = rows(frames, "voice_themes")
    return VoiceView(
        heard,
        [_of_icp(frames, icp_id) for icp_id in icp_ids],
        _worth_recording(rows(frames, "voice_claims", icp_id=icp_ids[0]), themes),
        [(name, _shown(mine)) for kind, name in THEMES.items() if (mine := _of_kind(themes, kind))],
        [_agreement(row) for row in rows(frames, "voice_agreement")],
        [_override(row) for row in rows(frames, "voice_overrides")],
        [_result(row) for row in rows(frames, "voice_results")],
    )


def provisional(frames: Frames, icp_id: str) -> Provisional | None:
    """The provisional ICP, which sets no tags; None if outcomes decide or nobody was asked."""
    found = [row for row in rows(frames, "voice_provisional", icp_id=icp_id) if row["respondents"] > row["against"]]
    if not found:
        return None
    asked, customers = int(found[0]["asked"]), int(found[0]["ranked_customers"])
    said = (
        f"{plural(asked, 'person was', 'people were')} interviewed, and "
        f"{_customers(customers)} old enough to be compared. From 30 customers on, outcomes decide. "
        "This changes no tier."
    )
    return Provisional(
        said,
        [_voted(row) for row in found if row["says"] == "better"],
        [_voted(row) for row in found if row["says"] == "worse"],
    )


def _customers(number: int) -> str:
    return "no customer is" if number == 0 else f"{plural(number, 'customer')} {'is' if number == 1 else 'are'}"


def _voted(row: Row) -> str:
    against = f", {row['against']} the opposite" if row["against"] else ""
    unrecorded = "" if row["is_recorded"] else "; no data source records it"
    return f"{_trait(row)} ({row['respondents']} of {row['asked']} say so{against}{unrecorded})"


def _trait(row: Row) -> str:
    return trait(str(row["attribute"]), str(row["segment"]))


def _of_icp(frames: Frames, icp_id: str) -> ClaimsView:
    claims = rows(frames, "voice_claims", icp_id=icp_id)
    return ClaimsView(icp_id, [_claim(row) for row in claims], _standing(claims), provisional(frames, icp_id))


def _standing(claims: Sequence[Row]) -> str | None:
    """`Of 12 claims, outcomes support 5, contradict 2 and leave 5 undecided.`"""
    if not claims:
        return None
    numbers = {verdict: sum(row["verdict"] == verdict for row in claims) for verdict in VERDICTS}
    said = (
        f"Of {plural(len(claims), 'claim')}, outcomes support {numbers['supported']}, "
        f"contradict {numbers['contradicted']} and leave {numbers['undecided']} undecided"
    )
    unrecorded = numbers["not_recorded"]
    if unrecorded:
        said += f"; {unrecorded} {'is' if unrecorded == 1 else 'are'} about something that no data source records"
    return f"{said}."


def _claim(row: Row) -> Row:
    return {
        "trait": _trait(row),
        "says": row["says"],
        "respondents": row["respondents"],
        "said_by": row["said_by"],
        "n": row["n"],
        "times": times(row["lift"]),
        "interval": interval(row["ci_low"], row["ci_high"]),
        "verdict": row["verdict"],
        "verdict_name": VERDICTS[str(row["verdict"])],
        "because": _because(row),
        "since": _since(row),
    }


def _because(row: Row) -> str | None:
    """Why a claim is undecided, and how many customers it would take."""
    match row["because"]:
        case "no_data":
            return "no ranked customer is known to have it"
        case "no_others":
            return "nearly everyone has it, so there is nobody to compare with"
        case "too_few":
            return f"too few to say{_needed(row)}"
        case "goes_with_start":
            return "cannot be separated from when customers started"
        case "not_clear":
            return f"no clear difference{_needed(row)}"
    return None


def _needed(row: Row) -> str:
    """With this many customers, a difference worth acting on would have shown."""
    if row["n_needed"] is None:
        return ""
    missing = int(row["n_needed"]) - int(row["n_known"])
    if missing > 0:
        return f"; about {count(missing)} more customers would show an effect worth acting on"
    return "; an effect worth acting on would most likely have shown by now"


def _since(row: Row) -> str:
    """How well it predicted."""
    if row["verdict"] == "not_recorded":
        return ""
    if row["later_verdict"] in ("supported", "contradicted"):
        return f"{VERDICTS[str(row['later_verdict'])]} ({times(row['later_lift'])})"
    began = int(row["later_n"])
    return "too early: no customer has started since" if began == 0 else f"too early: {count(began)} started since"


def _worth_recording(claims: Sequence[Row], themes: Sequence[Row]) -> list[str]:
    claimed = [_trait(row) for row in claims if row["verdict"] == "not_recorded"]
    missing = [str(row["item"]) for row in _of_kind(themes, "missing") if not row["in_data"]]
    return list(dict.fromkeys([*claimed, *missing]))


def _of_kind(themes: Sequence[Row], kind: str) -> list[Row]:
    return [row for row in themes if row["kind"] == kind]


def _shown(themes: Sequence[Row]) -> list[Row]:
    return [{**row, "item": clean(row["item"]).replace("_", " ")} for row in themes[:_SHOWN_THEMES]]


def _agreement(row: Row) -> Row:
    answers = int(row["agrees"]) + int(row["too_high"]) + int(row["too_low"])
    return {
        **row,
        "name": TIERS[str(row["tier"])][0],
        "answers": answers,
        "share": percent(row["rate"]),
        "interval": f"{percent(row['rate_low'])}–{percent(row['rate_high'])}",
    }


def _override(row: Row) -> Row:
    code = str(row["reason_code"] or "").replace("_", " ")
    why = ": ".join(part for part in (code, row["reason"]) if part) or "no reason given"
    return {
        **row,
        "who": row["name"] or row["domain"] or row["account_id"],
        "machine": TIERS[str(row["machine_tier"])][0],
        "override": TIERS[str(row["override_tier"])][0],
        "why": why,
    }


def _result(row: Row) -> Row:
    return {
        **row,
        "manner": MANNERS[str(row["verdict"])],
        "share": percent(row["rate"]),
        "interval": f"{percent(row['rate_low'])}–{percent(row['rate_high'])}" if row["worked"] else "–",
        "peers": percent(row["peers_rate"]),
    }
