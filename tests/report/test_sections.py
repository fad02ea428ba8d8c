"""Each section shows what the rows say; without rows, it says what would change that."""

from __future__ import annotations

import datetime

import pandas as pd
import pytest
from page_text import text
from report_frames import ABOUT, FILES, all_frames, profile_frames

from icp_pipeline.report import evidence_section, moves_section, profile_section, proof_section, state_section
from icp_pipeline.report.figures import Frames, dollars, interval, percent, signed, times
from icp_pipeline.report.page import PAGE, PROFILE, render
from icp_pipeline.report.sentence import sentences
from icp_pipeline.report.words import label, trait, value


def page(frames: Frames) -> str:
    return text(render(frames, ABOUT, FILES)[PAGE])


def criterion(kind: str, attribute: str, segment: str) -> dict[str, object]:
    return {"kind": kind, "attribute": attribute, "segment": segment}


def voice_frames() -> Frames:
    """Three claims, one fact that is not recorded, answers on two accounts, an override, and a provisional ICP."""
    claim = {
        "icp_id": "primary", "attribute": "industry", "segment": "Software", "says": "better", "said_by": "ae-3, cs-1",
        "respondents": 2, "first_said_on": ABOUT.as_of, "n": 65, "n_known": 200, "lift": 5.7, "ci_low": 2.7,
        "ci_high": 12.4, "q_value": 0.001, "n_needed": None, "verdict": "supported", "because": None, "later_n": 0,
        "later_lift": None, "later_ci_low": None, "later_ci_high": None, "later_verdict": "undecided",
    }  # fmt: skip
    open_claim = {
        "segment": "Retail", "says": "worse", "respondents": 1, "said_by": "ae-3", "n": 21, "lift": 0.5, "ci_low": 0.2,
        "ci_high": 1.6, "n_needed": 821, "verdict": "undecided", "because": "not_clear", "later_n": 4,
    }  # fmt: skip
    unrecorded = {"attribute": "has_data_team", "segment": "true", "n": 0, "lift": None, "verdict": "not_recorded"}
    vote = {"icp_id": "primary", "attribute": "industry", "segment": "Software", "says": "better", "asked": 3}
    return {
        "voice_heard": pd.DataFrame([{"interviewed": 2, "feedback": 3, "overrides": 1}]),
        "voice_claims": pd.DataFrame([claim, {**claim, **open_claim}, {**claim, **unrecorded}]),
        "voice_themes": pd.DataFrame(
            [("missing", "<b>budget</b>", 1, 0, False), ("objection", "security_review", 2, 0, False)],
            columns=["kind", "item", "respondents", "accounts", "in_data"],
        ),
        "voice_agreement": pd.DataFrame(
            [("primary", "tier_1", 2, 2, 0, 1, 2 / 3, 0.25, 0.9)],
            columns=["icp_id", "tier", "respondents", "agrees", "too_high", "too_low", "rate", "rate_low", "rate_high"],
        ),
        "voice_overrides": pd.DataFrame(
            [
                (
                    "a",
                    "primary",
                    "Acme",
                    "a.example",
                    "tier_3",
                    "tier_1",
                    "knows_us",
                    "their CFO asked",
                    "ae-3",
                    ABOUT.as_of,
                )
            ],
            columns=[
                "account_id",
                "icp_id",
                "name",
                "domain",
                "machine_tier",
                "override_tier",
                "reason_code",
                "reason",
                "overridden_by",
                "until",
            ],
        ),
        "voice_results": pd.DataFrame(
            [("primary", "ae-3", "override", "too_low", 3, 1, 2, 1, 0.5, 0.1, 0.9, 0.25)],
            columns=[
                "icp_id",
                "respondent",
                "kind",
                "verdict",
                "cases",
                "unworked",
                "worked",
                "won",
                "rate",
                "rate_low",
                "rate_high",
                "peers_rate",
            ],
        ),
        "voice_provisional": pd.DataFrame(
            [
                {**vote, "respondents": 2, "against": 1, "is_recorded": True, "ranked_customers": 12},
                {
                    **vote,
                    "segment": "Retail",
                    "respondents": 1,
                    "against": 2,
                    "is_recorded": True,
                    "ranked_customers": 12,
                },
            ]
        ),
    }


def test_what_people_say_stands_beside_what_outcomes_say() -> None:
    shown = page(all_frames() | voice_frames())
    assert "2 people were interviewed, 3 accounts got feedback, 1 tier was overridden." in shown
    assert "Of 3 claims, outcomes support 1, contradict 0 and leave 1 undecided; 1 is about something that no" in shown
    assert "no clear difference; about 621 more customers would show an effect worth acting on" in shown
    assert "too early: 4 started since" in shown and "too early: no customer has started since" in shown
    # What the text test would take for markup arrived as words.
    assert "<b>budget</b>" in shown and "security review 2 people" in shown
    assert "knows us: their CFO asked" in shown
    assert "ae-3 thinks the tier too low override 3 1 2 50 % 10 %–90 % 25 %" in " ".join(shown.split())


