"""Which of two files of one kind is newer: by file time if that is meaningful, else by natural name order."""

from __future__ import annotations

import os

import pytest
from landing_folder import Landing

from icp_pipeline.sources.file_order import newest_last

SECOND = 1_000_000_000


def ordered(*files: tuple[str, float]) -> list[str]:
    """Names, the newest last; times are in seconds."""
    return [name for name, _ in newest_last(files, lambda file: file[0], lambda file: int(file[1] * SECOND))]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        pytest.param("subscriptions.csv", "subscriptions (1).csv", id="a browser's second download"),
        pytest.param("subscriptions (9).csv", "subscriptions (10).csv", id="counters are numbers"),
        pytest.param("companies-9.csv", "companies-10.csv", id="9 before 10"),
        pytest.param("v2/companies.csv", "v10/companies.csv", id="folders too"),
        pytest.param("Export 11-20-2025.csv", "Export 02-01-2026.csv", id="the year first, wherever it stands"),
        pytest.param("Export 9-20-2025.csv", "Export 10-02-2025.csv", id="month first, as one of them proves"),
        pytest.param("Export 20.09.2025.csv", "Export 02.10.2025.csv", id="day first, as one of them proves"),
        pytest.param("a_2026-09-30.csv", "a_20261001.csv", id="with and without dashes"),
        pytest.param("deals 30 Nov 2025.csv", "deals 1 Dec 2025.csv", id="names of months"),
        pytest.param("deals November 2025.csv", "deals January 2026.csv", id="months without a day"),
        pytest.param("Kunden_März_2026.csv", "Kunden_Dezember_2026.csv", id="months in German"),
        pytest.param("Kunden 3. Okt 2026.csv", "Kunden 24. Mrz 2027.csv", id="German months shortened"),
        pytest.param("data mart 2026 (1).csv", "data mart 2026 (2).csv", id="a mart is not a month"),
        pytest.param("Export.csv", "Export 2026-01-01.csv", id="a name with a date after one without"),
        pytest.param("B.csv", "c.csv", id="whatever the case of the letters"),
    ],
)
def test_files_of_one_moment_are_ordered_as_a_person_reads_their_names(older: str, newer: str) -> None:
    assert ordered((newer, 0), (older, 30)) == [older, newer]
    assert ordered((older, 0), (newer, 30)) == [older, newer]


def test_file_time_decides_when_it_says_something() -> None:
    assert ordered(("b.csv", 0), ("a.csv", 61)) == ["b.csv", "a.csv"]
    assert ordered(("b.csv", 0), ("a.csv", 60)) == ["a.csv", "b.csv"]


