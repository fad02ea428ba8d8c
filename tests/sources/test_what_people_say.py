"""Interviews, feedback and overrides: what is kept, what is dropped, and how unusable lines are reported."""

from __future__ import annotations

from dataclasses import replace

import pytest
from landing_folder import Landing

from icp_pipeline.sources.declared.plan import ReadPlan

PLAN = ReadPlan(attributes=("employees", "has_revops", "industry", "technology"))
HEAD = "date: 2026-11-12\nrole: Account Executive\nrespondent: AE3\n"
WHOLE = (
    HEAD
    + """\
best_customers:
  - {account: zeta.example, why: "Zeta onboarded in a week, ask jane@zeta.example", clone: one owner for sales tools}
  - {account: acme.example, why: their Acme rollout paid off}
triggers: [{account: acme.example, what: new executive, note: "new CRO wanted a forecast"}]
evaluation: [{compared_with: [rivalytics, a spreadsheet], almost_killed: security review, decided: integration}]
retention: [{signal: weekly usage by managers, expands: yes}, {signal: bought for one team, expands: false}]
language: [{account: acme.example, phrase: flying blind on pipeline, about: pain}]
claims:
  - {attribute: industry, segment: Financial Services, says: worse}
  - {attribute: Has RevOps, segment: true, says: better}
  - {attribute: has a data team, says: better, not_recorded: true}
missing: ["whether they have a data team"]
"""
)
NAME = "voice/interviews/2026-11-12-ae-3.yaml"


def test_an_interview_becomes_one_row_per_thing_said(landing: Landing) -> None:
    landing.put(NAME, WHOLE)
    rows = landing.land(PLAN).rows("interview")
    assert {(row["held_on"], row["role"], row["respondent"]) for row in rows} == {
        ("2026-11-12", "account executive", "ae-3")
    }
    rest = [
        {key: value for key, value in row.items() if key not in ("held_on", "role", "respondent", "source_path")}
        for row in rows
    ]
    assert rest == [
        {"topic": "clone", "item": "one owner for sales tools", "source_line": 1},
        {"topic": "language", "item": "flying blind on pipeline", "about": "pain", "source_line": 1},
        {"topic": "reason", "item": "new CRO wanted a forecast", "about": "triggers", "source_line": 1},
        {"topic": "reason", "item": "onboarded in a week, ask", "about": "best_customers", "source_line": 1},
        {"topic": "reason", "item": "their rollout paid off", "about": "best_customers", "source_line": 1},
        {"topic": "best_customer", "account_key": "zeta.example", "domain": "zeta.example", "source_line": 5},
        {"topic": "best_customer", "account_key": "acme.example", "domain": "acme.example", "source_line": 6},
        {
            "topic": "trigger",
            "account_key": "acme.example",
            "domain": "acme.example",
            "item": "new_executive",
            "source_line": 7,
        },
        {"topic": "almost_killed", "item": "security review", "source_line": 8},
        {"topic": "compared_with", "item": "a spreadsheet", "source_line": 8},
        {"topic": "compared_with", "item": "rivalytics", "source_line": 8},
        {"topic": "decided", "item": "integration", "source_line": 8},
        {"topic": "retention", "item": "bought for one team", "expands": "false", "source_line": 9},
        {"topic": "retention", "item": "weekly usage by managers", "expands": "true", "source_line": 9},
        {
            "topic": "claim",
            "attribute": "industry",
            "segment": "Financial Services",
            "says": "worse",
            "source_line": 12,
        },
        {"topic": "claim", "attribute": "has_revops", "segment": "true", "says": "better", "source_line": 13},
        {
            "topic": "claim",
            "attribute": "has a data team",
            "says": "better",
            "is_not_recorded": "true",
            "source_line": 14,
        },
        {"topic": "missing", "item": "whether they have a data team", "source_line": 15},
    ]
    assert landing.counts(NAME) == (18, 18, 0)


def test_no_text_stands_beside_an_account_and_neither_line_nor_order_leads_to_one(landing: Landing) -> None:
    entries = ["{account: zeta.example, why: they pay early}", "{account: acme.example, why: they ask for more}"]
    swapped = ["{account: acme.example, why: they pay early}", "{account: zeta.example, why: they ask for more}"]
    told = []
    for number, said in enumerate((entries, swapped, entries[::-1])):
        name = f"voice/interviews/{number}.yaml"
        landing.put(name, HEAD + "best_customers:\n- " + "\n- ".join(said))
        rows = landing.land(PLAN).rows("interview", "topic", "item", "account_key", "source_line", path=name)
        told.append([row for row in rows if row["item"]])
        assert {row["account_key"] for row in told[-1]} == {None}
        assert {row["account_key"] for row in rows if not row["item"]} == {"acme.example", "zeta.example"}
    assert told[0] == told[1] == told[2]