def test_a_provisional_icp_says_that_it_tags_nobody() -> None:
    files = render(all_frames() | voice_frames(), ABOUT, FILES)
    said = "3 people were interviewed, and 12 customers are old enough to be compared. From 30 customers on, outcomes"
    vote = "Industry: Software (2 of 3 say so, 1 the opposite)"
    assert said in text(files[PAGE]) and vote in text(files[PAGE])
    profile = files[PROFILE].decode()
    assert said in profile and f"- Better: {vote}" in profile
    assert "Retail (1 of 3" not in profile, "most say the opposite"
    assert "Provisional" not in render(all_frames(), ABOUT, FILES)[PROFILE].decode()


def test_where_nobody_was_asked_it_says_how_to_begin() -> None:
    assert "Nobody has been interviewed yet. icp interview --new takes about half an hour" in page(all_frames())


@pytest.mark.parametrize(
    ("criteria", "said"),
    [
        ([], []),
        (
            [criterion("positive", "industry", "Software")],
            ["Our best customers tend to be Software companies."],
        ),
        (
            [
                criterion("positive", "industry", "Software"),
                criterion("positive", "industry", "Retail"),
                criterion("positive", "employees", "200-499"),
                criterion("positive", "has_revops", "true"),
                criterion("positive", "technology", "Salesforce"),
                criterion("negative", "business_model", "Agency"),
                criterion("disqualifier", "region", "NA"),
            ],
            [
                "Our best customers tend to be Software or Retail companies with 200–499 employees that have RevOps and"
                " use Salesforce.",
                "An account need not have every trait; the more it has, the better it fits.",
                "Be wary of Agency companies.",
                "Do not pursue companies in North America.",
            ],
        ),
        (
            [criterion("must_have", "budget_owner", "CFO"), criterion("negative", "is_public", "false")],
            [
                "Our best customers tend to be companies with budget owner CFO.",
                "They must be companies with budget owner CFO.",
                "Be wary of companies that are not public.",
            ],
        ),
        (
            [criterion("negative", "product", "Product D"), criterion("negative", "competitors", "Yes")],
            ["Be wary of companies with Product D and competitors Yes."],
        ),
    ],
)
def test_the_icp_is_a_sentence(criteria: list[dict[str, object]], said: list[str]) -> None:
    assert sentences(criteria) == said


def test_words_for_keys() -> None:
    assert [label(name) for name in ("annual_revenue_usd", "has_revops", "crm_used", "sub_industry")] == [
        "Annual revenue", "Has RevOps", "CRM used", "Sub-industry",
    ]  # fmt: skip
    assert value("employees", "1,000-1,999") == "1,000–1,999"
    assert value("annual_revenue_usd", "25M-50M") == "25M–50M"
    assert value("technology", "Coca-Cola") == "Coca-Cola"
    assert trait("has_revops", "true") == "Has RevOps: yes"
    assert trait("x", "a\u202eb\nc\ud800") == "X: a b c"


def test_figures_for_people() -> None:
    assert [percent(0.0004), percent(0.004), percent(0.124), percent(1.0), percent(None)] == [
        "< 1 %", "< 1 %", "12 %", "100 %", "–",
    ]  # fmt: skip
    assert [times(0.0), times(0.24), times(5.738), times(224.0), times(float("nan"))] == [
        "0×",
        "0.24×",
        "5.7×",
        "> 99×",
        "–",
    ]
    assert interval(2.66, 12.36) == "2.7–12.4×"
    assert [signed(0.631), signed(-0.6), signed(-0.001), signed(None)] == ["+0.63", "−0.60", "0.00", "–"]
    assert [dollars(34209.99), dollars(8029.97), dollars(0), dollars(-1234567)] == [
        "$34,200",
        "$8,030",
        "$0",
        "$-1,230,000",
    ]


def test_the_icp_page_shows_lift_interval_customers_and_market() -> None:
    shown = profile_section.view(profile_frames(), "primary")
    assert [group["kind"] for group in shown.groups] == ["positive", "negative"]
    first = shown.groups[0]["rows"][0]
    assert (first["trait"], first["times"], first["interval"], first["n_segment"], first["market"]) == (
        "Industry: Software", "5.7×", "2.7–12.4×", 65, "23 %",
    )  # fmt: skip
    assert shown.coverage and "Of the 928 accounts" in shown.coverage and "24 % fit" in shown.coverage
    assert "230 customers" in shown.sureness[0] and "single traits" in shown.sureness[0]
    assert "Tier 1 accounts were won and became best customers 2.2× as often" in shown.sureness[2]
    assert "Chance alone" not in shown.sureness[2]