def test_files_copied_one_after_the_other_are_of_one_moment_however_long_it_takes() -> None:
    assert ordered(("c.csv", 0), ("b.csv", 50), ("a.csv", 100), ("0.csv", 200)) == [
        *("a.csv", "b.csv", "c.csv"),
        "0.csv",
    ]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        pytest.param("Account_2026-11-20.csv", "Account_2026-11-21.csv", id="the older was downloaded again"),
        pytest.param("hubspot-crm-exports-20261120.csv", "hubspot-crm-exports-20261121.csv", id="no dashes"),
        pytest.param("2026-11-20/Account.csv", "2026-11-21/Account.csv", id="a folder for each day"),
        pytest.param("deals 20 Nov 2026.csv", "deals 1 Dec 2026.csv", id="names of months"),
        pytest.param("Account_2026-11-20_2201.csv", "Account_2026-11-21_0715.csv", id="with the time of the day"),
        pytest.param("Export 20.09.2026.csv", "Export 02.10.2026.csv", id="day first, as one of them proves"),
        pytest.param("4_Marketing_2026-03-27.csv", "1_Marketing_2026-11-20.csv", id="marketing is no month"),
        pytest.param("Export 31 Sept 2026.csv", "Export 1 October 2026.csv", id="months short and whole"),
        pytest.param("deals_25-10-2026_0915.csv", "deals_02-11-2026_0830.csv", id="with a time after the year"),
        pytest.param("deals_25-10-2026 0915.csv", "deals_02-11-2026 0830.csv", id="with a time after a blank"),
    ],
)
def test_of_exports_named_alike_the_day_in_the_name_decides_whatever_the_file_times(older: str, newer: str) -> None:
    assert ordered((newer, 0), (older, 90_000)) == [older, newer]
    assert ordered((older, 0), (newer, 90_000)) == [older, newer]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("Account_2026-11-21.csv", "Account.csv", id="only one has a day"),
        pytest.param("Account_2026-11-21.csv", "companies 2026-11-20.csv", id="named otherwise"),
        pytest.param("Export 05-04-2026.csv", "Export 04-03-2026.csv", id="nobody can tell day from month"),
        pytest.param("log_2026-11-01_2026-11-30.csv", "log_2026-10-01_2026-10-31.csv", id="from a day to a day"),
        pytest.param("Account_09-30-2026-11-20.csv", "Account_10-25-2026-11-19.csv", id="a date or a time before it"),
        pytest.param("Account_2026-11-21_0900.csv", "Account_2026-11-21_0800.csv", id="twice on one day"),
    ],
)
def test_where_names_give_no_sure_day_the_file_time_decides(before: str, after: str) -> None:
    assert ordered((before, 0), (after, 90_000)) == [before, after]


def test_a_restored_file_is_no_newer_than_those_of_later_days_and_makes_none_of_them_newer() -> None:
    """Old month-end exports are next to the nightly one, which is the newest whatever is restored."""
    hour = 3_600
    assert ordered(
        ("Account_2026-10-31.csv", 0), ("Account.csv", 800 * hour), ("Account_2026-09-30.csv", 807 * hour)
    ) == ["Account_2026-09-30.csv", "Account_2026-10-31.csv", "Account.csv"]
    restored = [(f"a_2026-11-{day:02d}.csv", 900 * hour - day * 100) for day in range(1, 4)]
    assert ordered(*restored, ("a_2026-11-04.csv", 0), ("b.csv", hour), ("a_2026-11-05.csv", 2 * hour)) == [
        *("a_2026-11-01.csv", "a_2026-11-02.csv", "a_2026-11-03.csv", "a_2026-11-04.csv"),
        *("b.csv", "a_2026-11-05.csv"),
    ]


def test_whether_the_day_stands_first_is_told_by_files_of_the_same_folder_alone() -> None:
    """The American office's names are all ambiguous, so file times decide; the European office writes the day first."""
    us = [("us/deals_10-12-2026.csv", 0), ("us/deals_11-02-2026.csv", 90_000)]
    eu = [("eu/deals_25-10-2026.csv", 180_000)]
    assert ordered(*us, *eu) == ["us/deals_10-12-2026.csv", "us/deals_11-02-2026.csv", "eu/deals_25-10-2026.csv"]
    assert ordered(("10/deals_25-10-2026.csv", 90_000), ("11/deals_04-11-2026.csv", 0)) == [
        *("10/deals_25-10-2026.csv", "11/deals_04-11-2026.csv"),
    ]


def test_the_lake_lists_the_files_of_a_kind_with_the_newest_last(landing: Landing) -> None:
    for name, mtime in (("a", 3_000), ("b", 1_000), ("c", 2_000)):
        path = landing.put(f"zendesk/{name}.csv", f"Id,Created at,Status\n1,2026-01-01,{name}\n")
        os.utime(path, (mtime, mtime))
    landing.land()
    assert landing.rows("ticket", "status") == ["b", "c", "a"]
    os.utime(landing.folder / "zendesk" / "b.csv", (9_000, 9_000))
    assert landing.land().rows("ticket", "status") == ["c", "a", "b"]
    assert landing.parsed() == set(), "a new time alone is no reason to read a file again"
