"""The rules of `icp check`, each broken on purpose, and models that must pass."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from icp_pipeline.models.check import check_folder

Write = Callable[[str, str], Path]


def model(column: str = "accounts.id", source: str = "core.accounts", comment: str = "A.") -> str:
    return f"-- One row.\nselect\n    -- {comment}\n    {column} as a\nfrom {source}"


def by_day(select: str, source: str = "lake.usage_daily as usage", day: str = "usage_date") -> str:
    return f"-- One row. #by[{day}]\nselect\n    -- A.\n    {select} as usage_date\nfrom {source}"


def by_account(select: str, source: str, before: str = "") -> str:
    """A model that is built by account from `core.told` and `core.also`, which are partitioned by account."""
    return f"-- One row. #by[account_id]\n{before}select\n    -- A.\n    {select} as account_id\nfrom {source}"


_JOINED = "core.told as told {kind} join core.also as also on told.account_id = also.account_id"
_RANKED = "with ranked as (select told.account_id, row_number() over ({window}) as place from core.told as told)\n"

BROKEN = {
    "compared by a column it does not have": (
        "-- One row. #compared_by[account_id]\nselect\n    -- A.\n    told.n as a\nfrom core.told as told",
        1,
        "#compared_by[account_id]: account_id has to be a column of this model",
    ),
    "by account with a join on something else": (
        by_account("told.account_id", "core.told as told inner join core.also as also on told.n = also.n"),
        4,
        "also is not joined by account_id",
    ),
    "by account with a condition that may not hold": (
        by_account("told.account_id", _JOINED.format(kind="inner") + " or told.n = also.n"),
        4,
        "also is not joined by account_id",
    ),
    "by account from the side that may be missing": (
        by_account("also.account_id", _JOINED.format(kind="left")),
        4,
        "account_id is not passed through unchanged",
    ),
    "by account under another name": (
        by_account("told.n", "core.told as told"),
        4,
        "told is not joined by account_id",
    ),
    "by account, changed": (
        by_account("lower(told.account_id)", "core.told as told"),
        4,
        "account_id is not passed through unchanged",
    ),
    "by account with a rank among all": (
        by_account("ranked.account_id", "ranked", _RANKED.format(window="order by told.n, told.account_id")),
        2,
        "window may look at rows of other partitions: partition by account_id",
    ),
    "by account with a rank among others": (
        by_account(
            "ranked.account_id", "ranked", _RANKED.format(window="partition by told.n order by told.account_id")
        ),
        2,
        "window may look at rows of other partitions",
    ),
    "by account with a sum over all beside it": (
        by_account("told.account_id", "core.told as told cross join (select sum(also.n) as n from core.also) as total"),
        4,
        "total is not joined by account_id",
    ),
    "by account with a limit": (by_account("told.account_id", "core.told as told limit 5"), 5, "limit may look at"),
    "by account where another account has it": (
        by_account("told.account_id", "core.told as told where told.n in (select also.n from core.also as also)"),
        5,
        "account_id is not passed through unchanged",
    ),
    "by account, all but others": (
        "-- One row. #by[account_id]\nselect\n    -- A.\n    told.account_id as account_id\nfrom core.told as told\n"
        "except select also.account_id from core.also as also",
        4,
        "except may look at rows of other partitions",
    ),
    "by a day it does not have": (by_day("usage.usage_date", day="day"), 1, "day has to be a column of this model"),
    "by a day of no input": (by_day("file.path", "lake.file as file"), 1, "none of its inputs is partitioned by"),
    "by day with a group of all days": (
        by_day("max(usage.usage_date)"),
        4,
        "usage_date is not passed through unchanged",
    ),
    "by day with other groups": (
        by_day("usage.usage_date", "lake.usage_daily as usage group by usage.user_id"),
        4,
        "a group without usage_date",
    ),
    "by day and after the run's": (
        by_day("usage.usage_date", "lake.usage_daily as usage cross join settings.run where run.as_of > usage_date"),
        5,
        "as_of may only be used in usage_date <= run.as_of",
    ),
    "no description": ("select\n    -- A.\n    accounts.id as a\nfrom core.accounts", 1, "has no description"),
    "no column comment": (
        "-- One row.\nselect\n    accounts.id as a\nfrom core.accounts",
        3,
        "column a has no comment above it",
    ),
    "only a tag": (model(comment="#not_null"), 4, "column a has no comment above it"),
    "to the right": (model(source="exports.accounts"), 5, "exports is to the right of icp"),
    "unknown table": (model(source="core.acounts as accounts"), 5, "Did you mean 'core.accounts'?"),
    "unknown input": (model(source="lake.fil as accounts"), 5, "there is no such table"),
    "itself": (model(source="icp.model as accounts"), 1, "models read each other: icp.model -> icp.model"),
    "two columns of one name": (
        "-- One row.\nwith\nranked as (\n    select run.*, 1 as as_of from settings.run\n)\n\nselect\n    -- A.\n"
        "    ranked.as_of\nfrom ranked",
        3,
        "ranked has two columns as_of",
    ),
    "a column beside every column": (
        "-- One row.\nwith\nranked as (\n    select *, 1 as as_of from settings.run\n)\n\nselect\n    -- A.\n"
        "    ranked.as_of\nfrom ranked",
        3,
        "ranked has two columns as_of",
    ),
    "divides by a column": (model("1 / accounts.n"), 4, "divides by accounts.n, which may be 0"),
    "divides by zero": (model("1 / 0"), 4, "which may be 0"),
    "divides by a sum": (model("1 / (accounts.n + 1)"), 4, "which may be 0"),
    "divides by greatest of columns": (model("1 / greatest(accounts.n, 0)"), 4, "which may be 0"),
    "integer division": (model("1 // accounts.n"), 4, "which may be 0"),
    "remainder": (model("1 % accounts.n"), 4, "which may be 0"),
    "unknown column in unique_with": (model(comment="A. #unique_with[b]"), 4, "b is not another column"),
    "reference to an unknown table": (model(comment="A. #references[core.none.id]"), 4, "there is no such table"),
    "reference to an unknown column": (model(comment="A. #references[core.accounts.x]"), 4, "has no column x"),
    "reference to the right": (model(comment="A. #references[exports.accounts.id]"), 4, "to the right"),
    "count of an unknown table": (model(comment="A. #same_count_as[core.none]"), 4, "there is no such table"),
    "a frame may be empty": (
        model("1 / count(*) over (order by accounts.id desc rows between 2 preceding and 1 preceding)"),
        4,
        "which may be 0",
    ),
    "a count without groups": (model("1 / count(*)"), 4, "which may be 0"),
    "a list function": (
        model("list_filter(accounts.id, lambda x: x > 1)"),
        4,
        "uses LIST_FILTER(accounts.id, LAMBDA x : x > 1): other engines",
    ),
    "a function nobody else has": (model("jaro(accounts.id, 'x')"), 4, "uses JARO(accounts.id, 'x'): other engines"),
    "a sample": (model("accounts.id", "core.accounts using sample 5 rows"), 5, "other engines do not have it"),
    "a join by order": (
        model(source="core.accounts asof join lake.reject on accounts.n >= reject.line"),
        5,
        "uses ASOF",
    ),
    "unnest": (model("unnest([accounts.id])"), 4, "other engines do not have it"),
    "today": (model("current_date"), 1, "uses CURRENT_DATE: read settings.run.as_of instead"),
    "now": (model("now()"), 4, "read settings.run.as_of instead"),
    "a random number": (model("random()"), 4, "read settings.run.as_of instead"),
}


@pytest.fixture
def neighbours(write: Write) -> Write:
    text = "-- One row.\nselect\n    -- Id.\n    1 as id,\n    -- Count.\n    2 as n"
    write("core.accounts", text)
    write("exports.accounts", text)
    told = "-- One row. #compared_by[account_id]\nselect\n    -- Id.\n    1 as account_id,\n    -- Count.\n    2 as n"
    write("core.told", told)
    write("core.also", told)
    return write


@pytest.mark.parametrize("case", BROKEN)
def test_broken_rule_is_found_at_its_line(case: str, neighbours: Write, folder: Path) -> None:
    text, line, message = BROKEN[case]
    path = neighbours("icp.model", text)
    findings = [finding for finding in check_folder(folder) if finding.path == path]
    assert findings, "nothing was found"
    assert (findings[0].line, message in findings[0].message) == (line, True), str(findings[0])


@pytest.mark.parametrize(
    "text",
    [
        model("1 / 100.0"),
        model("1 / nullif(accounts.n, 0)"),
        model("1 / cast(nullif(accounts.n, 0) as double)"),
        model("1 / greatest(accounts.n, 1)"),
        model("1 / (60 * 60)"),
        model("1 / sqrt(2)"),
        model("1 / count(*) over (partition by accounts.id)"),
        model("1 / count(*)", "core.accounts group by accounts.id"),
        model("file.line", "lake.reject as file"),
        model("run.as_of", "settings.run"),
        by_day("usage.usage_date"),
        by_day(
            "usage.usage_date",
            "lake.usage_daily as usage cross join settings.run where usage.usage_date <= run.as_of group by usage_date",
        ),
        model(comment="A. #references[core.accounts.id] #same_count_as[core.accounts] #unique"),
        by_account("told.account_id", "core.told as told"),
        by_account("told.account_id", _JOINED.format(kind="left")),
        by_account("also.account_id", _JOINED.format(kind="inner")),
        by_account("accounts.id", "core.accounts left join core.told on accounts.id = told.account_id"),
        by_account(
            "ranked.account_id", "ranked", _RANKED.format(window="partition by told.account_id order by told.n")
        ),
        by_account(
            "both_.account_id",
            "both_",
            "with both_ as (select account_id from core.told union all select id as account_id from core.accounts "
            "union all select account_id from core.also group by account_id)\n",
        ),
    ],
)
def test_a_proper_model_passes(text: str, neighbours: Write, folder: Path) -> None:
    neighbours("icp.model", text)
    assert check_folder(folder) == []


def test_files_that_are_no_models_are_findings_too(write: Write, folder: Path) -> None:
    path = write("core.model", "drop table x")
    assert [(finding.path, finding.line) for finding in check_folder(folder)] == [(path, 1)]


def test_circles_are_findings(write: Write, folder: Path) -> None:
    write("core.a", model("b.a", "core.b"))
    write("core.b", model("a.a", "core.a"))
    assert "models read each other" in check_folder(folder)[0].message


def test_the_projects_own_models_pass(sql_dir: Path) -> None:
    assert [str(finding) for finding in check_folder(sql_dir)] == []


def test_the_projects_own_models_are_short(sql_dir: Path) -> None:
    lines = {
        path.relative_to(sql_dir).as_posix(): len(path.read_text().splitlines()) for path in sql_dir.rglob("*.sql")
    }
    assert {name: n for name, n in lines.items() if n > 130} == {}, "split a model in which two meanings are one table"
