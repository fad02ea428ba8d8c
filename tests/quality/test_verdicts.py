"""Great Expectations turns counts into pass, warn or fail; a crash is none of them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from icp_pipeline.errors import CheckError
from icp_pipeline.names import TableName
from icp_pipeline.quality import gx_process, gx_worker
from icp_pipeline.quality.verdicts import Judge, JudgeError, Library, Verdict

ACCOUNTS = TableName("core", "accounts")


class Inside:
    """The library in this process, where a test can break it."""

    def __init__(self) -> None:
        self._worker = gx_worker.Worker()
        self.asked: list[str] = []

    def start(self) -> None:
        """It is already here."""

    def judge(self, session: str, suite: str, expectations: pa.Table) -> pa.Table:
        self.asked.append(suite)
        return self._worker.judge(session, suite, expectations)

    def write_docs(self, session: str, docs_dir: Path, suites: list[str]) -> None:
        self._worker.write_docs(session, docs_dir, suites)


def judge(
    frames: dict[TableName, pd.DataFrame],
    docs: Path,
    library: Library | None = None,
    run_id: str = "",
) -> list[Verdict]:
    """The verdicts of a run with one evaluation."""
    checks = Judge(docs, run_id, library or Inside())
    found = checks.judge(frames)
    checks.write_docs()
    return found


def audit(*rows: tuple[str, str, str, int | None]) -> pd.DataFrame:
    return pd.DataFrame(
        [(check, column, severity, failing, 10) for check, column, severity, failing in rows],
        columns=["check", "column", "severity", "failing", "total"],
    )


def test_every_rule_gets_its_own_verdict(tmp_path: Path) -> None:
    frames = {
        ACCOUNTS: audit(
            ("not_null", "account_id", "critical", 0),
            ("unique", "account_id", "critical", 3),
            ("not_null", "domain", "warning", 2),
        ),
        TableName("core", "deals"): audit(("not_null", "account_id", "critical", 0)),
    }
    found = {(str(v.table), v.column, v.check): (v.passed, v.severity, v.failing) for v in judge(frames, tmp_path)}
    assert found == {
        ("core.accounts", "account_id", "not_null"): (True, "critical", 0),
        ("core.accounts", "account_id", "unique"): (False, "critical", 3),
        ("core.accounts", "domain", "not_null"): (False, "warning", 2),
        ("core.deals", "account_id", "not_null"): (True, "critical", 0),
    }


def test_the_same_tag_twice_on_a_column_is_two_rules(tmp_path: Path) -> None:
    frame = audit(("references", "id", "critical", 0), ("references", "id", "critical", 1))
    assert [verdict.passed for verdict in judge({ACCOUNTS: frame}, tmp_path)] == [True, False]


def test_nothing_to_judge_needs_no_great_expectations(tmp_path: Path) -> None:
    assert judge({}, tmp_path / "docs") == []
    assert not (tmp_path / "docs").exists()


def test_data_docs_keep_the_last_page_of_each_schema(tmp_path: Path) -> None:
    judge({ACCOUNTS: audit(("not_null", "account_id", "critical", 1))}, tmp_path)
    judge({TableName("icp", "criteria"): audit(("not_null", "icp_id", "critical", 0))}, tmp_path)
    judge({ACCOUNTS: audit(("not_null", "account_id", "critical", 0))}, tmp_path)
    pages = sorted(path.relative_to(tmp_path).parts[1] for path in (tmp_path / "validations").rglob("*.html"))
    assert pages == ["core", "icp"]
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert index.count("<a href=") == 2
    page = next((tmp_path / "validations" / "core").rglob("*.html")).read_text(encoding="utf-8")
    assert "core.accounts #not_null: account_id" in page


def test_rules_that_hold_are_one_result_of_their_table_and_broken_ones_one_of_their_kind(tmp_path: Path) -> None:
    whole = audit(("not_null", "account_id", "critical", 0), ("unique", "account_id", "critical", 0))
    broken = audit(("not_null", "deal_id", "critical", 0), ("unique", "deal_id", "critical", 4))
    judge({ACCOUNTS: whole, TableName("core", "deals"): broken}, tmp_path)
    page = next((tmp_path / "validations" / "core").rglob("*.html")).read_text(encoding="utf-8")
    for said in (
        "core.accounts #not_null: account_id; #unique: account_id",
        "core.deals #not_null: deal_id",
        "core.deals #unique: deal_id",
    ):
        assert said in page


def test_a_run_judges_schema_by_schema_and_writes_the_pages_at_its_end(tmp_path: Path) -> None:
    checks = Judge(tmp_path, library=Inside())
    checks.judge({ACCOUNTS: audit(("not_null", "account_id", "critical", 0))})
    checks.judge({TableName("icp", "criteria"): audit(("not_null", "icp_id", "critical", 0))})
    assert not (tmp_path / "index.html").exists()
    checks.write_docs()
    first = sorted((tmp_path / "validations").rglob("*.html"))
    assert [page.relative_to(tmp_path).parts[1] for page in first] == ["core", "icp"]
    checks.write_docs()  # nothing new was evaluated
    assert sorted((tmp_path / "validations").rglob("*.html")) == first


def test_a_schema_that_is_judged_twice_in_a_run_keeps_its_last_result(tmp_path: Path) -> None:
    checks = Judge(tmp_path, library=Inside())
    assert not checks.judge({ACCOUNTS: audit(("unique", "account_id", "critical", 2))})[0].passed
    assert checks.judge({ACCOUNTS: audit(("unique", "account_id", "critical", 0))})[0].passed
    checks.write_docs()
    assert len(list((tmp_path / "validations").rglob("*.html"))) == 1


@pytest.mark.parametrize("broken", [audit(("not_null", "a", "critical", None)), pd.DataFrame({"check": ["unique"]})])
def test_an_audit_without_count_is_no_verdict(broken: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(JudgeError, match=r"the audit of core\.accounts returned no count"):
        judge({ACCOUNTS: broken}, tmp_path)


def test_a_crashed_expectation_is_neither_pass_nor_bad_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from great_expectations.execution_engine import PandasExecutionEngine

    def crash(*_: object, **__: object) -> object:
        raise RuntimeError("metric provider gone")

    monkeypatch.setattr(PandasExecutionEngine, "resolve_metrics", crash)
    with pytest.raises(JudgeError, match=r"the check crashed|could not be run") as caught:
        judge({ACCOUNTS: audit(("not_null", "account_id", "critical", 0))}, tmp_path)
    assert not isinstance(caught.value, CheckError)


def test_a_library_that_cannot_be_used_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import great_expectations as gx

    monkeypatch.delattr(gx, "get_context")
    with pytest.raises(JudgeError, match="the checks are at fault, not the data"):
        judge({ACCOUNTS: audit(("not_null", "account_id", "critical", 0))}, tmp_path)


class Answers(Inside):
    """Returns the same result for everything."""

    def __init__(self, success: bool, failure: str | None = None) -> None:
        super().__init__()
        self._said = {"success": success, "failure": failure}

    def judge(self, session: str, suite: str, expectations: pa.Table) -> pa.Table:
        super().judge(session, suite, expectations)
        rows = [{"name": name, **self._said} for name in expectations["name"].to_pylist()]
        return pa.Table.from_pylist(rows, gx_worker.OUTCOMES)


def test_a_crash_counts_even_beside_a_result(tmp_path: Path) -> None:
    with pytest.raises(JudgeError, match="the check crashed: no result"):
        judge({ACCOUNTS: audit(("unique", "account_id", "critical", 0))}, tmp_path, Answers(True, "no result"))


def test_what_the_library_says_of_a_crash_is_a_failure(tmp_path: Path) -> None:
    told = {"success": True, "result": {"observed_value": 0}, "expectation_config": {"kwargs": {"column": "a"}}}
    assert gx_worker._outcome({**told, "exception_info": {"raised_exception": False}})["failure"] is None
    assert gx_worker._outcome({**told, "exception_info": {"raised_exception": True}})["failure"] == "no result"
    assert gx_worker._outcome({**told, "result": {}, "exception_info": {"raised_exception": False}})["failure"]


def test_a_verdict_against_the_counts_is_an_error_and_stands_for_no_other_run(tmp_path: Path) -> None:
    frames = {ACCOUNTS: audit(("unique", "account_id", "critical", 3))}
    checks = Judge(tmp_path, "first", Answers(True))
    with pytest.raises(JudgeError, match="judged True although 3 rows fail"):
        checks.judge(frames)
    checks.write_docs()
    asked = Inside()
    assert [verdict.judged_in for verdict in judge(frames, tmp_path, asked, "second")] == ["second"]
    assert asked.asked == ["core"]


def judged_in(docs: Path, run_id: str, frame: pd.DataFrame) -> tuple[str, list[str]]:
    """The run that evaluated each count, by verdict and by what the library was asked."""
    asked = Inside()
    found = judge({ACCOUNTS: frame}, docs, asked, run_id)
    return found[0].judged_in, asked.asked


def test_what_was_judged_before_stands_with_its_page_and_says_which_run_judged_it(tmp_path: Path) -> None:
    frame = audit(("not_null", "account_id", "critical", 0), ("unique", "account_id", "warning", 2))
    assert judged_in(tmp_path, "first", frame) == ("first", ["core"])
    page = next((tmp_path / "validations").rglob("*.html")).read_bytes()
    assert judged_in(tmp_path, "second", frame) == ("first", [])
    # More rows, of which as many fail.
    again = judge({ACCOUNTS: frame.assign(total=11)}, tmp_path, Inside(), "third")
    assert [(verdict.passed, verdict.total, verdict.judged_in) for verdict in again] == [
        (True, 11, "first"),
        (False, 11, "first"),
    ]
    assert next((tmp_path / "validations").rglob("*.html")).read_bytes() == page
    assert "judged in run first" in (tmp_path / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("changed", ["counts", "rules", "library", "page"])
def test_what_changed_is_judged_again(changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = audit(("not_null", "account_id", "critical", 0))
    judged_in(tmp_path, "first", frame)
    if changed == "counts":
        frame = frame.assign(failing=1)
    elif changed == "rules":
        frame = audit(("unique", "account_id", "critical", 0))
    elif changed == "library":
        monkeypatch.setattr(gx_process, "library_version", lambda: "2.0")
    else:
        next((tmp_path / "validations").rglob("*.html")).unlink()
    assert judged_in(tmp_path, "second", frame) == ("second", ["core"])


def test_after_a_run_that_failed_the_page_is_of_the_last_run_again(tmp_path: Path) -> None:
    good, bad = audit(("unique", "a", "critical", 0)), audit(("unique", "a", "critical", 4))
    judged_in(tmp_path, "first", good)
    judged_in(tmp_path, "second", bad)
    assert judged_in(tmp_path, "third", good) == ("third", ["core"])