@pytest.mark.parametrize(
    ("wrong", "line", "column", "says"),
    [
        ("claims: [{attribute: has_revop, segment: true, says: better}]", 4, "claims.attribute", "'has_revops'"),
        ("claims: [{attribute: hair colour, says: better}]", 4, "claims.attribute", "not_recorded: true"),
        ("claims: [{attribute: industry, segment: A, says: bettr}]", 4, "claims.says", "Did you mean 'better'?"),
        ("claims: [{attribute: industry, says: better}]", 4, "claims.segment", "required"),
        ("claims: [industry]", 4, "claims", "expected `key: value` with attribute"),
        ("best_customer: [{account: a.example}]", 4, "best_customer", "Did you mean 'best_customers'?"),
        ("best_customers:\n- account: jane.doe@gmail.com", 5, "best_customers.account", "not an account"),
        ("triggers: [{what: they wrote us a long mail about it}]", 4, "triggers.what", "under `note`"),
        ("triggers: [{account: a.example, note: they moved}]", 4, "triggers.what", "required"),
        ("missing: ['+49 89 123456']", 4, "missing", "nothing is left after removing"),
    ],
)
def test_what_cannot_be_used_is_rejected_by_line_and_key(
    landing: Landing, wrong: str, line: int, column: str, says: str
) -> None:
    landing.put(NAME, f"{HEAD}{wrong}\nevaluation: [{{decided: price}}]\n")
    rows = landing.land(PLAN).rows("interview", "topic")
    assert set(rows) - {"reason"} == {"decided"}
    [(at, key, reason, scope)] = landing.rejects()
    assert (at, key, scope) == (line, column, "row")
    assert says in reason
    assert "jane" not in reason and "89" not in reason
    assert landing.counts(NAME)[2] == 1


@pytest.mark.parametrize(
    ("wrong", "column", "says"),
    [
        ("retention: [{signal: used weekly, expand: true}]", "retention.expand", "Did you mean 'expands'?"),
        ("retention: [{signal: used weekly, expands: perhaps}]", "retention.expands", "not a yes/no value"),
        ("language: [{phrase: flying blind, about: pains}]", "language.about", "Did you mean 'pain'?"),
    ],
)
def test_what_only_says_more_about_a_row_costs_the_value(landing: Landing, wrong: str, column: str, says: str) -> None:
    landing.put(NAME, f"{HEAD}{wrong}\n")
    assert len(landing.land(PLAN).rows("interview")) == 1
    [(line, key, reason, scope)] = landing.rejects()
    assert (line, key, scope) == (4, column, "value")
    assert says in reason


@pytest.mark.parametrize("who", ["Jane Doe", "jane.doe@acme.example", "Jane", ""])
def test_a_name_in_place_of_a_respondent_rejects_what_was_said(landing: Landing, who: str) -> None:
    landing.put(NAME, WHOLE.replace("AE3", who))
    assert landing.land(PLAN).rows("interview") == []
    assert landing.counts(NAME) == (18, 0, 18)
    assert {(column, scope) for _, column, _, scope in landing.rejects()} == {("respondent", "row")}
    assert all("Jane" not in reason and "line 3, respondent" in reason for _, _, reason, _ in landing.rejects())


def test_a_role_that_is_no_title_may_be_a_name(landing: Landing) -> None:
    landing.put(NAME, WHOLE.replace("Account Executive", "Jane Doe"))
    assert "role" not in landing.land(PLAN).rows("interview")[0]
    assert landing.rejects()[0][:2] == (2, "role")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD + "missing: [a, b\nrole: x\n", "line 5: not readable as an interview"),
        (HEAD + "missing: &a [x]\nclaims: *a\n", "line 5: not readable as an interview: a reference"),
        (HEAD + "missing: " + "[" * 40 + "]" * 40, "lists within lists"),
        ("kind: flag\nvalue: 3\n", "not an interview: none of its keys is one of date, role"),
        ("respondant: ae-3\nmising: [x]\n", "Did you mean 'respondent'?"),
        (HEAD + "missing: [\x01]", "line 4: not readable as an interview: a character"),
        (b"date: 2026-11-12\nrole: \xff\n", "line 2: not UTF-8"),
        ("- a\n- b\n", "not an interview"),
    ],
)
def test_a_file_that_is_no_interview_is_held_and_says_where(landing: Landing, text: str | bytes, says: str) -> None:
    landing.put(NAME, text)
    message = landing.held(PLAN)
    assert says in message
    assert len(message.splitlines()) == 2


def test_a_huge_file_is_refused_in_one_line_before_it_is_read(landing: Landing) -> None:
    path = landing.put(NAME, "")
    with path.open("wb") as data:
        data.truncate(200 * 1024**2)
    message = landing.held(PLAN)
    assert f"{NAME}: larger than 4 MB" in message
    assert len(message.splitlines()) == 2


