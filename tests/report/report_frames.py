"""Frames as the report's queries return them: a small company whose figures are easy to check by hand."""

from __future__ import annotations

import datetime
import random

import pandas as pd

from icp_pipeline.activation.manifest import ManifestFile
from icp_pipeline.activation.targets import files
from icp_pipeline.report.about import About
from icp_pipeline.report.figures import Frames

AS_OF = datetime.date(2026, 11, 21)
ABOUT = About("run-2", AS_OF, "revops@company.example")
HOSTILE = [
    '<script>alert("x")</script>',
    "</script><img src=x onerror=alert(1)>",
    "Bobby'); drop table accounts;--",
    "=cmd|' /C calc'!A0",
    "شركة المثال",
    "\u202eevil\u202c txt",
    "Zoë & Søn 🚀 GmbH",
    "{{ 7 * 7 }} {% raw %}",
]
TIERS = ("tier_1", "tier_2", "tier_3", "not_icp", "unscored")
PRIOR = -2.612502


_ROWS = {
    "salesforce_account_update.csv": 3,
    "hubspot_company_update.csv": 2,
    "accounts_review.csv": 5,
    "changes.csv": 1,
}
# As the manifest describes them.
FILES = tuple(
    ManifestFile(
        name.replace("<audience>", "tier_1").replace("<n>", "1"), _ROWS.get(name), "ab" * 32, 2048, for_whom, purpose
    )
    for name, for_whom, purpose in files()
)


