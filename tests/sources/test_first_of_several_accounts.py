"""A deal that names several accounts in one cell counts for the first of them, and a warning says so."""

from __future__ import annotations

import pytest
from landing_folder import Landing

from icp_pipeline.sources.declared.plan import MappedSource, ReadPlan
from icp_pipeline.sources.values.record_ids import first_id


@pytest.mark.parametrize(
    ("text", "first"),
    [
        *(("90010000002;90010000001", "90010000002"), ("90010000002, 90010000001", "90010000002")),
        *(
            ('["A-17", "A-18"]', "A-17"),
            ("[17, 18]", "17"),
            ("{A17,A18}", "A17"),
            ("a.example; b.example", "a.example"),
        ),
        *((";17;18", "17"), ("17\n18", "17"), ('=""; ="18"; ="19"', "18")),
    ],
)
def test_the_first_of_several_ids_counts(text: str, first: str) -> None:
    assert first_id(text) == first


@pytest.mark.parametrize(
    "text",
    [
        "17",
        "Halden, Inc.",
        "Smith & Sons; Oslo",
        "90,010,000,002",
        "90010000002;",
        '["A-17"]',
        "2 Go, 3 Stay",
        "",
        "A B",
    ],
)
def test_what_is_no_list_of_ids_stays_as_it_is(text: str) -> None:
    assert first_id(text) == text


def _plan(kind: str, **columns: str) -> ReadPlan:
    return ReadPlan(mapped=(MappedSource("own", "own/*.csv", kind, columns),))


def test_mapped_deals_take_the_first_account_and_say_so(landing: Landing) -> None:
    landing.put("own/deals.csv", 'id,who,won\n1,A17;A18,yes\n2,A19,no\n3,"[""A20"", ""A21""]",no\n')
    landing.land(_plan("deal", id="id", account_id="who", is_won="won"))
    assert landing.rows("deal", "account_id") == ["A17", "A19", "A20"]
    assert landing.notes() == [("own/deals.csv", "SEVERAL_ACCOUNTS", 2, 2)]
    assert landing.rejects() == []


def test_one_account_per_deal_is_nothing_to_tell(landing: Landing) -> None:
    landing.put("own/deals.csv", "id,who,won\n1,A17,yes\n")
    landing.land(_plan("deal", id="id", account_id="who", is_won="won"))
    assert landing.notes() == []
