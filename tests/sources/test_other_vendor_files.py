"""Billing, surveys, tickets, funding, and the two plain files."""

from __future__ import annotations

from landing_folder import Landing

from icp_pipeline.sources.declared.plan import FileFormat, ReadPlan


def test_stripe_subscriptions_link_by_metadata_and_else_by_address(landing: Landing) -> None:
    landing.put(
        "stripe/subs.csv",
        "id,Customer ID,Customer Email,Plan,Quantity,Currency,Interval,Amount,Status,Created (UTC),"
        "Start Date (UTC),Trial Start (UTC),Trial End (UTC),Current Period End (UTC),Canceled At (UTC),Ended At (UTC),"
        "crm_account_id (metadata)\n"
        "sub_1,cus_1,ap@mail.halden.example,price_y,25,eur,year,480.00,active,2024-02-03 01:47,2024-02-05 00:00,,,"
        "2027-02-03 01:47,,,001Hs00004kXyZa\n"
        "sub_2,cus_2,kim@gmail.com,price_m,10,usd,month,39.00,canceled,2025-01-10 09:00,,,,2025-12-10 09:00,"
        "2025-11-30 18:20,,\n",
    )
    rows = landing.land().rows("subscription")
    assert rows[0] == {
        "source_name": "stripe",
        "id": "sub_1",
        "account_key": "001Hs00004kXyZaIAK",
        "domain": "halden.example",
        "plan": "price_y",
        "quantity": "25",
        "currency": "EUR",
        "billing_interval": "year",
        "interval_count": "1",
        "unit_amount": "480",
        "status": "active",
        "created_at": "2024-02-03 01:47:00",
        "started_at": "2024-02-05 00:00:00",
        "current_period_end": "2027-02-03 01:47:00",
        "source_path": "stripe/subs.csv",
        "source_line": 2,
    }
    assert "domain" not in rows[1] and rows[1]["canceled_at"] == "2025-11-30 18:20:00"


def test_survey_answers_keep_type_and_score_but_no_comment(landing: Landing) -> None:
    landing.put(
        "nps/answers.csv",
        "Response ID,Email domain,Survey type,Score,Comment,Responded at\n"
        "501,halden.example,nps,9,Kim says hello,2026-05-14 12:30:00\n502,brightloom.example,CSAT,4,,1768000000\n"
        "503,quiet.example,nps,eleven,,2026-05-14\n",
    )
    rows = landing.land().rows("survey_response", "id", "domain", "survey_type", "score", "responded_at")
    assert rows[0] == {
        "id": "501",
        "domain": "halden.example",
        "survey_type": "nps",
        "score": "9",
        "responded_at": "2026-05-14 12:30:00",
    }
    assert (rows[1]["survey_type"], rows[1]["responded_at"]) == ("csat", "2026-01-09 23:06:40")
    assert rows[2]["score"] is None
    assert landing.rejects() == [(4, "Score", "not a score: expected a number, alone or before its label", "value")]


def test_a_survey_file_without_a_type_is_what_the_folder_says(landing: Landing) -> None:
    landing.put("nps/a.csv", "Email,Score,Responded at\nkim@halden.example,10,2026-05-14\n")
    assert landing.land().rows("survey_response", "survey_type", "domain") == [
        {"survey_type": "nps", "domain": "halden.example"}
    ]


def test_zendesk_tickets_and_the_tag_of_merged_ones(landing: Landing) -> None:
    landing.put(
        "zendesk/t.csv",
        "Summation column,Ticket ID,Requester,Requester email,Requester domain,Tags,Status,"
        "Priority,Created at,Organization,"
        "Solved at,Satisfaction Score,"
        "JIRA ID [txt]\n"
        '1,9001,Kim,kim@halden.example,halden.example,"billing,vip",Solved,High,2026-06-01 08:10,'
        "Halden,2026-06-02 09:00,"
        "Good,\n"
        '1,9002,Jo,jo@brightloom.example,,"closed_by_merge,x",Closed,Normal,2026-06-03 10:00,,,Offered,\n'
        "1,9003,Al,al@gmail.com,gmail.com,,Open,,2026-06-03 10:00,,,,\n",
    )
    rows = landing.land(ReadPlan(vendors={"zendesk": FileFormat(timezone="Europe/Berlin")})).rows("ticket")
    assert rows[0] == {
        "id": "9001",
        "domain": "halden.example",
        "organization": "Halden",
        "status": "Solved",
        "priority": "High",
        "created_at": "2026-06-01 06:10:00",
        "solved_at": "2026-06-02 07:00:00",
        "satisfaction": "Good",
        "is_merged": "false",
        "is_feature_request": "false",
        "source_path": "zendesk/t.csv",
        "source_line": 2,
    }
    assert (rows[1]["domain"], rows[1]["is_merged"]) == ("brightloom.example", "true")
    assert "domain" not in rows[2]


