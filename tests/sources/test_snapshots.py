"""Exports that pile up: of full ones the newest counts, of deltas all count, and doubt is reported."""

from __future__ import annotations

import os

import pytest
from landing_folder import Landing

from icp_pipeline.catalog.kinds import KINDS
from icp_pipeline.sources.declared.plan import MappedSource, ReadPlan

HEADER = "Id,Name,Website,LastModifiedDate"


def accounts(numbers: range, *, changed: int = 0, day: int = 1, without: range = range(0)) -> str:
    """One line per account, each modified on its own day in October, except `changed`, modified in November."""
    rows = [
        f"{number},Company {number},c{number}.example,"
        + (f"2026-11-{day:02d}" if number < changed else f"2026-10-{1 + number % 28:02d}")
        + "T08:00:00.000Z"
        for number in numbers
        if number not in without
    ]
    return "\n".join([HEADER, *rows]) + "\n"


def landed(landing: Landing, *files: tuple[str, str], **declared: str) -> tuple[set[str], list[dict[str, object]]]:
    """The ids that count, and what is reported; the files are a day apart, the newest last."""
    for number, (name, text) in enumerate(files):
        rows = [line.split(",") for line in text.splitlines()]
        cells = [[sf_id(row[0]), *row[1:]] if row[0].isdigit() else row for row in rows]
        path = landing.put(f"salesforce/{name}", "\n".join(map(",".join, cells)) + "\n")
        os.utime(path, (86_400 * number + 86_400,) * 2)
    state = landing.land(ReadPlan(each_file=declared)).state
    assert state is not None
    told = [row for row in state.repeated_records.to_pylist() if row["code"] in ("REPLACED_FILE", "OLDER_FILES_ONLY")]
    return set(landing.rows("salesforce_account", "name")), told


def sf_id(number: str) -> str:
    return f"001Hs00000{int(number):05d}"


def names(numbers: range, without: range = range(0)) -> set[str]:
    return {f"Company {number}" for number in numbers if number not in without}


def test_a_record_that_the_newest_full_export_lacks_is_gone(landing: Landing) -> None:
    found, told = landed(
        landing,
        ("Account_2026-11-20.csv", accounts(range(100))),
        ("Account_2026-11-21.csv", accounts(range(103), changed=40, without=range(90, 95))),
    )
    assert found == names(range(103), without=range(90, 95))
    assert [(row["code"], row["records"], row["other_path"], row["path"]) for row in told] == [
        ("REPLACED_FILE", 5, "salesforce/Account_2026-11-20.csv", "salesforce/Account_2026-11-21.csv")
    ]


def test_records_of_any_crm_may_be_full_exports_and_what_happened_is_in_parts() -> None:
    whole = {kind.name for kind in KINDS.values() if kind.is_exported_whole}
    assert whole == {
        *("salesforce_account", "salesforce_opportunity", "salesforce_opportunity_contact_role"),
        *("salesforce_lead", "salesforce_contact", "hubspot_company", "hubspot_deal", "hubspot_contact"),
        *("account", "deal", "lead", "contact"),
    }
    assert all(KINDS[name].identity for name in whole), "records without an identity cannot be compared"


# File kind -> folder, header, and one line of a person by number and day of the last change.
PEOPLE = {
    "salesforce_lead": (
        "salesforce",
        "Id,Company,Website,Status,IsConverted,LastModifiedDate",
        "00QHs00000{0:05d},Company {0},c{0}.example,Open,false,{1}",
    ),
    "salesforce_contact": ("salesforce", "Id,AccountId,Title,LastModifiedDate", "003Hs00000{0:05d},{2},Head of IT,{1}"),
    "salesforce_opportunity_contact_role": (
        "salesforce",
        "Id,OpportunityId,ContactId,Role,IsPrimary,CreatedDate",
        "00KHs00000{0:05d},006Hs00000{0:05d},003Hs00000{0:05d},Decision Maker,true,{1}",
    ),
    "hubspot_contact": (
        "hubspot",
        "Record ID,First Name,Email,Job Title,Last Modified Date",
        "{0},A,a@c{0}.example,CEO,{1}",
    ),
    "lead": ("erp", "Lead,Web,Changed", "L{0},c{0}.example,{1}"),
    "contact": ("erp", "Person,Web,Changed", "P{0},a@c{0}.example,{1}"),
}
ERP = {
    "lead": {"id": "Lead", "domain": "Web", "modified_at": "Changed"},
    "contact": {"id": "Person", "email_domain": "Web", "modified_at": "Changed"},
}


