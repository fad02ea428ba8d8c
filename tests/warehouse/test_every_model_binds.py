"""What only a database can check in a model: that its columns exist and its types match."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from icp_pipeline.models.graph import load_models
from icp_pipeline.models.model import Model
from icp_pipeline.quality.audit import audit_sql
from icp_pipeline.warehouse.bind import bind

Make = Callable[[str, str], Model]


def test_the_projects_models_and_audits_bind(sql_dir: Path) -> None:
    assert [str(finding) for finding in bind(load_models(sql_dir), audit_sql).findings] == []


def test_an_unknown_column_is_found_once_at_its_line(make_model: Make, tmp_path: Path) -> None:
    broken = make_model("core.one", "-- One.\nselect\n    -- Id.\n    ticket.idd as id\nfrom lake.ticket")
    make_model("core.two", "-- Two.\nselect\n    -- Id.\n    one.id\nfrom core.one")
    make_model("icp.three", "-- Three.\nselect\n    -- Id.\n    two.id\nfrom core.two")
    findings = bind(load_models(tmp_path / "sql")).findings
    assert [(finding.path, finding.line) for finding in findings] == [(broken.path, 4)]
    assert '"idd"' in findings[0].message


def test_a_tag_that_does_not_fit_its_column_is_found(make_model: Make, tmp_path: Path) -> None:
    make_model(
        "core.one", "-- One.\nselect\n    -- Flag. #between[0,1]\n    cast(null as date) as day\nfrom lake.ticket"
    )
    graph = load_models(tmp_path / "sql")
    assert bind(graph).findings == []
    assert "day" in str(bind(graph, audit_sql).findings[0]) or "DATE" in str(bind(graph, audit_sql).findings[0])