def test_the_dollar_column_of_funding_rounds_is_taken(landing: Landing) -> None:
    landing.put(
        "crunchbase/rounds.csv",
        "Transaction Name,Organization Name,Funding Type,Money Raised,Money Raised Currency,"
        "Money Raised Currency (in USD),Announced Date,Organization Location,Organization Website\n"
        'Series B - Brightloom,Brightloom,Series B,30000000,EUR,32500000,2026-03-09,"Austin, Texas",'
        "https://www.brightloom.example/\nSeed - Quiet,Quiet,Seed,,,,2026-04-01,,https://quiet.example\n",
    )
    rows = landing.land().rows("funding_round", "domain", "funding_type", "money_raised_usd", "announced_on")
    assert rows == [
        {
            "domain": "brightloom.example",
            "funding_type": "Series B",
            "money_raised_usd": "32500000",
            "announced_on": "2026-03-09",
        },
        {"domain": "quiet.example", "funding_type": "Seed", "money_raised_usd": None, "announced_on": "2026-04-01"},
    ]


def test_a_row_shifted_by_an_unquoted_comma_is_rejected(landing: Landing) -> None:
    landing.put(
        "crunchbase/rounds.csv",
        "Organization Name,Funding Type,Announced Date,Organization Website\nA, Inc,Seed,2026-04-01,a.example\n"
        "B,Seed,2026-04-01,b.example\n",
    )
    assert landing.land().rows("funding_round", "organization") == ["B"]
    assert landing.rejects() == [(2, None, "5 cells, expected 4", "row")]


def test_triggers_name_accounts_by_id_or_domain(landing: Landing) -> None:
    landing.put(
        "triggers/t.csv",
        "account,trigger,happened_on,strength,source\nhttps://www.brightloom.example,funding,2026-03-01,Strong,news\n"
        "001Hs00004kXyZa,hire,2026-03-02,,\n18273645501,hire,2026-03-02T10:00:00Z,weak,\nb.example,,2026-03-02,,\n"
        "b.example,hire,soon,,\n",
    )
    rows = landing.land().rows("trigger", "account_key", "domain", "strength", "happened_on")
    assert [row["domain"] for row in rows] == ["brightloom.example", None, None]
    assert [row["account_key"] for row in rows][1:] == ["001Hs00004kXyZaIAK", "18273645501"]
    assert [row["strength"] for row in rows] == ["strong", None, "weak"]
    assert rows[2]["happened_on"] == "2026-03-02"
    assert [(line, column, scope) for line, column, _, scope in landing.rejects()] == [
        (5, "trigger", "row"),
        (6, "happened_on", "row"),
    ]


def test_identical_touches_are_separate_rows(landing: Landing) -> None:
    landing.put(
        "engagement/e.csv",
        "account,happened_on,channel,kind\na.example,2026-03-01,email,reply\na.example,2026-03-01,email,reply\n"
        "a.example,2026-03-01,web,glance\n",
    )
    assert landing.land().rows("engagement", "kind") == ["reply", "reply", None]
    assert landing.rejects()[0][1] == "kind"


def test_a_touch_may_have_a_time_beside_its_day_or_instead_of_it(landing: Landing) -> None:
    landing.put(
        "engagement/e.csv",
        "account,happened_at,kind\na.example,2026-03-01T23:30:00+02:00,reply\na.example,soon,reply\n",
    )
    landing.put(
        "engagement/f.csv",
        "account,date,happened_at\nb.example,2026-03-02,2026-03-02 08:15\n"
        "b.example,2026-03-02,2026-03-02T00:00:00+01:00\n",
    )
    rows = landing.land().rows("engagement", "happened_on", "happened_at")
    assert rows == [
        {"happened_on": "2026-03-01", "happened_at": "2026-03-01 21:30:00"},
        {"happened_on": "2026-03-02", "happened_at": "2026-03-02 08:15:00"},
        {"happened_on": "2026-03-02", "happened_at": None},
    ]
    assert [(line, column, scope) for line, column, _, scope in landing.rejects()] == [(3, "happened_at", "row")]


def test_a_tag_or_a_type_says_that_a_ticket_asks_for_a_feature(landing: Landing) -> None:
    landing.put(
        "zendesk/t.csv",
        "Id,Requester domain,Tags,Ticket type,Created at\n"
        '1,a.example,"vip,feature_request",Question,2026-01-02 10:00\n'
        "2,a.example,,Product Feedback,2026-01-02 10:00\n"
        "3,a.example,feature_requested_by_nobody,Incident,2026-01-02 10:00\n"
        "4,a.example,,,2026-01-02 10:00\n",
    )
    assert landing.land().rows("ticket", "is_feature_request") == ["true", "true", "false", "false"]
    landing.put("zendesk/t.csv", "Id,Requester domain,Created at\n1,a.example,2026-01-02 10:00\n")
    assert landing.land().rows("ticket", "is_feature_request") == [None]