def test_an_icp_that_the_data_do_not_bear_out_is_not_called_proven() -> None:
    frames = profile_frames()
    found = [("ICP_UNCONFIRMED", "warning", "is live, but", subject) for subject in ("primary", "emea: health Green")]
    frames["warnings"] = pd.DataFrame(found, columns=["code", "severity", "message", "subject"])
    said = profile_section.view(frames, "primary").sureness
    assert said[0].startswith("No longer supported by today's data") and not any(
        "Tested on" in line or "chance" in line for line in said
    )
    assert "Tested on" in profile_section.view({**frames, "warnings": frames["warnings"][1:]}, "primary").sureness[2]


def test_a_lift_that_may_be_chance_is_said_to_be() -> None:
    frames = profile_frames()
    frames["backtest"]["ci_low"] = 0.9
    assert "Chance alone could explain that" in profile_section.view(frames, "primary").sureness[2]


@pytest.mark.parametrize(("customers", "said"), [(45, "direction"), (230, "single traits"), (1000, "for pairs.")])
def test_how_sure_depends_on_the_customers(customers: int, said: str) -> None:
    frames = profile_frames()
    frames["versions"]["n_customers"] = customers
    assert said in profile_section.view(frames, "primary").sureness[0]


def test_a_stand_in_for_outcomes_and_a_filter_are_named() -> None:
    frames = all_frames()
    frames["versions"] = frames["versions"].assign(basis="proxy", filter_sql="region = 'EMEA'")
    shown = page(frames)
    assert "learned from a proxy" in shown
    assert "Covers only accounts where region = 'EMEA'" in shown


def test_what_was_learned_from_who_buys_says_nothing_about_best_customers() -> None:
    frames = all_frames()
    frames["versions"] = frames["versions"].assign(basis="proxy", n_customers=0)
    del frames["backtest"]
    html, text = (render(frames, ABOUT, FILES)[name].decode() for name in (PAGE, PROFILE))
    one_page = html.split('<div id="icp"')[1].split('<div id="evidence"')[0]
    for said in (one_page, text.split("*How to read it.*")[0]):
        assert "best customers" not in said and "worst customers" not in said
        assert "Accounts that advance toward a purchase tend to be" in said
        assert "More common among accounts that advanced toward a purchase" in said
    assert "Accounts with it" in one_page and "Customers with it" not in one_page
    assert "Learned from which accounts advanced toward a purchase" in one_page
    assert "| Accounts | Share of the market |" in text


def test_a_criterion_names_the_trait_that_goes_with_it() -> None:
    frames = all_frames()
    twin = {"segment": "200-499", "twin_attribute": "annual_revenue_usd", "twin_segment": "10M-50M"}
    frames["criterion_twins"] = pd.DataFrame(
        [
            {"icp_id": "primary", "attribute": "employees", **twin},
            {"icp_id": "emea", "attribute": "industry", **twin},
        ]
    )
    said = (
        "Also stands for Annual revenue: 10M–50M: mostly the same customers, so the data cannot tell which one matters."
    )
    shown = page(frames)
    assert f"Employees 200–499 {said}" in shown and shown.count(said) == 1
    assert f"Employees: 200–499: {said}" in render(frames, ABOUT, FILES)[PROFILE].decode()


def test_a_criterion_says_what_to_check_first() -> None:
    frames = all_frames()
    said = "Check employees first: it explains 56 % of how customers turn out."
    mine = frames["criteria"]["attribute"] == "employees"
    frames["criteria"] = frames["criteria"].assign(doubt=mine.map({True: said, False: None}))
    shown, text = page(frames), render(frames, ABOUT, FILES)[PROFILE].decode()
    assert f"Employees 200–499 {said}" in shown and shown.count(said) == 1
    assert f"\n{said}\n" in text and text.count(said) == 1
    other = frames["criteria"][mine].assign(segment="500-999")
    frames["criteria"] = pd.concat([frames["criteria"], other], ignore_index=True)
    assert render(frames, ABOUT, FILES)[PROFILE].decode().count(said) == 1, "once of both"


def test_the_icp_as_text() -> None:
    frames = profile_frames()
    frames["criteria"].loc[0, "segment"] = "A|B *bold* <b>"
    written = render(frames, ABOUT, FILES)[PROFILE].decode()
    assert "| Industry: A\\|B \\*bold\\* \\<b\\> | 5.7× | 2.7–12.4× | 65 | 23 % |" in written
    assert "## Signals of risk" in written and "owner revops@company.example" in written
    assert "**How sure we are.** Learned from 230 customers" in written


def test_evidence_goes_from_best_to_worst_with_criteria_marked() -> None:
    shown = evidence_section.view(profile_frames(), "primary")
    assert [row["trait"] for row in shown.segments] == ["Employees: 200–499", "Industry: Software", "Industry: Retail"]
    assert all(row["is_criterion"] for row in shown.segments)
    assert shown.conflicts == [
        "Industry: Retail is easier to win than average and turns out worse: such deals cost you later."
    ]
    assert [row["trait"] for row in shown.wins] == ["Industry: Retail"]


