"""Great Expectations judges counts: pass, warn, fail - and a crash is none of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from icp_pipeline.errors import CheckError
from icp_pipeline.names import TableName
from icp_pipeline.quality.verdicts import Judge, JudgeError, Verdict

ACCOUNTS = TableName("core", "accounts")


def judge(frames: dict[TableName, pd.DataFrame], docs: Path) -> list[Verdict]:
    """Verdicts of a run that judges once."""
    checks = Judge(docs)
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
    checks = Judge(tmp_path)
    checks.judge({ACCOUNTS: audit(("not_null", "account_id", "critical", 0))})
    checks.judge({TableName("icp", "criteria"): audit(("not_null", "icp_id", "critical", 0))})
    assert not (tmp_path / "index.html").exists()
    checks.write_docs()
    first = sorted((tmp_path / "validations").rglob("*.html"))
    assert [page.relative_to(tmp_path).parts[1] for page in first] == ["core", "icp"]
    checks.write_docs()  # nothing new was judged
    assert sorted((tmp_path / "validations").rglob("*.html")) == first


def test_a_schema_that_is_judged_twice_in_a_run_keeps_its_last_result(tmp_path: Path) -> None:
    checks = Judge(tmp_path)
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
    with pytest.raises(JudgeError, match="a fault of the checks, not of the data"):
        judge({ACCOUNTS: audit(("not_null", "account_id", "critical", 0))}, tmp_path)


def test_a_crash_counts_even_beside_a_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from icp_pipeline.quality import verdicts

    def crashed(_: object, rules: list[verdicts.Rule], *__: object) -> dict[str, object]:
        outcome = {"success": True, "result": {"observed_value": 0}, "exception_info": {"raised_exception": True}}
        return dict.fromkeys(verdicts._grouped(rules), outcome)

    monkeypatch.setattr(verdicts, "_validate", crashed)
    with pytest.raises(JudgeError, match="the check crashed"):
        judge({ACCOUNTS: audit(("unique", "account_id", "critical", 0))}, tmp_path)


def test_a_verdict_against_the_counts_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from icp_pipeline.quality import verdicts

    def contradict(_: object, rules: list[verdicts.Rule], *__: object) -> dict[str, object]:
        outcome = {"success": True, "result": {"observed_value": 0}, "exception_info": {"raised_exception": False}}
        return dict.fromkeys(verdicts._grouped(rules), outcome)

    monkeypatch.setattr(verdicts, "_validate", contradict)
    with pytest.raises(JudgeError, match="judged True although 3 rows fail"):
        judge({ACCOUNTS: audit(("unique", "account_id", "critical", 3))}, tmp_path)


def test_the_library_can_be_fetched_beside_other_work_and_not_before() -> None:
    code = (
        "import sys, threading; from icp_pipeline.quality.verdicts import get_ready\n"
        "assert 'great_expectations' not in sys.modules\n"
        "get_ready(); [thread.join() for thread in threading.enumerate() if thread is not threading.main_thread()]\n"
        "assert 'great_expectations' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