def account_frames(number: int, icp_ids: tuple[str, ...] = ("primary",), seed: int = 1) -> Frames:
    """This many accounts in all tiers, some of the first with hostile names, and evidence that adds up to their fit."""
    draw = random.Random(seed)
    ids = [f"sf-001Hs{place:012d}" for place in range(number)]
    names = [
        HOSTILE[place] if place < len(HOSTILE) else f"Company {_word(draw)} {_word(draw)}" for place in range(number)
    ]
    accounts = pd.DataFrame(
        {
            "account": range(number),
            "account_id": ids,
            "name": names,
            "domain": [None if place % 11 == 10 else f"{_word(draw)}{place}.example" for place in range(number)],
            "is_customer": [place % 4 == 0 for place in range(number)],
            "relationship": ["prospect" if place % 4 else "customer" for place in range(number)],
            "industry": [draw.choice(["Software", "Retail", "Machinery", None]) for _ in ids],
            "employees": [None if place % 7 == 6 else draw.randrange(1, 20_000) for place in range(number)],
            "country": [draw.choice(["United States", "Germany", None]) for _ in ids],
            "salesforce_account_id": [account_id.removeprefix("sf-") for account_id in ids],
            "hubspot_company_id": [str(18273000000 + 7919 * place) for place in range(number)],
        }
    )
    evidence, standings, history, triggers = [], [], [], []
    for icp_id in icp_ids:
        for place, account_id in enumerate(ids):
            pieces = _pieces(draw, place)
            evidence += [(icp_id, place, account_id, *piece) for piece in pieces]
            tier = TIERS[min(4, place * 5 // max(1, number))]
            fit = sum(piece[2] for piece in pieces)
            # One in ten moved up in this run.
            moved = "tier_3" if tier == "tier_2" and place % 10 == 0 else None
            standings.append(
                (icp_id, account_id, tier, "pursue" if tier == "tier_1" else "nurture",
                 None if tier == "unscored" else "ABCD"[min(3, place % 4)] + "123"[place % 3],
                 pd.Timestamp(AS_OF), "tier_2" if place == 1 else None,
                 "insufficient_data" if tier == "unscored" else "scored",
                 round(draw.uniform(0, 100), 1), 0.0, 0.125 if place % 3 == 0 else 0.0, fit, None,
                 "committee_size 15+ -0.40" if place == 2 else None, moved,
                 "evidence" if moved else None)
            )  # fmt: skip
            history.append((icp_id, account_id, pd.Timestamp("2026-10-01"), None, tier, "new", "2026.10.1", 1))
            if place % 5 == 0:
                triggers += [
                    (icp_id, account_id, "funding_round", 12, 0.98, 0.98, 1),
                    (icp_id, account_id, "new_executive", 90, 0.5, 0.25, 2),
                ]
    told = pd.DataFrame(evidence, columns=["icp_id", "account", "account_id", "attribute", "segment", "points"])
    pieces_told = (
        told[["icp_id", "attribute", "segment", "points"]].drop_duplicates().sort_values("icp_id", kind="stable")
    )
    pieces_told["piece"] = range(len(pieces_told))
    columns = (
        "icp_id account_id tier action grade tier_since candidate_tier status fit_score trigger_score engagement_score"
    )
    columns += " priority_score disqualified_by withheld_because from_tier cause"
    return {
        "accounts": accounts,
        "standings": pd.DataFrame(standings, columns=columns.split()),
        # `account_id` and the components of a piece are for the tests; the query returns only numbers.
        "evidence": told.merge(pieces_told, on=["icp_id", "attribute", "segment", "points"]),
        "evidence_pieces": pieces_told,
        "tier_history": pd.DataFrame(
            history,
            columns=["icp_id", "account_id", "as_of", "from_tier", "to_tier", "cause", "icp_version", "place"],
        ),
        "triggers": pd.DataFrame(
            triggers,
            columns=["icp_id", "account_id", "trigger", "age_days", "points", "counted_points", "trigger_rank"],
        ),
        "unknown_criteria": pd.DataFrame(
            [(icp_id, ids[-1], "industry") for icp_id in icp_ids], columns=["icp_id", "account_id", "attribute"]
        ),
        "what_if": pd.DataFrame(
            [
                (icp_id, ids[-1], place, *line)
                for icp_id in icp_ids
                for place, line in enumerate(
                    (
                        ("industry", "Software", 0.63, "tier_2", True),
                        ("employees", "200-499", 0.81, "tier_2", False),
                        ("ownership", None, 0.0, "tier_3", False),
                    ),
                    start=1,
                )
            ],
            columns=["icp_id", "account_id", "place", "attribute", "segment", "points", "tier", "on_second_day"],
        ),
        "tiers": pd.DataFrame(
            [
                (
                    icp_id,
                    tier,
                    relationship,
                    action,
                    sum(row[2] == tier and row[0] == icp_id for row in standings) - less,
                )
                for icp_id in icp_ids
                for tier in TIERS
                for relationship, action, less in (("prospect", "pursue" if tier == "tier_1" else "nurture", 1),)
            ]
            + [(icp_id, tier, "customer", "expand", 1) for icp_id in icp_ids for tier in TIERS],
            columns=["icp_id", "tier", "relationship", "action", "accounts"],
        ),
    }


def profile_frames(icp_id: str = "primary", version: str = "2026.11.1") -> Frames:
    """A live version with two positive criteria and a negative one, its evidence and its backtest."""
    criteria = pd.DataFrame(
        [
            ("positive", "industry", "Software", 0.63, 5.7, 2.7, 12.4, 65, 0.0001, 0.23),
            ("positive", "employees", "200-499", 0.37, 5.8, 2.0, 16.9, 30, 0.0015, 0.16),
            ("negative", "industry", "Retail", -0.3, 0.24, 0.11, 0.53, 44, 0.0001, 0.13),
        ],
        columns=[
            "kind",
            "attribute",
            "segment",
            "points",
            "lift",
            "ci_low",
            "ci_high",
            "n_segment",
            "q_value",
            "share_of_market",
        ],
    ).assign(icp_id=icp_id, icp_version=version, evidence="x")
    segments = criteria.assign(
        outcome="quality",
        verdict=["icp", "icp", "negative"],
        share_best=[0.57, 0.33, 0.1],
        share_worst=[0.09, 0.05, 0.45],
        churn_rate=[0.11, 0.07, 0.36],
        win_rate=[0.48, 0.41, 0.67],
        median_cycle_days=[51.0, 55.5, 83.0],
        expansion_rate=[0.66, 0.73, 0.3],
        average_churn_rate=0.2,
        average_win_rate=0.4,
        average_cycle_days=65.0,
        average_expansion_rate=0.5,
    )
    wins = segments[segments["verdict"] == "negative"].assign(
        outcome="win", verdict="icp", lift=2.9, ci_low=2.1, ci_high=4.0
    )
    day = pd.Timestamp("2026-11-01")
    return {
        "criteria": criteria,
        "segments": pd.concat([segments, wins], ignore_index=True),
        "versions": pd.DataFrame(
            [(icp_id, version, 230, True, 3, -1.75, -2.21, -3.15, day, day, day, 7.4, "first fit", "outcomes", None)],
            columns=[
                "icp_id",
                "icp_version",
                "n_customers",
                "has_signal",
                "criteria",
                "edge_a",
                "edge_b",
                "edge_d",
                "learned_as_of",
                "learned_at",
                "promoted_at",
                "signal_z",
                "cause",
                "basis",
                "filter_sql",
            ],
        ),
        "backtest": pd.DataFrame(
            [
                (icp_id, version, day, "tier_2", 37, 0.135, 1.5, 0.7, 3.2, 0.31, 0.7157, 0.0777),
                (icp_id, version, day, "tier_1", 31, 0.194, 2.2, 1.1, 4.3, 0.38, 0.7157, 0.0777),
                (icp_id, version, day, "not_icp", 13, 0.0, 0.0, 0.0, 4.2, 0.0, 0.7157, 0.0777),
            ],
            columns=[
                "icp_id",
                "icp_version",
                "split_at",
                "tier",
                "accounts",
                "outcome_rate",
                "lift",
                "ci_low",
                "ci_high",
                "capture",
                "auc",
                "brier",
            ],
        ),
        "backtest_curve": pd.DataFrame(
            [(icp_id, "gains", place, place / 4, min(1.0, place / 3), 10) for place in range(5)]
            + [(icp_id, "calibration", place, place / 10, place / 9, 10) for place in range(1, 4)],
            columns=["icp_id", "curve", "position", "x", "y", "n"],
        ),
        "coverage": pd.DataFrame(
            [(icp_id, 928, 0.24, 0.04, 0.24)],
            columns=["icp_id", "known_accounts", "share_in_upper_bands", "share_meeting_criteria", "share_of_market"],
        ),
    }


def all_frames(number: int = 40, icp_ids: tuple[str, ...] = ("primary",)) -> Frames:
    """The frames of a complete report."""
    parts = [profile_frames(icp_id, f"2026.11.{place}") for place, icp_id in enumerate(icp_ids, start=1)]
    joined = {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}
    return {**account_frames(number, icp_ids), **joined, **audience_frames()}


def audience_frames() -> Frames:
    """Two audiences, one of them with additions and removals, and two reasons for exclusion."""
    columns = ["audience", "icp_id", "accounts", "kept_out", "added_now", "removed_now"]
    columns += ["added_30_days", "removed_30_days"]
    audiences = [("tier_1", "primary", 24, 1, 2, 1, 7, 3), ("target_accounts", "primary", 1244, 0, 0, 0, 0, 0)]
    searches = [
        (
            "sales_navigator",
            "Industry",
            "any_of",
            "Software Development",
            "exact",
            True,
            1,
            "industry",
            "Computer Software",
        ),
        ("sales_navigator", "Company headcount", "any_of", "201-500", "near", False, 2, "employees", "200-499"),
        ("sales_navigator", "Industry", "none_of", "Retail", "exact", True, None, "industry", "Retail"),
        ("sales_navigator", None, "any_of", "true", "none", False, None, "has_revops", "true"),
        ("linkedin_ads", None, "any_of", "true", "none", False, None, "has_revops", "true"),
    ]
    names = ["tool", "field", "operator", "filter_values", "exactness", "is_used", "place", "attribute", "segment"]
    qualities = [
        ("sales_navigator", 0.92, 0.622, 1210, 389, 263, 242, 1, 2, 46, 46),
        ("linkedin_ads", *[None] * 10),
    ]
    figures = ["tool", "precision", "recall", "accounts", "targets", "found", "found_targets", "filters_set", "filters"]
    figures += ["found_by_all", "found_targets_by_all"]
    return {
        "searches": pd.DataFrame(searches, columns=names).assign(icp_id="primary"),
        "search_quality": pd.DataFrame(qualities, columns=figures).assign(icp_id="primary"),
        "audiences": pd.DataFrame(audiences, columns=columns),
        "exclusions": pd.DataFrame(
            [("suppressed", 1, 10), ("customer", 5, 204)], columns=["reason", "reason_order", "accounts"]
        ),
    }


def _pieces(draw: random.Random, place: int) -> list[tuple[str, str, float]]:
    traits = {"industry": 8, "employees": 7, "country": 11, "technology": 9, "sub_industry": 17, "region": 4, "crm": 5,
              "ownership": 3, "growth_stage": 3, "lead_source": 5, "annual_revenue_usd": 8, "founded_year": 6,
              "has_revops": 2, "seats": 3, "budget_owner": 4, "business_model": 3}  # fmt: skip
    pieces = [("prior", "prior", PRIOR)]
    for name, values in traits.items():
        if draw.random() < 0.85:
            value = draw.randrange(values)
            pieces.append((name, f"value {value}", round((value - values / 2) * 0.0731 + 0.00431, 9)))
    return pieces


def _word(draw: random.Random) -> str:
    return "".join(draw.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(draw.randrange(4, 9)))