def test_best_and_worst_stand_side_by_side() -> None:
    frames = all_frames()
    frames["cohorts"] = pd.DataFrame(
        [("best", 46, 1.0, 34209.9), ("middle", 138, 0.87, 17471.0), ("worst", 46, 0.239, 8029.97)],
        columns=["cohort", "customers", "retained", "acv_usd"],
    ).assign(icp_id="primary")
    shown = evidence_section.view(frames, "primary")
    assert shown.cohorts == [
        {"name": "Still customers after a year", "best": "100 %", "middle": "87 %", "worst": "24 %"},
        {"name": "First-year contract value, median", "best": "$34,200", "middle": "$17,500", "worst": "$8,030"},
    ]
    assert "Best (46)" in page(frames)


def test_pairs_that_are_clear_are_listed_and_others_counted() -> None:
    frames = all_frames()
    pair = {
        "outcome": "quality",
        "attribute": "industry",
        "segment": "Software",
        "attribute_2": "employees",
        "segment_2": "200-499",
        "n_segment": 22,
        "lift": 8.0,
        "ci_low": 3.0,
        "ci_high": 20.0,
        "q_value": 0.01,
    }
    frames["pairs"] = pd.DataFrame([pair | {"verdict": "icp"}, pair | {"verdict": "not_significant", "segment": "x"}])
    shown = page(frames)
    assert "Industry: Software Employees: 200–499 better than the two traits suggest 8.0× 3.0–20.0× 22" in shown
    frames["pairs"] = frames["pairs"].tail(1)
    assert "1 pairs of strong traits were tested: no pair" in page(frames)


def test_near_misses_and_emerging_traits_are_told_in_words() -> None:
    frames = all_frames()
    frames["near_misses"] = pd.DataFrame(
        [
            {
                "icp_id": icp_id,
                "attribute": "sub_industry",
                "segment": "HR Software",
                "summary": f"sub_industry HR Software {of}.",
            }
            for icp_id, of in (("primary", "ranks 21 places above"), ("emea", "is of another ICP"))
        ]
    )
    frames["emerging_segments"] = pd.DataFrame(
        [{"attribute": "employees", "segment": "50-199", "summary": "employees 50-199 is emerging."}]
    )
    shown = page(frames)
    assert "Just outside the ICP" in shown and "Sub-industry: HR Software ranks 21 places above." in shown
    assert "is of another ICP" not in shown
    assert "Employees: 50–199 is emerging." in shown


def test_the_backtest_by_tier_against_the_average() -> None:
    shown = proof_section.view(profile_frames(), "primary")
    assert [row["tier"] for row in shown.tiers] == ["tier_1", "tier_2", "not_icp"]
    assert shown.deals == 81 and shown.base_rate == pytest.approx(0.194 / 2.2)
    assert shown.tiers[0]["caught"] == "38 %"
    assert shown.gains_says == "The best 25 % of the accounts by score held 33 % of all successes."


def test_other_models_in_a_fixed_order() -> None:
    frames = profile_frames()
    models = [("gradient_boosting", 0.66), ("icp", 0.68), ("base_rate", 0.5), ("unheard_of", 0.9)]
    frames["model_comparison"] = pd.DataFrame(
        [("primary", model, auc, 0.08, 0.07) for model, auc in models],
        columns=["icp_id", "model", "auc", "auc_se", "brier"],
    )
    names = [row["name"] for row in proof_section.view(frames, "primary").models]
    assert names == ["This ICP", "No model: all accounts the same", "Gradient boosting (black box)"]


def test_results_since_live_only_once_there_are_some() -> None:
    frames = all_frames()
    row = {
        "icp_id": "primary",
        "icp_version": "2026.11.1",
        "tier": "tier_1",
        "is_live": True,
        "deals_closed": 0,
        "deals_won": 0,
        "churned": 0,
        "churn_customers": 9,
        "contacted": 0,
        "replied": 0,
        "met": 0,
        "live_from": pd.Timestamp("2026-11-01"),
        "accounts": 40,
        "win_rate": 0.5,
        "win_rate_low": 0.3,
        "win_rate_high": 0.7,
        "customers": 9,
        "churn_rate": 0.0,
        "churn_rate_low": 0.0,
        "churn_rate_high": 0.2,
        "reply_rate": None,
        "meeting_rate": None,
    }
    frames["tier_results"] = pd.DataFrame([row])
    assert "no deal has closed, nobody has replied" in page(frames)
    seen = row | {"deals_closed": 12, "deals_won": 6}
    frames["tier_results"] = pd.DataFrame([seen])
    assert "Since it went live 1 Nov 2026" in page(frames)
    assert "Tier 1 12 50 % 30–70 % 9 0.0 % 0–20 %" in page(frames)
    note = "In the shares, all deals, customers and replies of one parent count as one."
    assert note not in page(frames)
    of_a_group = {"deals_won": 10}, {"churned": 3}, {"contacted": 4, "replied": 3, "reply_rate": 0.5}
    for other in of_a_group:
        frames["tier_results"] = pd.DataFrame([seen | other])
        assert note in page(frames)