@pytest.mark.parametrize("text", ["", "# a form\n", "date:\nrole:\nretention:\n- signal:\n  expands: true\n"])
def test_a_form_with_blanks_only_is_ignored_and_said_so(landing: Landing, text: str) -> None:
    landing.put(NAME, text)
    landing.land(PLAN)
    assert landing.status(NAME) == ("ignored", "an interview in which nothing is filled in")


def test_several_interviews_of_a_file_keep_their_own_heads_and_lines(landing: Landing) -> None:
    landing.put(
        NAME, HEAD + "missing: [a team]\n---\ndate: 2026-11-13\nrespondent: csm-1\nbest_customers: [{why: fast}]\n"
    )
    rows = landing.land(PLAN).rows("interview", "respondent", "held_on", "item", "source_line")
    assert [(row["respondent"], row["held_on"], row["item"], row["source_line"]) for row in rows] == [
        ("ae-3", "2026-11-12", "a team", 4),
        ("csm-1", "2026-11-13", "fast", 6),
    ]


def test_an_interview_is_read_again_when_the_settings_know_another_attribute(landing: Landing) -> None:
    landing.put(NAME, HEAD + "claims: [{attribute: region, segment: EMEA, says: better}]\n")
    assert landing.land(PLAN).rows("interview") == []
    landing.land(replace(PLAN, attributes=(*PLAN.attributes, "region")))
    assert landing.rows("interview", "attribute") == ["region"]


def test_calls_are_left_alone(landing: Landing) -> None:
    landing.put("voice/transcripts/call.json", "{}")
    landing.land(PLAN)
    assert landing.status("voice/transcripts/call.json")[0] == "ignored"


def test_feedback_keeps_opinions_and_drops_who_and_where(landing: Landing) -> None:
    landing.put(
        "voice/feedback.csv",
        "account,given_on,respondent,verdict,reason_code,missing\n"
        'acme.example,2026-11-12,AE 3,too high,Wrong Industry,"Acme has 40 people, call +49 89 123456"\n'
        "bo@beta.example,2026-11-12,ae-3,Agrees,,\n"
        "gamma.example,,,,,\n"
        "delta.example,2026-11-12,Jane Doe,agrees,,\n"
        "eps.example,,ae-3,agrees,,\n"
        "zeta.example,2026-11-12,ae-3,to high,,\n",
    )
    rows = landing.land(PLAN).rows(
        "feedback", "account_key", "domain", "given_on", "respondent", "verdict", "reason_code", "missing"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("acme.example", "acme.example", "2026-11-12", "ae-3", "too_high", "wrong_industry", "has people, call"),
        ("beta.example", "beta.example", "2026-11-12", "ae-3", "agrees", None, None),
        ("gamma.example", "gamma.example", None, None, None, None, None),
        ("zeta.example", "zeta.example", "2026-11-12", "ae-3", None, None, None),
    ]
    rejects = landing.rejects()
    assert [(line, column, scope) for line, column, _, scope in rejects] == [
        (5, "respondent", "row"),
        (6, "given_on", "row"),
        (7, "verdict", "value"),
    ]
    assert "a respondent's code" in rejects[0][2] and "Jane" not in rejects[0][2]
    assert "Did you mean 'too_high'?" in rejects[2][2]


def test_an_override_without_an_end_or_with_a_name_is_rejected(landing: Landing) -> None:
    landing.put(
        "voice/overrides.csv",
        "account,icp_id,tier,reason_code,reason,by,until\n"
        "acme.example,,Tier 1,strategic,Acme is known to the board,ae-3,2027-01-31\n"
        "beta.example,EMEA,not_icp,,,csm-1,2020-01-31\n"
        "gamma.example,primary,tier_1,,,ae-3,\n"
        "delta.example,primary,tier_1,,,jane@doe.example,2027-01-31\n"
        "eps.example,primary,tier_9,,,ae-3,2027-01-31\n",
    )
    rows = landing.land(PLAN).rows("override", "account_key", "icp_id", "tier", "reason", "overridden_by", "until")
    assert [tuple(row.values()) for row in rows] == [
        ("acme.example", "primary", "tier_1", "is known to the board", "ae-3", "2027-01-31"),
        ("beta.example", "emea", "not_icp", None, "csm-1", "2020-01-31"),
    ]
    rejects = landing.rejects()
    assert [(line, column, scope) for line, column, _, scope in rejects] == [
        (4, "until", "row"),
        (5, "by", "row"),
        (6, "tier", "row"),
    ]
    assert "Did you mean 'tier_" in rejects[2][2]


def test_overrides_without_the_column_of_their_end_are_held(landing: Landing) -> None:
    landing.put("voice/overrides.csv", "account,icp_id,tier,by\nacme.example,primary,tier_1,ae-3\n")
    assert "missing: 'until'" in landing.held(PLAN)
