"""What the company's own people say: four interviews, opinions on tiers, tiers that somebody chose.

Some of their claims are true of the planted traits, some are the opposite of the truth, and some are about traits
without an effect; one is about something that no data record.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from icp_pipeline.sample.market import WorldFrames
from icp_pipeline.sample.registry import Registry, short_id
from icp_pipeline.sample.rows import write_csv
from icp_pipeline.sample.streams import pick, stream
from icp_pipeline.sample.vocabulary import AGENCY, PLANTED_TECHNOLOGY, SAAS

FEEDBACK_ROWS = 60
_BEST_NAMED = 4
# Nobody knows exactly who is best: each names some of the top tenth.
_BEST_SHARE = 0.1
_NOT_RECORDED = "whether they have a data team"
Claim = tuple[str, str, str, bool | None]


@dataclass(frozen=True)
class Speaker:
    """One person: role, date, claims (with the truth: None if the trait has no effect) and statements."""

    respondent: str
    role: str
    days_ago: int
    claims: tuple[Claim, ...]
    said: dict[str, Any] = field(default_factory=dict)


SPEAKERS = (
    Speaker(
        "ae-1",
        "account executive",
        430,
        (
            ("industry", SAAS, "better", True),
            ("crm", PLANTED_TECHNOLOGY, "better", True),
            ("ownership", "Public", "better", None),
            # Agencies sign quickly, which is what a seller sees.
            ("industry", AGENCY, "better", False),
        ),
        {
            "triggers": [("new executive", "the new CRO wants a forecast")],
            "compared_with": ["Rivalytics", "a spreadsheet"],
            "almost_killed": ["security review"],
            "decided": ["integration with their CRM"],
            "pain": ["flying blind on pipeline", "nobody trusts the forecast"],
            "outcome": ["a forecast I can defend"],
        },
    ),
    Speaker(
        "ae-2",
        "account executive",
        290,
        (
            ("employees", "200-499", "better", True),
            ("has_revops", "true", "worse", False),
            ("country", "Germany", "worse", None),
        ),
        {
            "triggers": [("funding", "money came in, and a board that asks for numbers"), ("new executive", "")],
            "compared_with": ["Rivalytics"],
            "almost_killed": ["security review", "no budget this year"],
            "decided": ["references of their industry"],
            "pain": ["flying blind on pipeline"],
            "channel": ["a community of RevOps people"],
        },
    ),
    Speaker(
        "csm-1",
        "customer success manager",
        70,
        (
            ("industry", AGENCY, "worse", True),
            ("has_revops", "true", "better", True),
            ("business_model", "B2B2C", "worse", None),
        ),
        {
            "expands": ["weekly usage by managers", "one owner for sales tools"],
            "leaves": ["bought for one team only"],
            "pain": ["every team has its own numbers"],
            "outcome": ["one number for everybody"],
            "missing": ["who owns their sales tools"],
        },
    ),
    Speaker(
        "founder-1",
        "founder",
        9,
        (
            ("industry", SAAS, "better", True),
            ("has_revops", "true", "better", True),
            ("budget_owner", "CFO", "better", None),
        ),
        {
            "triggers": [("new executive", "")],
            "compared_with": ["a spreadsheet", "building it themselves"],
            "expands": ["weekly usage by managers"],
            "outcome": ["a forecast I can defend"],
            "channel": ["a podcast on sales operations"],
            "missing": [_NOT_RECORDED],
        },
    ),
)
# What makes a great fit, as said; {} is the company's name, which must be removed before anything is stored.
_WHY = (
    "{} onboarded in a week",
    "their managers look at it every Monday",
    "{} brought us two other customers",
    "they bought for the whole sales team at once",
    "no discount, no long procurement",
)
_CLONE = ("one owner for sales tools", "a sponsor who stays", "clean CRM data", "a clear goal at the start")
_REASONS = ("wrong_industry", "too_small", "bad_experience", "knows_us", "timing")
_MISSING = ("who owns their sales tools", "whether a reorganisation is under way", "whether they have a data team")
_OVERRIDE_REASONS = (
    ("strategic", "the board wants them as a reference", "tier_1"),
    ("knows_us", "their new CRO was a customer before", "tier_1"),
    ("bad_experience", "they left two suppliers in a year", "not_icp"),
    ("timing", "they build it themselves this year", "tier_3"),
)
_ACTIVE, _ENDED = 5, 3


def write_voice(folder: Path, frames: WorldFrames, registry: Registry) -> tuple[dict[str, int], dict[str, Any]]:
    """Write interviews, feedback and overrides; returns rows by file of the two tables, and the truth of the claims."""
    has_domain = registry.accounts["website"].str.contains(".example", regex=False).to_numpy()
    interviews = [_interview(speaker, frames, has_domain) for speaker in SPEAKERS]
    for interview in interviews:
        path = folder / "interviews" / f"{interview['date']}-{interview['respondent']}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(interview, sort_keys=False, allow_unicode=True, width=110), encoding="utf-8")
    overrides = _overrides(frames, registry, has_domain)
    day = frames.as_of.isoformat()
    rows = {
        "feedback.csv": write_csv(folder / "feedback.csv", _feedback(frames, registry, has_domain)),
        "overrides.csv": write_csv(folder / "overrides.csv", overrides),
    }
    truth = {
        "claims": [
            {"respondent": speaker.respondent, "attribute": attribute, "segment": segment, "says": says, "holds": holds}
            for speaker in SPEAKERS
            for attribute, segment, says, holds in speaker.claims
        ],
        "not_recorded": [_NOT_RECORDED],
        "interviews": {
            interview["respondent"]: {
                "date": interview["date"].isoformat(),
                "best_customers": [entry["account"] for entry in interview.get("best_customers", ())],
            }
            for interview in interviews
        },
        "overrides_ended": int((overrides["until"] < day).sum()),
    }
    return rows, truth


def _interview(speaker: Speaker, frames: WorldFrames, has_domain: np.ndarray) -> dict[str, Any]:
    rng = stream(frames.seed, f"interview {speaker.respondent}")
    day = frames.as_of - timedelta(days=speaker.days_ago)
    best = _best_customers(frames, has_domain, day, rng)
    domains, names = (frames.accounts[name].to_numpy(dtype=object)[best] for name in ("domain", "short_name"))
    why, clone = rng.permutation(len(_WHY)), rng.permutation(len(_CLONE))
    told = [
        {"account": domain, "why": _WHY[why[place % len(why)]].format(name), "clone": _CLONE[clone[place % len(clone)]]}
        for place, (domain, name) in enumerate(zip(domains, names, strict=True))
    ]
    claims: list[dict[str, Any]] = [
        {"attribute": name, "segment": level, "says": says} for name, level, says, _ in speaker.claims
    ]
    if speaker.respondent == "founder-1":
        claims.append({"attribute": _NOT_RECORDED, "says": "better", "not_recorded": True})
    said = speaker.said
    evaluation = {key: said[key] for key in ("compared_with", "almost_killed", "decided") if key in said}
    sections = {
        "best_customers": told,
        "triggers": [
            ({"account": domains[place % len(domains)]} if len(domains) else {})
            | {"what": what}
            | ({"note": note} if note else {})
            for place, (what, note) in enumerate(said.get("triggers", ()))
        ],
        "evaluation": [evaluation] if evaluation else [],
        "retention": [
            {"signal": signal, "expands": key == "expands"}
            for key in ("expands", "leaves")
            for signal in said.get(key, ())
        ],
        "language": [
            {"phrase": phrase, "about": about}
            for about in ("pain", "outcome", "channel")
            for phrase in said.get(about, ())
        ],
        "claims": claims,
        "missing": said.get("missing", []),
    }
    head = {"date": day, "role": speaker.role, "respondent": speaker.respondent}
    return head | {name: entries for name, entries in sections.items() if entries}


def _best_customers(frames: WorldFrames, has_domain: np.ndarray, day: date, rng: np.random.Generator) -> np.ndarray:
    """Some of the customers that turned out best, among the customers on that day."""
    customers = frames.customers[(frames.customers["won_on"] < pd.Timestamp(day))]
    account = customers["account"].to_numpy()
    account = account[has_domain[account]]
    best = account[np.argsort(-frames.accounts["quality"].to_numpy()[account], kind="stable")]
    few = best[: max(_BEST_NAMED, int(len(best) * _BEST_SHARE))]
    return rng.permutation(few)[:_BEST_NAMED]


def _feedback(frames: WorldFrames, registry: Registry, has_domain: np.ndarray) -> pd.DataFrame:
    """Opinions by three people on any accounts; most agree."""
    rng = stream(frames.seed, "feedback")
    chosen = rng.permutation(np.flatnonzero(has_domain))[:FEEDBACK_ROWS]
    size = len(chosen)
    verdict = pick(rng, {"agrees": 0.68, "too_high": 0.17, "too_low": 0.15}, size)
    differs = verdict != "agrees"
    ago = rng.integers(1, 200, size)
    return pd.DataFrame(
        {
            "account": _written(frames, registry, chosen),
            "given_on": [(frames.as_of - timedelta(days=int(days))).isoformat() for days in ago],
            "respondent": pick(rng, {"ae-1": 0.4, "ae-2": 0.35, "csm-1": 0.25}, size),
            "verdict": verdict,
            "reason_code": np.where(differs, pick(rng, dict.fromkeys(_REASONS, 1.0), size), ""),
            "missing": np.where(rng.random(size) < 0.25, pick(rng, dict.fromkeys(_MISSING, 1.0), size), ""),
        }
    )


def _overrides(frames: WorldFrames, registry: Registry, has_domain: np.ndarray) -> pd.DataFrame:
    """Tiers that somebody chose for prospects; some have ended."""
    rng = stream(frames.seed, "overrides")
    prospects = np.flatnonzero(has_domain & ~np.isin(np.arange(len(frames.accounts)), frames.customers["account"]))
    chosen = rng.permutation(prospects)[: _ACTIVE + _ENDED]
    size = len(chosen)
    # Of three expired ones, one expired yesterday; the last active one expires today.
    days = [*rng.integers(20, 120, _ACTIVE - 1), 0, -1, *rng.integers(-300, -30, _ENDED - 1)][:size]
    said = [_OVERRIDE_REASONS[place % len(_OVERRIDE_REASONS)] for place in range(size)]
    return pd.DataFrame(
        {
            "account": _written(frames, registry, chosen),
            "icp_id": ["primary" if place % 3 else "" for place in range(size)],
            "tier": [tier for _, _, tier in said],
            "reason_code": [code for code, _, _ in said],
            "reason": [reason for _, reason, _ in said],
            "by": pick(rng, {"ae-1": 0.4, "ae-2": 0.4, "founder-1": 0.2}, size),
            "until": [(frames.as_of + timedelta(days=int(day))).isoformat() for day in days],
        }
    )


def _written(frames: WorldFrames, registry: Registry, chosen: np.ndarray) -> list[str]:
    """Accounts as people write them: domains and short ids alternately."""
    ids = short_id(registry.accounts["crm_id"].to_numpy(dtype=object))[chosen]
    domains = frames.accounts["domain"].to_numpy(dtype=object)[chosen]
    pairs = enumerate(zip(domains, ids, strict=True))
    return [key if place % 3 == 2 else domain for place, (domain, key) in pairs]