def test_drift_in_words() -> None:
    frames = profile_frames()
    row = {"icp_id": "primary", "attribute": "industry", "n_now": 41, "drifted": True}
    frames["drift"] = pd.DataFrame(
        [
            row | {"segment": "Software", "measure": "effect", "value_then": 0.8, "value_now": -0.2},
            row | {"segment": "Retail", "measure": "psi", "value_then": 0.1, "value_now": 0.4},
            row | {"segment": "Banks", "measure": "psi", "value_then": 0.1, "value_now": 0.1, "drifted": False},
        ]
    )
    shown = proof_section.view(frames, "primary")
    assert shown.drift_checked == 3
    assert shown.drifted == [
        "Industry: Software: customers with it turned out better than others when the ICP was learned (+0.80 points),"
        " and worse since (−0.20, 41 customers).",
        "Industry: Retail was 10 % of the market where known, and is now 40 %.",
    ]


def test_moves_with_cause_and_direction() -> None:
    frames = all_frames()
    frames["runs"] = pd.DataFrame(
        [
            ("run-1", pd.Timestamp("2026-11-20"), pd.Timestamp("2026-11-20 03:00"), 2),
            # The clock was ahead that night.
            ("run-0", pd.Timestamp("2026-11-19"), pd.Timestamp("2026-11-23 03:00"), 1),
        ],
        columns=["run_id", "as_of", "finished_at", "sequence"],
    )
    frames["moves"] = pd.DataFrame(
        [
            ("primary", "tier_2", "tier_1", "trigger", 3),
            ("primary", "tier_1", "tier_3", "evidence", 2),
            ("primary", None, "tier_2", "new", 4),
        ],
        columns=["icp_id", "from_tier", "to_tier", "cause", "accounts"],
    )
    frames["moved_accounts"] = pd.DataFrame(
        [
            (
                "primary",
                "a",
                "<b>Acme</b>",
                None,
                "tier_2",
                "tier_1",
                "trigger",
                "New executive, today",
                "industry Software +0.63",
            )
        ],
        columns=["icp_id", "account_id", "name", "domain", "from_tier", "to_tier", "cause", "because", "reasons"],
    )
    shown = moves_section.view(frames, ABOUT, "primary")
    assert (shown.moved, shown.new_accounts) == (5, 4)
    assert [(row["from_label"], row["to_label"], row["why"], row["is_up"]) for row in shown.by_cause] == [
        ("Tier 2", "Tier 1", "A trigger came or expired", True),
        ("Tier 1", "Tier 3", "Its traits changed", False),
    ]
    said = page(frames)
    assert "Since the last run as of 20 Nov 2026 5 accounts changed tier or left; 4 are new." in said
    assert (
        "The 1 most important of them" in said
        and "<b>Acme</b> Tier 2 Tier 1 A trigger came or expired: New executive, today" in said
    )


def test_the_run_of_the_report_is_not_its_own_last_run() -> None:
    frames = all_frames()
    frames["runs"] = pd.DataFrame(
        [(ABOUT.run_id, pd.Timestamp("2026-11-21"), pd.Timestamp("2026-11-21"), 1)],
        columns=["run_id", "as_of", "finished_at", "sequence"],
    )
    assert moves_section.view(frames, ABOUT, "primary").previous_run is None


def test_criteria_added_and_dropped_since_the_last_version() -> None:
    frames = all_frames()
    day, later = pd.Timestamp("2026-08-01"), pd.Timestamp("2026-11-01")
    frames["all_versions"] = pd.DataFrame(
        [("primary", "2026.8.1", "retired", day, day, 1), ("primary", "2026.11.1", "live", later, later, 2),
         ("primary", "2026.11.2", "proposed", later, None, 3)],
        columns=["icp_id", "icp_version", "status", "as_of", "promoted_at", "promoted_place"],
    )  # fmt: skip
    frames["all_criteria"] = pd.DataFrame(
        [
            ("primary", "2026.8.1", "industry", "Software", 0.5),
            ("primary", "2026.8.1", "crm", "X", 0.2),
            ("primary", "2026.11.1", "industry", "Software", 0.63),
            ("primary", "2026.11.1", "employees", "200-499", 0.37),
        ],
        columns=["icp_id", "icp_version", "attribute", "segment", "points"],
    )
    frames["version_moves"] = pd.DataFrame(
        [("primary", "2026.11.1", "tier_1", "tier_2", 7)],
        columns=["icp_id", "icp_version", "from_tier", "to_tier", "accounts"],
    )
    shown = moves_section.view(frames, ABOUT, "primary")
    assert (shown.added, shown.dropped, shown.version_moves) == (["Employees: 200–499"], ["CRM: X"], 7)
    assert shown.reweighted == [{"trait": "Industry: Software", "was": 0.5, "now": 0.63}]
    said = page(frames)
    assert "Since the last ICP version 2026.8.1 → 2026.11.1 7 accounts changed tier because of it." in said
    assert "Version 2026.11.2 , learned as of 1 Nov 2026, is waiting for approval. icp promote 2026.11.2" in said