@pytest.mark.parametrize("kind", PEOPLE)
@pytest.mark.parametrize("is_delta", [False, True], ids=["full exports", "a full export and what changed since"])
def test_leads_and_contacts_that_were_deleted_between_two_full_exports_are_gone(
    kind: str, is_delta: bool, landing: Landing
) -> None:
    folder, header, line = PEOPLE[kind]
    numbers = {20: range(60), 21: range(40, 45) if is_delta else range(5, 62)}
    for day, present in numbers.items():
        month = 11 if is_delta and day == 21 else 10
        rows = [line.format(n, f"2026-{month}-{1 + n % 20:02d}T08:00:00.000Z", sf_id(str(n))) for n in present]
        landing.put(f"{folder}/people_2026-11-{day}.csv", "\n".join([header, *rows]) + "\n")
    mapped = [MappedSource("erp", "erp/people*.csv", kind, ERP[kind])] if kind in ERP else []
    state = landing.land(ReadPlan(mapped=tuple(mapped))).state
    assert state is not None and {file.table_name for file in state.files} == {"salesforce_account", kind}
    of_people = [row for row in state.repeated_records.to_pylist() if row["table_name"] == kind]
    assert [(row["code"], row["records"]) for row in of_people] == ([] if is_delta else [("REPLACED_FILE", 5)])
    assert len(landing.rows(kind)) == (65 if is_delta else 57)


def test_of_many_full_exports_only_the_newest_counts(landing: Landing) -> None:
    days = [(f"Account_{day}.csv", accounts(range(100), changed=day, day=day, without=range(90, 90 + day)))
            for day in (1, 2, 3)]  # fmt: skip
    assert landed(landing, *days)[0] == names(range(100), without=range(90, 93))
    # And back: if the newest is removed, the one before it counts.
    (landing.folder / "salesforce" / "Account_3.csv").unlink()
    landing.land(ReadPlan())
    assert set(landing.rows("salesforce_account", "name")) == names(range(100), without=range(90, 92))


@pytest.mark.parametrize(
    "newer",
    [
        pytest.param(accounts(range(10), changed=10), id="what changed since"),
        pytest.param(accounts(range(95), changed=95), id="nearly all of it changed by a mass update"),
        pytest.param(accounts(range(100, 200)), id="the second part of one export"),
    ],
)
def test_of_deltas_and_parts_every_file_counts(newer: str, landing: Landing) -> None:
    found, _ = landed(landing, ("Account_1.csv", accounts(range(100))), ("Account_2.csv", newer))
    assert found >= names(range(100))


def test_of_files_that_hold_the_last_days_each_counts(landing: Landing) -> None:
    """Each repeats most of the one before it unchanged; what drops out at the start is not deleted."""
    window = lambda first: "\n".join([HEADER, *(  # noqa: E731
        f"{number},Company {number},c{number}.example,2026-10-{1 + number // 10:02d}T08:00:00.000Z"
        for number in range(first, first + 100)
    )]) + "\n"  # fmt: skip
    found, told = landed(landing, ("Account_1.csv", window(0)), ("Account_2.csv", window(10)))
    assert found == names(range(110)) and told == []


def test_a_file_with_newer_values_is_not_replaced_by_an_older_one_that_came_later(landing: Landing) -> None:
    found, told = landed(
        landing,
        ("Account_1.csv", accounts(range(110), changed=20)),
        ("Account_2.csv", accounts(range(100))),
    )
    assert found == names(range(110))
    assert [(row["code"], row["records"]) for row in told] == [("OLDER_FILES_ONLY", 10)]


