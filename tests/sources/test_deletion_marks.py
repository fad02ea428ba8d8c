"""Deleted, archived or merged records are recognised, whatever tool wrote the mark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from icp_pipeline.sources.declared.plan import MappedSource, ReadPlan
from icp_pipeline.sources.lake import LakeState, land

ACCOUNTS = "Id,Name,Website\n001Hs00004kXyZaIAK,Halden,halden.example\n"


def _land(tmp_path: Path, files: dict[str, str], plan: ReadPlan | None = None) -> LakeState:
    for name, text in ({"salesforce/Account.csv": ACCOUNTS} | files).items():
        (tmp_path / "landing" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "landing" / name).write_text(text)
    return land(tmp_path / "landing", tmp_path / "lake", plan or ReadPlan())


def _rows(state: LakeState, kind: str) -> list[dict[str, Any]]:
    return [row for path in state.parquet[kind] for row in pq.read_table(path).to_pylist()]


@pytest.mark.parametrize(
    ("header", "mark", "expected"),
    [
        ("archived", "true", "true"),
        ("archived", "false", "false"),
        ("is_deleted", "TRUE", "true"),
        ("isDeleted", "1", "true"),
        ("_fivetran_deleted", "true", "true"),
        ("_ab_cdc_deleted_at", "2026-01-01T00:00:00Z", "true"),
        ("_ab_cdc_deleted_at", "", "false"),
        ("deleted_at", "2026-01-01 10:00:00", "true"),
        ("deleted_at", "1795161600", "true"),
        ("deleted", "no", "false"),
        ("merged_into", "42", "true"),
        ("merged_into", "", "false"),
    ],
)
def test_a_mark_of_any_tool_is_read(tmp_path: Path, header: str, mark: str, expected: str) -> None:
    deals = f"id,dealstage,hs_is_closed_won,{header}\n1,closedwon,true,{mark}\n"
    assert [row["is_deleted"] for row in _rows(_land(tmp_path, {"hubspot/deals.csv": deals}), "hubspot_deal")] == [
        expected
    ]


def test_one_mark_of_several_is_enough(tmp_path: Path) -> None:
    deals = "id,dealstage,hs_is_closed_won,archived,_fivetran_deleted\n1,won,true,false,true\n2,won,true,false,false\n"
    rows = _rows(_land(tmp_path, {"hubspot/deals.csv": deals}), "hubspot_deal")
    assert [row["is_deleted"] for row in rows] == ["true", "false"]


def test_an_unreadable_mark_is_told(tmp_path: Path) -> None:
    deals = "id,dealstage,hs_is_closed_won,deleted_at\n1,won,true,perhaps\n"
    state = _land(tmp_path, {"hubspot/deals.csv": deals})
    assert [row["reason"][:26] for row in state.rejects.to_pylist()] == ["not a mark of deletion: ex"]


@pytest.mark.parametrize(
    ("kind", "text", "columns"),
    [
        ("ticket", "id,deleted\n1,true\n", {"id": "id"}),
        ("survey", "id,score,archived\n1,9,true\n", {"id": "id", "score": "score"}),
        ("subscription", "id,_fivetran_deleted\n1,true\n", {"id": "id"}),
        ("deal", "id,won,isDeleted\n1,true,true\n", {"id": "id", "is_won": "won"}),
        ("deal_account", "d,a,_fivetran_deleted\n1,2,true\n", {"deal_id": "d", "account_id": "a"}),
        (
            "trigger",
            "a,t,on,deleted_at\n1,x,2026-01-01,2026-01-02\n",
            {"account": "a", "trigger": "t", "happened_on": "on"},
        ),
    ],
)
def test_mapped_records_need_no_mapping_of_the_mark(
    tmp_path: Path, kind: str, text: str, columns: dict[str, str]
) -> None:
    plan = ReadPlan(mapped=(MappedSource(key="x", file="x/a.csv", kind=kind, columns=columns),))
    state = _land(tmp_path, {"x/a.csv": text}, plan)
    table = next(file.table_name for file in state.files if file.source == "x")
    assert [row["is_deleted"] for row in _rows(state, table)] == ["true"]


@pytest.mark.parametrize(
    ("header", "cell", "company", "guess"),
    [
        ("companies", '"[""7"",""7"",""8""]"', "7", "false"),
        ("companies", '"[""7"", ""8""]"', "7", "true"),
        ("associations.companies", "7;8", "7", "true"),
        ("associatedcompanyids", '"7,8"', "7", "true"),
        ("company_id", "7", "7", "false"),
        ("Associated Company IDs (Primary)", '"[""7""]"', "7", "false"),
        ("companies", "[]", None, "false"),
    ],
)
def test_companies_of_a_deal(tmp_path: Path, header: str, cell: str, company: str | None, guess: str) -> None:
    deals = f"id,dealstage,hs_is_closed_won,{header}\n1,closedwon,true,{cell}\n"
    row = _rows(_land(tmp_path, {"hubspot/deals.csv": deals}), "hubspot_deal")[0]
    assert (row["company_id"], row["company_id_is_guess"]) == (company, guess)


def test_ids_merged_into_a_deal_are_listed(tmp_path: Path) -> None:
    deals = "id,dealstage,hs_is_closed_won,hs_merged_object_ids\n1,closedwon,true,5;6\n"
    values = _rows(_land(tmp_path, {"hubspot/deals.csv": deals}), "field_values")
    assert [(row["attribute"], row["value"]) for row in values] == [("merged_deal_ids", "5"), ("merged_deal_ids", "6")]


def test_companies_and_rounds_that_are_deleted_are_told(tmp_path: Path) -> None:
    files = {
        "clearbit/c.csv": "domain,name,industry,_fivetran_deleted\na.example,A,X,true\nb.example,B,X,false\n",
        "crunchbase/f.csv": "Organization Name,Organization Website,Announced Date,deleted_at\n"
        "A,a.example,2026-01-01,2026-02-01\nB,b.example,2026-01-01,\n",
    }
    state = _land(tmp_path, files)
    assert [row["is_deleted"] for row in _rows(state, "clearbit_company")] == ["true", "false"]
    assert [row["is_deleted"] for row in _rows(state, "funding_round")] == ["true", "false"]
