"""Website visits and conversions: of the visitor, only the company, what happened, when and where."""

from __future__ import annotations

import pytest
from landing_folder import Landing

from icp_pipeline.sources.declared.plan import MappedSource, ReadPlan
from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.values.web_events import event_of, page_of

HEADER = "domain,occurred_at,event,variant,page,id"


def test_events_of_a_plain_file_arrive_as_they_are(landing: Landing) -> None:
    landing.put(
        "web/november.csv",
        f"{HEADER}\nwww.Acme.example,2026-11-02T09:30:00Z,Demo Request,saas,https://us.example/demo?email=jo%40acme.example,m-1\n",
    )
    (row,) = landing.land().rows("web_event")
    assert row == {
        "id": "m-1",
        "domain": "acme.example",
        "occurred_at": "2026-11-02 09:30:00",
        "event": "demo_request",
        "variant": "saas",
        "page": "/demo",
        "source_path": "web/november.csv",
        "source_line": 2,
    }


def test_free_mail_and_hosts_are_no_company_and_an_id_is_no_address(landing: Landing) -> None:
    landing.put(
        "web/november.csv",
        f"{HEADER}\ngmail.com,2026-11-02,visit,,,\njo@gmail.com,2026-11-02,visit,,,\nacme.example,2026-11-02,visit,,,jo@acme.example\n",
    )
    rows = landing.land().rows("web_event")
    assert [row.get("domain") for row in rows] == [None, None, "acme.example"]
    assert "id" not in rows[2]


def test_pages_of_ga4_come_in_by_mapping(landing: Landing) -> None:
    landing.put(
        "ga4/events.csv",
        "event_timestamp,event_name,company_domain,page_location,user_pseudo_id\n"
        "1793613600123456,page_view,acme.example,https://us.example/pricing?x=1,1.2\n"
        "1793613660123456,generate_lead,acme.example,https://us.example/demo,1.2\n",
    )
    ga4 = MappedSource(
        key="ga4",
        kind="web",
        file="ga4/*.csv",
        columns={
            "occurred_at": "event_timestamp",
            "event": "event_name",
            "domain": "company_domain",
            "page": "page_location",
        },
    )
    rows = landing.land(ReadPlan(mapped=(ga4,))).rows("web_event")
    assert [(row["occurred_at"][:19], row["event"], row["page"]) for row in rows] == [
        ("2026-11-02 10:00:00", "visit", "/pricing"),
        ("2026-11-02 10:01:00", "generate_lead", "/demo"),
    ]
    assert not [key for row in rows for key in row if "pseudo" in key]


def test_page_calls_of_segment_are_visits(landing: Landing) -> None:
    landing.put(
        "segment/pages.csv",
        "id,timestamp,context_group_domain,path,anonymous_id\nm-7,2026-11-02 08:00:00,acme.example,/pricing,a-1\n",
    )
    segment = MappedSource(
        key="segment_pages",
        kind="web",
        file="segment/*.csv",
        columns={"id": "id", "occurred_at": "timestamp", "domain": "context_group_domain", "page": "path"},
        constants={"event": "visit"},
    )
    (row,) = landing.land(ReadPlan(mapped=(segment,))).rows("web_event")
    assert (row["id"], row["event"], row["page"], row["domain"]) == ("m-7", "visit", "/pricing", "acme.example")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("page_view", "visit"),
        ("Page Viewed", "visit"),
        ("session_start", "visit"),
        ("Signup", "signup"),
        ("Demo-Request", "demo_request"),
        ("form_submit", "form_submit"),
        (" ", None),
    ],
)
def test_looking_around_is_a_visit_and_the_rest_keeps_its_name(written: str, name: str | None) -> None:
    assert event_of(written) == name


def test_the_name_of_an_event_never_says_who_it_was() -> None:
    with pytest.raises(Unusable, match="e-mail address"):
        event_of("signup jo@acme.example")


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("https://us.example/pricing/?email=jo@acme.example#top", "/pricing"),
        ("/", "/"),
        ("https://us.example", "/"),
        ("/confirm/jo%40acme.example", None),
        ("/confirm/jo@acme.example", None),
    ],
)
def test_of_a_page_only_the_path_is_kept(written: str, path: str | None) -> None:
    assert page_of(written) == path