def test_what_is_not_sure_counts_still_and_is_told(landing: Landing) -> None:
    """A third is missing: a view of some accounts, or a mass deletion."""
    found, told = landed(
        landing, ("Account_1.csv", accounts(range(100))), ("Account_2.csv", accounts(range(66), changed=9))
    )
    assert found == names(range(100))
    assert [(row["code"], row["records"]) for row in told] == [("OLDER_FILES_ONLY", 34)]


def test_settings_say_what_each_file_is(landing: Landing) -> None:
    files = (("Account_1.csv", accounts(range(100))), ("Account_2.csv", accounts(range(66), changed=9)))
    assert landed(landing, *files, salesforce="snapshot")[0] == names(range(66))
    full = (("Account_1.csv", accounts(range(100))), ("Account_2.csv", accounts(range(95), changed=9)))
    assert landed(landing, *full, salesforce="delta") == (names(range(100)), [])


def test_parts_of_one_snapshot_all_count(landing: Landing) -> None:
    files = [
        (f"Account_{day}_part{part}.csv", accounts(range(part * 50, part * 50 + 50), without=range(45, 45 + day)))
        for day in (1, 2)
        for part in (0, 1)
    ]
    assert landed(landing, *files, salesforce="snapshot")[0] == names(range(100), without=range(45, 47))


def test_a_replaced_file_is_listed_with_its_lines_and_why(landing: Landing) -> None:
    files = (("Account_1.csv", accounts(range(100))), ("Account_2.csv", accounts(range(95), changed=9)))
    landed(landing, *files)
    state = landing.land(ReadPlan()).state
    assert state is not None
    first = next(file for file in state.files if file.path.endswith("_1.csv"))
    assert (first.status, first.rows_read, first.rows_loaded) == ("replaced", 100, 100)
    assert first.reason == "replaced by salesforce/Account_2.csv, a newer full export"


def test_an_older_full_export_that_was_downloaded_again_brings_nobody_back(landing: Landing) -> None:
    """Its file time makes it the newest; its name says which day it is from."""
    found, told = landed(
        landing,
        ("Account_2026-11-21.csv", accounts(range(103), changed=40, without=range(90, 95))),
        ("Account_2026-11-20.csv", accounts(range(100))),
    )
    assert found == names(range(103), without=range(90, 95))
    assert [(row["records"], row["other_path"]) for row in told] == [(5, "salesforce/Account_2026-11-20.csv")]


def test_a_delta_among_full_exports_adds_to_the_newest_of_them(landing: Landing) -> None:
    found, _ = landed(
        landing,
        ("Account_2026-11-20.csv", accounts(range(100))),
        ("Account_2026-11-21.csv", accounts(range(100), changed=40, without=range(90, 95))),
        ("Account_2026-11-22.csv", accounts(range(85, 105), changed=200, day=22, without=range(90, 95))),
    )
    assert found == names(range(105), without=range(90, 95))


def test_full_exports_of_hubspot_pile_up_too(landing: Landing) -> None:
    def companies(numbers: list[int]) -> str:
        header = "Record ID,Company name,Company Domain Name,Industry,Create Date,Last Modified Date"
        rows = [f"{n},Company {n},c{n}.example,RETAIL,2026-01-05 10:00,2026-10-{1 + n % 28:02d} 10:00" for n in numbers]
        return "\n".join([header, *rows]) + "\n"

    # Landed in the wrong order, an hour apart: the names say which is newer.
    for time, (day, numbers) in enumerate({"21": range(5, 60), "20": range(55)}.items()):
        path = landing.put(f"hubspot/hubspot-crm-exports-all-companies-2026-11-{day}.csv", companies([*numbers]))
        os.utime(path, (3_600 * time + 86_400,) * 2)
    landing.land()
    assert set(landing.rows("hubspot_company", "name")) == names(range(5, 60))
