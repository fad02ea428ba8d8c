"""Tables of Delta Lake, Hudi and Iceberg: the contents of their Parquet files are not the contents of the table."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from landing_folder import Landing

from icp_pipeline.sources.declared.plan import MappedSource, ReadPlan


def _companies(*ids: str) -> bytes:
    out = io.BytesIO()
    columns = {"Record ID": list(ids), "Company name": [f"C{one}" for one in ids], "Industry": ["X"] * len(ids)}
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def _delta(landing: Landing, folder: str) -> None:
    landing.put(f"{folder}/part-00000-a.snappy.parquet", _companies("1", "2"))
    landing.put(f"{folder}/year=2026/part-00000-b.snappy.parquet", _companies("1"))
    landing.put(f"{folder}/_delta_log/00000000000000000000.json", '{"add": {"path": "part-00000-a.snappy.parquet"}}\n')
    landing.put(f"{folder}/_delta_log/00000000000000000010.checkpoint.parquet", _companies("9"))


@pytest.mark.parametrize("folder", ["hubspot", "hubspot/companies", "hubspot/companies.parquet"])
def test_a_delta_table_is_held_with_one_message(landing: Landing, folder: str) -> None:
    _delta(landing, folder)
    message = landing.held()
    assert message.count("Delta Lake") == 1
    assert f"{folder}/_delta_log: " in message and "1 landed file cannot be read" in message
    assert "plain Parquet or CSV" in message and "OPTIMIZE, VACUUM" in message


def test_an_iceberg_table_is_held_with_one_message(landing: Landing) -> None:
    landing.put("hubspot/companies/data/00000-0-a.parquet", _companies("1", "2"))
    landing.put("hubspot/companies/data/00000-0-deletes.parquet", _companies("1"))
    landing.put("hubspot/companies/metadata/v1.metadata.json", "{}")
    landing.put("hubspot/companies/metadata/snap-1.avro", b"Obj\x01")
    message = landing.held()
    assert message.count("Iceberg") == 1 and "hubspot/companies/metadata: " in message


def test_a_hudi_table_is_held_with_one_message(landing: Landing) -> None:
    landing.put("hubspot/companies/a_1.parquet", _companies("1", "2"))
    landing.put("hubspot/companies/a_2.parquet", _companies("1"))
    landing.put("hubspot/companies/.hoodie/hoodie.properties", "")
    assert landing.held().count("Hudi") == 1


def test_a_mapping_reads_no_part_of_such_a_table(landing: Landing) -> None:
    _delta(landing, "own/t")
    columns = {"id": "Record ID", "name": "Company name"}
    plan = ReadPlan(mapped=(MappedSource("own", "own/t/*.parquet", "account", columns),))
    assert "own/t/_delta_log: the records of a Delta Lake table" in landing.held(plan)


def test_other_files_beside_a_table_are_read(landing: Landing) -> None:
    _delta(landing, "hubspot")
    landing.put("hubspot/companies.csv", "Record ID,Company name,Industry\n7,C,X\n")
    assert "1 landed file cannot be read" in landing.held()


def test_a_log_without_parquet_is_no_table(landing: Landing) -> None:
    landing.put("hubspot/_delta_log/00000000000000000000.json", "{}")
    landing.put("hubspot/metadata/readme.json.md", "text")
    landing.put("hubspot/companies.csv", "Record ID,Company name,Industry\n7,C,X\n")
    landing.land()
    assert landing.rows("hubspot_company", "id") == ["7"]
    assert landing.status("hubspot/_delta_log")[0] == "ignored"


def test_plain_parquet_in_folders_is_read(landing: Landing) -> None:
    landing.put("hubspot/data/a.parquet", _companies("1"))
    landing.put("hubspot/metadata/notes.md", "text")
    assert landing.land().rows("hubspot_company", "id") == ["1"]
