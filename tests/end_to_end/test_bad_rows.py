"""Rows and cells that cannot be used: each is rejected with file, line and reason, or read by a documented rule.

All of them are in the files of one company, so one published run has to handle them together.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from pipeline_runs import add_rows, copy_home, one, put, query, run_pipeline, values

from icp_pipeline.sample.made_up_ids import ACCOUNT, OPPORTUNITY, case_twins, salesforce_ids

FORMULAS = ('=HYPERLINK("http://x.example","y")', "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "＝1+1")
_DAY = "2026-05-04T10:00:00.000Z"


class Dirty(NamedTuple):
    home: Path
    ids: list[str]
    lines: dict[str, list[int]]
    before: int


def _accounts(ids: list[str]) -> list[dict[str, str]]:
    fill = {"IsDeleted": "false", "CreatedDate": _DAY, "LastModifiedDate": _DAY, "SystemModstamp": _DAY}
    rows = [{"Id": ids[n], "Name": text, "Website": f"formula{n}.example"} for n, text in enumerate(FORMULAS)]
    rows += [
        {"Id": ids[6][:9] + "\x00" + ids[6][10:], "Name": "NUL in its id", "Website": "nul.example"},
        {"Id": ids[7], "Name": "n" * 10_000_000, "Website": "huge.example"},
        {"Id": ids[8], "Name": "Gone", "IsDeleted": "true", "Website": "gone.example"},
        {"Id": ids[9], "Name": "Numbers", "Website": "numbers.example"}
        | {"AnnualRevenue": "1e400", "NumberOfEmployees": "NaN", "Referrals_Given__c": "inf"},
        {"Id": ids[10], "Name": "Minus", "Website": "minus.example", "AnnualRevenue": "-5", "NumberOfEmployees": "-3"},
        {"Id": ids[11], "Name": "Later", "Website": "later.example", "CreatedDate": "2031-01-01T00:00:00.000Z"},
        {"Id": ids[12][:15], "Name": "Short id", "Website": "short.example"},
        {"Id": ids[13], "Name": "Free one", "Website": "gmail.com"},
        {"Id": ids[14], "Name": "Free two", "Website": "https://www.gmail.com"},
        {"Id": ids[15].swapcase(), "Name": "Damaged id", "Website": "damaged.example"},
        {"Id": "", "Name": "No id", "Website": "noid.example"},
        {"Id": ids[16], "Name": "Zero\u200bwidth", "Website": "\u200bzero.example"},
    ]
    return [fill | row for row in rows]


def _deals(deals: list[str], ids: list[str], stranger: str) -> list[dict[str, str]]:
    fill = {
        "ISDELETED": "false",
        "STAGENAME": "Closed Won",
        "ISCLOSED": "true",
        "ISWON": "true",
        "CURRENCYISOCODE": "USD",
    }
    fill |= {"ACCOUNTID": ids[12][:15], "CREATEDDATE": _DAY, "SYSTEMMODSTAMP": _DAY, "CLOSEDATE": "2026-06-01"}
    changes = [
        {"AMOUNT": "1e400"},
        {"AMOUNT": "NaN"},
        {"AMOUNT": "100", "CURRENCYISOCODE": "XTS"},
        {"AMOUNT": "100", "CLOSEDATE": "2026-02-30"},
        {"AMOUNT": "100", "CLOSEDATE": "2031-06-01", "ACCOUNTID": ids[10]},
        {"AMOUNT": "100", "ACCOUNTID": stranger},
        {"AMOUNT": "100", "ISDELETED": "true", "ACCOUNTID": ids[9]},
        {"AMOUNT": "1" + "0" * 30},
        {"AMOUNT": "1234.5"},
    ]
    return [fill | {"ID": deals[n], "NAME": f"Deal {n}"} | change for n, change in enumerate(changes)]


@pytest.fixture(scope="module")
def dirty(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Dirty:
    home = copy_home(small, tmp_path_factory.mktemp("dirty") / "home")
    before = one(home, "select count(*) from core.accounts")
    made = [str(name) for name in salesforce_ids(ACCOUNT, np.arange(5_000_000, 5_000_020))]
    deals = [str(name) for name in salesforce_ids(OPPORTUNITY, np.arange(5_000_000, 5_000_009))]
    landing = home / "landing"
    lines = {
        "account": add_rows(landing / "salesforce" / "Account.csv", *_accounts(made)),
        "deal": add_rows(landing / "salesforce" / "Opportunity.csv", *_deals(deals, made, made[19])),
        "trigger": add_rows(
            landing / "triggers" / "events.csv",
            {"account": made[12][:15], "trigger": "funding_round", "happened_on": "2026-11-01"},
            {"account": made[12], "trigger": "funding_round", "happened_on": "2031-01-01"},
            {"account": "gmail.com", "trigger": "funding_round", "happened_on": "2026-11-01"},
        ),
    }
    (company,) = (landing / "hubspot").glob("*companies*.csv")
    add_rows(company, {"Record ID": "999000111", "Company name": "Free three", "Company Domain Name": "gmail.com"})
    put(
        home,
        "usage/tracks_2026-11.csv",
        "id,received_at,timestamp,event,event_text,user_id,anonymous_id,context_group_id\n"
        "bad-1,2026-11-02T00:00:00Z,2026-11-02T00:00:00Z,e,E,u_x,,nobody_knows_this_group\n"
        f"bad-2,2026-11-02T00:00:00Z,2026-11-02T00:00:00Z,e,E,u_y,,{made[12]}\n"
        f"bad-3,2031-11-02T00:00:00Z,2031-11-02T00:00:00Z,e,E,u_y,,{made[12]}\n"
        "bad-4,2026-11-02T00:00:00Z,not a time,e,E,u_y,,\n"
        "bad-5,2026-11-02T00:0",
    )
    run_pipeline(home, accept="the test adds what it adds")
    return Dirty(home, made, lines, before)


def _rejected(dirty: Dirty, path: str, line: int) -> pd.DataFrame:
    return query(dirty.home, f"select * from quality.rejected_rows where path = '{path}' and line = {line}")


def _account(dirty: Dirty, number: int) -> pd.DataFrame:
    return query(dirty.home, f"select * from core.accounts where salesforce_account_id = '{dirty.ids[number]}'")


@pytest.mark.parametrize(
    ("place", "reason"), [(6, "control"), (7, "longer than"), (15, "check"), (16, "required")], ids=str
)
def test_an_account_row_without_a_usable_id_or_with_a_monstrous_cell_is_rejected(
    dirty: Dirty, place: int, reason: str
) -> None:
    found = _rejected(dirty, "salesforce/Account.csv", dirty.lines["account"][place])
    assert found["scope"].tolist() == ["row"]
    assert reason in found["reason"].iloc[0].lower()


def test_rejected_rows_never_hold_the_value(dirty: Dirty) -> None:
    text = query(dirty.home, "select * from quality.rejected_rows").to_csv()
    assert all(part not in text for part in ("nnnnnnnnnn", "1e400", "Damaged", dirty.ids[15].swapcase()))


def test_every_file_reconciles(dirty: Dirty) -> None:
    files = query(dirty.home, "select * from quality.source_files")
    assert (files["rows_read"] == files["rows_loaded"] + files["rows_rejected"]).all()
    listed = query(
        dirty.home, "select path, count(*) as n from quality.rejected_rows where scope = 'row' group by path"
    )
    assert (
        listed.set_index("path")["n"].to_dict()
        == files[files["rows_rejected"] > 0].set_index("path")["rows_rejected"].to_dict()
    )


def test_a_line_cut_off_at_the_end_is_rejected(dirty: Dirty) -> None:
    found = _rejected(dirty, "usage/tracks_2026-11.csv", 6)
    assert found["reason"].tolist() == ["2 cells, expected 8: the file ends inside this row"]
    assert one(dirty.home, "select rows_read from quality.source_files where path = 'usage/tracks_2026-11.csv'") == 5


def test_numbers_that_are_none_leave_the_cell_unknown_and_the_row_in(dirty: Dirty) -> None:
    row = _account(dirty, 9)
    assert row[["employees", "annual_revenue_usd"]].isna().to_numpy().all()
    found = _rejected(dirty, "salesforce/Account.csv", dirty.lines["account"][9])
    assert set(found["scope"]) == {"value"}
    # `NaN` means missing in many programs: it is blank, not a rejected cell.
    assert {"AnnualRevenue", "Referrals_Given__c"} <= set(found["column_name"])
    for schema, table in (("outcomes", "customer_scores"), ("icp", "account_scores"), ("segments", "segment_lift")):
        for column, kind in query(
            dirty.home,
            "select column_name, data_type from information_schema.columns "
            f"where table_schema = '{schema}' and table_name = '{table}'",
        ).itertuples(index=False):
            if kind in ("DOUBLE", "FLOAT"):
                wrong = f"select count(*) from {schema}.{table} where not isfinite({column})"
                assert one(dirty.home, wrong) == 0, f"{schema}.{table}.{column}"


def test_negative_counts_are_not_taken_for_sizes(dirty: Dirty) -> None:
    row = _account(dirty, 10)
    assert row["employees"].isna().all()
    assert not (row["annual_revenue_usd"] < 0).any()


def test_deals_keep_their_row_and_lose_an_impossible_amount(dirty: Dirty) -> None:
    deals = query(dirty.home, f"select * from core.deals where account_id = 'sf-{dirty.ids[12]}'")
    assert sorted(deals["amount_usd"].dropna()) == [100, 1234.5]
    reasons = [
        " ".join(_rejected(dirty, "salesforce/Opportunity.csv", line)["reason"]) for line in dirty.lines["deal"][:4]
    ]
    # `NaN`, in the second row, is blank.
    assert "number" in reasons[0] and not reasons[1] and "XTS" in reasons[2] and "no such date" in reasons[3]
    assert len(_rejected(dirty, "salesforce/Opportunity.csv", dirty.lines["deal"][7])) == 1


def test_a_deal_closed_after_the_day_of_the_run_makes_no_customer_yet(dirty: Dirty) -> None:
    assert _account(dirty, 10)["is_customer"].tolist() == [False]
    assert one(dirty.home, "select count(*) from core.customers where customer_since > date '2026-11-21'") == 0
    assert one(dirty.home, "select count(*) from core.deals where closed_at > timestamp '2026-11-21' and is_won") == 0


def test_an_account_made_after_the_day_of_the_run_is_not_there_yet(dirty: Dirty) -> None:
    assert _account(dirty, 11).empty


def test_each_file_with_rows_of_after_the_day_of_the_run_is_named(dirty: Dirty) -> None:
    """Rows that do not count yet are reported by file and number, so a missing customer has an explanation."""
    query_text = "select subject, message from quality.warnings where code = 'AFTER_AS_OF' order by subject, message"
    said = {row.subject: row.message for row in query(dirty.home, query_text).itertuples(index=False)}
    assert {"salesforce/Account.csv", "salesforce/Opportunity.csv", "triggers/events.csv"} <= set(said)
    assert "kind account dated (created) after the day of the run: 1," in said["salesforce/Account.csv"]
    assert "kind deal dated (closed) after the day of the run: 1," in said["salesforce/Opportunity.csv"]


def test_later_triggers_and_events_count_for_nothing(dirty: Dirty) -> None:
    home = dirty.home
    assert one(home, "select count(*) from core.account_triggers where happened_at > timestamp '2026-11-22'") == 0
    assert one(home, "select count(*) from core.account_usage_daily where usage_date > date '2026-11-21'") == 0
    assert one(home, "select min(age_days) from icp.trigger_points") >= 0


def test_a_deal_of_an_account_that_is_nowhere_makes_none(dirty: Dirty) -> None:
    assert one(dirty.home, f"select count(*) from core.accounts where account_id like '%{dirty.ids[19]}%'") == 0
    subjects = values(dirty.home, "select subject from quality.warnings where code = 'ORPHANS'")
    assert any("deal" in subject or "opportunit" in subject for subject in subjects), subjects


def test_deleted_records_are_no_accounts_and_no_deals(dirty: Dirty) -> None:
    assert _account(dirty, 8).empty
    assert one(dirty.home, f"select count(*) from core.deals where account_id = 'sf-{dirty.ids[9]}'") == 0
    assert "gone.example" not in values(dirty.home, "select domain from core.accounts")


def test_short_and_long_ids_are_one_account(dirty: Dirty) -> None:
    row = _account(dirty, 12)
    assert row["name"].tolist() == ["Short id"]
    assert row["is_customer"].all()
    account = row["account_id"].iloc[0]
    assert one(dirty.home, f"select count(*) from core.account_triggers where account_id = '{account}'") == 1
    assert values(dirty.home, f"select events from core.account_usage_daily where account_id = '{account}'") == [1]


def test_ids_that_differ_only_by_case_are_two_accounts(dirty: Dirty) -> None:
    first, second = case_twins(ACCOUNT)
    assert first[:15].casefold() == second[:15].casefold()
    names = values(dirty.home, f"select name from core.accounts where salesforce_account_id in ('{first}', '{second}')")
    assert len(set(names)) == 2


def test_free_mail_domains_join_nothing(dirty: Dirty) -> None:
    home = dirty.home
    assert len(_account(dirty, 13)) == len(_account(dirty, 14)) == 1
    assert values(home, "select name from core.accounts where hubspot_company_id = '999000111'") == ["Free three"]
    assert one(home, "select count(*) from core.accounts where domain = 'gmail.com'") == 0
    assert one(home, "select count(*) from core.account_keys where key_value = 'gmail.com'") == 0


def test_invisible_characters_leave_a_name_and_make_a_domain_unusable(dirty: Dirty) -> None:
    row = _account(dirty, 16)
    assert row["name"].tolist() == ["Zerowidth"] and row["domain"].isna().all()
    found = _rejected(dirty, "salesforce/Account.csv", dirty.lines["account"][17])
    assert found[["column_name", "scope"]].to_numpy().tolist() == [["Website", "value"]]


def test_usage_of_unknown_groups_is_counted_as_such(dirty: Dirty) -> None:
    events, mapped = query(dirty.home, "select events, mapped_events from core.usage_mapping").iloc[0]
    assert events - mapped >= 1
    assert one(dirty.home, "select count(*) from quality.warnings where code = 'UNMAPPED_USAGE'") == 1


def test_no_account_is_lost_or_doubled(dirty: Dirty) -> None:
    home = dirty.home
    # 18 account rows: four rejected, one deleted, one dated later; and one HubSpot company.
    assert one(home, "select count(*) from core.accounts") == dirty.before + 18 - 4 - 1 - 1 + 1
    assert one(home, "select count(*) from icp.account_tiers") == one(home, "select count(*) from core.accounts")


def _cells(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), strict=True))


def test_names_like_formulas_are_escaped_for_people_and_absent_from_imports(dirty: Dirty) -> None:
    latest = dirty.home / "exports" / "latest"
    review = _cells(latest / "accounts_review.csv")
    names = {row[review[0].index("name")] for row in review[1:]}
    assert not [cell for row in review for cell in row if re.match(r"[=+@＝＋＠\t\r-]", cell) and not _is_number(cell)]
    assert "'" + FORMULAS[0] in names
    for name in ("salesforce_account_update.csv", "hubspot_company_update.csv"):
        rows = _cells(latest / name)
        ids = {row[0] for row in rows}
        assert set(dirty.ids[:6]) <= ids or name.startswith("hubspot")
        assert not [cell for row in rows for cell in row if re.match(r"[=+@＝\t\r-]", cell)]
        assert "HYPERLINK" not in (latest / name).read_text(encoding="utf-8")
    # The warehouse has the name as the CRM spells it.
    assert _account(dirty, 0)["name"].tolist() == [FORMULAS[0]]
    page = (latest / "index.html").read_text(encoding="utf-8")
    assert '=HYPERLINK("http' not in page


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[+-]?\d+(\.\d+)?", cell) is not None


def test_import_files_hold_plain_text_without_a_mark_and_one_line_per_record(dirty: Dirty) -> None:
    latest = dirty.home / "exports" / "latest"
    for name in ("salesforce_account_update.csv", "hubspot_company_update.csv"):
        data = (latest / name).read_bytes()
        assert not data.startswith(b"\xef\xbb\xbf") and b"\r" not in data and b"\x00" not in data
        rows = _cells(latest / name)
        assert len({row[0] for row in rows}) == len(rows)
        assert not [cell for row in rows for cell in row if cell.lower() in ("nan", "inf", "-inf", "none", "null")]