def test_findings_gravest_first_many_of_a_kind_short_and_notes_apart() -> None:
    found = [("DUPLICATE_DOMAIN", "warning", f"domain {place}", f"d{place}") for place in range(9)]
    found += [("REJECTED_ROWS", "info", "3 rows", "a.csv"), ("NO_SIGNAL", "warning", "Run `icp refit`.", "primary")]
    frames = {**all_frames(), "warnings": pd.DataFrame(found, columns=["code", "severity", "message", "subject"])}
    shown = state_section.view(frames, "primary")
    assert [finding["code"] for finding in shown.act] == ["NO_SIGNAL", "DUPLICATE_DOMAIN"]
    assert [finding["code"] for finding in shown.know] == ["REJECTED_ROWS"]
    assert (shown.act[1]["shown"], shown.act[1]["more"]) == (["domain 0", "domain 1", "domain 2"], 6)
    assert b"Run <code>icp refit</code>." in render(frames, ABOUT, FILES)[PAGE]


def test_what_the_run_could_not_say() -> None:
    frames = all_frames()
    frames["run_summary"] = pd.DataFrame([{"accounts": 40, "customers": 283, "too_new": 50, "too_little_known": 3}])
    frames["untested_segments"] = pd.DataFrame([{"outcome": "quality", "segments": 129}])
    gaps = state_section.view(frames, "primary").gaps
    assert gaps[0] == (
        "How 53 of 283 customers turned out: 50 are too new: customers count from six months on; 3 have too few"
        " known outcomes: land revenue, surveys, usage or tickets."
    )
    assert gaps[1].startswith("How 8 accounts fit: too few of the criteria's traits")
    assert gaps[2].startswith("How customers with 129 rare trait values turn out")
    assert gaps[3].startswith("Whether two traits together")
    del frames["backtest"]
    assert any(gap.startswith("Whether the tiers hold") for gap in state_section.view(frames, "primary").gaps)


def test_without_an_icp_enriching_is_no_remedy_and_there_is_nothing_to_prove() -> None:
    frames = all_frames()
    frames["versions"] = frames["versions"].assign(icp_version=None, n_customers=None)
    frames["run_summary"] = pd.DataFrame([{"accounts": 40, "customers": 349, "ranked": 349}])
    for name in ("criteria", "backtest"):
        del frames[name]
    gaps = " ".join(state_section.view(frames, "primary").gaps)
    assert "How 8 accounts fit: no ICP is live." in gaps
    assert "enrich" not in gaps and "the tiers hold" not in gaps
    assert "no pair of them has enough customers" in gaps and "from 300" not in gaps
    shown = page(frames)
    assert "No ICP yet: no account has a tier" in shown and "0 to nurture" not in shown
    assert "Unscored 8" in shown and "Enrich first" not in shown and "no live ICP to score it with" in shown
    assert "No ICP is live yet, so there is nothing to test." in shown


def test_customers_since_an_unknown_day_are_not_called_new() -> None:
    frames = all_frames()
    frames["run_summary"] = pd.DataFrame([{"accounts": 448, "customers": 227, "too_new": 0, "no_start": 227}])
    gap = state_section.view(frames, "primary").gaps[0]
    assert gap.startswith("How 227 of 227 customers turned out: 227 have no known start date")
    assert "too new" not in gap


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        ("versions", "No ICP is live yet, so no account has a tier. Once 30 customers"),
        ("criteria", "Among 230 ranked customers no trait separates the best from the worst by more than chance"),
        ("segments", "Nothing could be tested: too few customers with known traits"),
        ("backtest", "Not tested yet. The backtest learns from older deals"),
        ("runs", "This is the first run"),
        ("accounts", "There are no accounts yet. Land one CRM account file"),
        ("tier_results", "Since version 2026.11.1 went live, no deal has closed"),
    ],
)
def test_each_empty_part_says_what_would_change_it(lacking: str, said: str) -> None:
    frames = all_frames(12)
    frames.pop(lacking, None)
    if lacking == "versions":
        del frames["criteria"]
    assert said in page(frames)


def test_an_icp_that_was_tried_without_a_signal_says_so() -> None:
    frames = all_frames()
    del frames["criteria"]
    frames["versions"] = frames["versions"].assign(icp_version=None, n_customers=None)
    day = pd.Timestamp("2026-11-21")
    frames["all_versions"] = pd.DataFrame(
        [("primary", "2026.11.2", "no_signal", day, 1, None, 31, False),
         ("primary", "2026.11.1", "no_signal", day, 2, None, 65, False)],
        columns=[
            "icp_id", "icp_version", "status", "as_of", "learned_place", "promoted_at", "n_customers", "has_signal",
        ],
    )  # fmt: skip
    assert "Among 65 ranked customers no trait separates" in page(frames)


def test_nothing_at_all_is_a_page_too() -> None:
    said = page({})
    assert "0 accounts to pursue, 0 to nurture" in said and "There are no accounts yet" in said


def test_one_chosen_icp_of_several() -> None:
    frames = all_frames(12, ("primary", "emea"))
    html = render(frames, ABOUT, FILES)[PAGE].decode()
    # Headline, version, tiers, profile, evidence, proof and changes; no account has moved.
    assert html.count('data-icp="emea"') == html.count('data-icp="primary"') == 7
    assert '<option value="emea">ICP EMEA</option>' in html
    assert "choose-icp" not in render(all_frames(12), ABOUT, FILES)[PAGE].decode().split("<script>")[0]


def test_the_evidence_of_an_icp_with_a_filter_is_of_its_own_customers() -> None:
    frames = all_frames(20, ("primary", "emea"))
    filters = [None if icp_id == "primary" else "region = 'EMEA'" for icp_id in frames["versions"]["icp_id"]]
    frames["versions"] = frames["versions"].assign(filter_sql=filters)
    own = {"outcome": "quality", "lift": 4.4, "ci_low": 2.0, "ci_high": 9.0, "n_segment": 17, "q_value": 0.01}
    own |= {"attribute": "crm", "verdict": "icp", "share_best": 0.61, "share_worst": 0.14}
    frames["icp_segments"] = pd.DataFrame(
        [
            {"icp_id": "emea", "segment": "Attio", **own},
            {"icp_id": "apac", "segment": "Folk CRM", **own},
        ]
    )
    frames["cohorts"] = pd.DataFrame(
        {
            "icp_id": ["primary", "emea", "apac"],
            "cohort": "best",
            "customers": [46, 9, 8],
            "retained": [0.93, 0.81, 0.82],
        }
    )
    page = render(frames, ABOUT, FILES)[PAGE].decode()
    primary, emea = page.split('<div id="evidence"')[1].split('<div id="proof"')[0].split('data-icp="emea"')
    assert "CRM: Attio" in emea and "CRM: Attio" not in primary and "Folk CRM" not in page
    assert "61 %" in emea and "14 %" in emea and "Churned" not in emea and "Churned" in primary
    assert "81 %" in emea and "93 %" not in emea and "93 %" in primary
    said = "these customers with each other"
    assert said in emea and said not in primary
    # What is clear for the whole company need not be clear for them.
    assert "Industry: Retail" in primary and "Industry: Retail" not in emea


def test_audiences_have_their_size_their_moves_and_their_files() -> None:
    frames = all_frames()
    frames["runs"] = pd.DataFrame([("run-1",), (ABOUT.run_id,)], columns=["run_id"]).assign(sequence=[1, 2])
    frames["runs"] = frames["runs"].assign(as_of=pd.Timestamp("2026-11-20"), finished_at=pd.Timestamp("2026-11-20"))
    shown = page(frames)
    assert "214 accounts are kept out of all of them" in shown
    assert "tier_1 primary 24 1 +2, −1 +7, −3" in shown
    assert "target_accounts primary 1,244 0 +0, −0 +0, −0" in shown
    assert "On a suppression list 10" in shown and "Customer 204" in shown
    html = render(frames, ABOUT, FILES)[PAGE].decode()
    section = html[html.index('id="audiences"') : html.index('id="downloads"')]
    assert 'href="audiences/tier_1/sales_navigator_accounts_1.csv" download title="Sales Navigator' in section
    # Once: the downloads of the whole run leave them to this section.
    assert html.count('href="audiences/tier_1/domains.csv"') == 1


def test_the_first_run_moves_nobody_in_or_out_of_an_audience() -> None:
    assert "tier_1 primary 24 1 – –" in page(all_frames())


def test_a_saved_search_says_what_to_enter_and_how_well_it_finds_our_own() -> None:
    html = render(all_frames(), ABOUT, FILES)[PAGE].decode()
    assert "<pre>Industry: Software Development\nExclude Industry: Retail\n</pre>" in html
    shown = text(html.encode())
    assert "Of our own 1,210 accounts with a tier, it finds 263: 242 of them (92 %) are tier 1 or 2." in shown
    assert "It misses 147 of the 389 that are (38 %)." in shown
    assert "With the filter below it would find 46 accounts, 46 of them tier 1 or 2." in shown
    assert "For a shorter list, add: Company headcount: 201-500." in shown
    assert "Company headcount 201-500 is close to Employees: 200–499, not the same." in shown
    assert "No filter exists for Has RevOps: yes." in shown
    assert "LinkedIn Ads This tool has no filter for any of the criteria." in shown
    assert "There are no criteria to search by yet." in page({**all_frames(), "search_quality": pd.DataFrame()})


def test_leads_are_told_by_route_with_what_came_of_them() -> None:
    frames = all_frames()
    assert "No leads were landed." in page(frames)
    frames["leads"] = pd.DataFrame(
        [("sdr", 40, 37, 3, 12, 30, 8, 5, 2), ("ae", 5, 1, 0, 0, 4, 2, 1, 1)],
        columns=["route", "leads", "open_leads", "sent_today", "overdue", "sent", "met", "converted", "won"],
    )
    said = page(frames)
    assert "38 of 45 leads are open." in said
    assert "sdr 37 3 12 30 8 5 2" in said and "ae 1 0 0 4 2 1 1" in said


def test_the_website_says_what_its_experiment_shows_in_one_sentence() -> None:
    frames = all_frames()
    assert "No website visits were landed." in page(frames)
    columns = [
        "experiment", "attribute", "segment", "event", "entered_personalised", "entered_holdout",
        "accounts_personalised", "accounts_holdout", "conversions_personalised", "conversions_holdout",
        "rate_personalised", "rate_holdout", "ratio", "ratio_low", "ratio_high", "verdict", "accounts_needed",
        "began_on",
    ]  # fmt: skip
    began = datetime.date(2026, 9, 1)

    def said(*cells: object, **segment: object) -> str:
        rows = [("icp_website", "all", "all", "any", *cells, began)]
        if segment:
            rows.append(("icp_website", "industry", segment["industry"], "signup", *cells, began))
        return page({**frames, "experiments": pd.DataFrame(rows, columns=columns)})

    early = said(0, 0, 0, 0, 0, 0, None, None, None, None, None, "too_early", 1869)
    assert "Too early to say: about 1,900 more accounts are needed." in early
    assert "No prospect has visited since it started on 1 Sep 2026." in early
    later = said(100, 25, 80, 20, 4, 1, 0.05, 0.05, 1.0, 0.2, None, "too_early", 338)
    assert "Too early to say: about 340 more accounts are needed. 125 prospects visited since 1 Sep 2026." in later
    assert "4 of 80 with personalised content and 1 of 20 with the default; for 25 the 28 days are not over." in later
    nobody = said(100, 25, 80, 20, 0, 0, 0.0, 0.0, None, None, None, "too_early", None)
    assert "nobody has converted yet" in nobody
    won = said(800, 200, 800, 200, 90, 8, 0.1125, 0.04, 2.8125, 1.31, 7.2, "better", 0, industry="Software")
    assert "converts better than the default: 11.2 % against 4.0 % of the accounts, 2.8 times as often" in won
    assert "(95 % interval 1.3 to 7.2)" in won and "Industry Software, signup: converts better" in won
    broken = said(700, 300, 700, 300, 90, 8, 0.1125, 0.04, None, None, None, "withheld", 0)
    assert "The result is withheld: 700 and 300 accounts entered the two arms" in broken and "11.2" not in broken
    even = said(8000, 2000, 8000, 2000, 400, 100, 0.05, 0.05, 1.0, 0.8, 1.3, "undecided", 0)
    assert "No clear difference: 5.0 % against 5.0 % of the accounts" in even


def test_conversion_is_shown_by_segment_and_month() -> None:
    frames = all_frames()
    october, november = datetime.date(2026, 10, 1), datetime.date(2026, 11, 1)
    frames["website_conversion"] = pd.DataFrame(
        [
            (october, "all", "all", 40, 3),
            (november, "all", "all", 20, 1),
            (october, "tier", "none", 40, 3),
            (november, "tier", "tier_1", 20, 1),
            (october, "industry", "Software", 30, 3),
        ],
        columns=["month", "attribute", "segment", "visitors", "conversions"],
    )
    said = page(frames)
    assert "Oct 2026 Nov 2026 Total All 3 of 40 1 of 20 4 of 60 (7 %)" in said
    assert "Tier 1 – 1 of 20 1 of 20 (5 %) Before the first scoring 3 of 40 –" in said
    assert "Software 3 of 30 – 3 of 30 (10 %)" in said


def test_the_website_says_what_each_segment_sees() -> None:
    frames = all_frames()
    assert "Every visitor sees the same, because there is no content.yaml ." in page(frames)
    rows = [
        ("headline", 1, "holdout", "general", "industry", None, 7),
        ("headline", 2, "self_serve", "who_this_is_for", "industry", None, 1_500),
        ("headline", 3, "segment", "saas", "industry", "Computer Software; Internet", 40),
        ("headline", 4, "default", "general", "industry", None, 12),
        ("proof", 3, "segment", "<b>bold</b>", "employees", "200-499", 3),
    ]
    names = ["slot", "rung", "kind", "variant", "attribute", "segments", "accounts"]
    said = page({**frames, "website_content": pd.DataFrame(rows, columns=names)})
    assert (
        "headline, by industry Held out, for comparison general 7 "
        "Companies that the product is not for who_this_is_for 1,500 Computer Software, Internet saas 40 "
        "Everybody else, and unknown visitors general 12 proof, by employees 200–499 <b>bold</b> 3"
    ) in said
