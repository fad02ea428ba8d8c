"""Compressed files, Parquet under any name, marker files next to data, and quotes after a backslash."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from landing_folder import Landing

from icp_pipeline.sources.declared.plan import FileFormat, MappedSource, ReadPlan
from icp_pipeline.sources.text import packed

GOOD = "Id,Name,Website\n001Hs00004kXyZa,Halden,halden.example\n"
EVENTS = [
    {"uuid": f"e{number}", "event": "opened", "distinct_id": "u1", "timestamp": f"2026-11-20T09:0{number}:00Z"}
    for number in range(3)
]
LINES = "".join(json.dumps(event) + "\n" for event in EVENTS).encode()


def arrow(codec: str, content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, codec) as out:
        out.write(content)
    return bytes(sink.getvalue())


def pack(codec: str, content: bytes) -> bytes:
    own = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
    return own[codec](content) if codec in own else arrow({"zst": "zstd", "br": "brotli"}.get(codec, codec), content)


def parquet(table: pa.Table, codec: str = "zstd") -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression=codec)
    return sink.getvalue()


@pytest.mark.parametrize("codec", ["gz", "bz2", "xz", "zst", "lz4", "br"])
def test_compressed_files_are_read_like_plain_ones(codec: str, landing: Landing) -> None:
    landing.put(f"salesforce/Account.csv.{codec}", pack(codec, GOOD.encode()))
    landing.put(f"usage/e.jsonl.{codec}", pack(codec, LINES))
    landing.put(f"crm/a.csv.{codec}", pack(codec, b"Nr;Firma\n1;A\n"))
    mapped = MappedSource("crm", "crm/*", "account", {"id": "Nr", "name": "Firma"}, FileFormat(delimiter=";"))
    landing.land(ReadPlan(mapped=(mapped,)), accounts=False)
    assert landing.rows("salesforce_account", "name") == ["Halden"]
    assert landing.rows("account", "name") == ["A"]
    assert sum(landing.daily().values()) == 3
    assert not list(landing.lake.rglob("unpacked"))


@pytest.mark.parametrize("name", ["a.csv", "a", "a.csv.gz"])
def test_a_compression_is_known_by_its_bytes_and_not_by_the_name(name: str, landing: Landing) -> None:
    landing.put(f"salesforce/{name}", arrow("zstd", GOOD.encode()))
    landing.put("usage/plain.jsonl.gz", LINES)
    landing.land(accounts=False)
    assert landing.rows("salesforce_account", "name") == ["Halden"] and sum(landing.daily().values()) == 3


@pytest.mark.parametrize("codec", ["gz", "bz2", "xz", "zst", "lz4"])
def test_a_compressed_file_that_is_cut_off_holds_the_run(codec: str, landing: Landing) -> None:
    content = pack(codec, b"".join(b"%d,%d\n" % (number, number * 7919) for number in range(9000)))
    landing.put("salesforce/Account.csv.x", content[: len(content) // 2])
    assert "it is damaged or its copy is not complete; land it again" in landing.held()


def test_what_unpacks_to_more_than_an_export_can_be_is_held(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "_BIGGEST", 5_000_000)
    landing.put("salesforce/Account.csv.zst", arrow("zstd", bytes(10_000_000)))
    assert "Account.csv.zst: unpacks to more than" in landing.held()
    assert not list(landing.lake.rglob("unpacked"))


@pytest.mark.parametrize("name", ["e.parquet.gz", "e.parquet.br", "e.gz.parquet", "e.parquet.zst", "e", "e.csv"])
def test_parquet_is_known_by_its_bytes(name: str, landing: Landing) -> None:
    landing.put(f"usage/{name}", parquet(pa.Table.from_pylist(EVENTS), "gzip"))
    landing.land()
    assert sum(landing.daily().values()) == 3
    assert landing.counts(f"usage/{name}") == (3, 3, 0)


def test_a_table_in_parquet_is_read_as_the_same_table_in_csv(landing: Landing) -> None:
    table = pa.table(
        {
            "Id": ["001Hs00004kXyZa", None],
            "Name": pa.array(["Halden", "Kirn"]).dictionary_encode(),
            "Website": ["halden.example", "kirn.example"],
            "AnnualRevenue": pa.array([Decimal("1234.50"), None]),
            "NumberOfEmployees": pa.array([1200.0, None]),
            "IsDeleted": [False, True],
            "CreatedDate": pa.array([datetime(2026, 2, 1, 9, tzinfo=UTC), None]),
        }
    )
    landing.put("salesforce/part-00000.snappy.parquet", parquet(table, "snappy"))
    # What is declared for text files does not apply to it.
    plan = ReadPlan(vendors={"salesforce": FileFormat(decimal=",", date_order="dmy", header_line=4)})
    landing.land(plan, accounts=False)
    (row,) = landing.rows("salesforce_account")
    assert row["id"] == "001Hs00004kXyZaIAK" and row["name"] == "Halden" and row["source_line"] == 2
    assert row["annual_revenue"] == "1234.5" and row["number_of_employees"] == "1200"
    assert row["created_at"] == "2026-02-01 09:00:00" and row["is_deleted"] == "false"
    assert landing.rejects() == [(3, "Id", "required, but empty or not usable", "row")]


@pytest.mark.parametrize(
    "name",
    [
        *("_SUCCESS", "_committed_4821", "_started_4821", "_metadata", "_common_metadata", "a.csv.crc", "a.csv.md5"),
        *("batch_manifest.json", "manifest.json", "a.csv.done", "part-00003", "_delta_log/00000000000000000000.json"),
        *("__MACOSX/._a.csv", "_symlink_format_manifest/manifest"),
    ],
)
def test_what_other_programs_leave_beside_the_data_is_left_alone(name: str, landing: Landing) -> None:
    landing.put(f"usage/{name}", "" if name == "part-00003" else "anything")
    landing.put(f"crm/{name}", "" if name == "part-00003" else "anything")
    landing.put("crm/a.csv", "Nr\n1\n")
    mapped = MappedSource("crm", "crm/*", "account", {"id": "Nr"})
    landing.land(ReadPlan(mapped=(mapped,)))
    for folder in ("usage", "crm"):
        status, reason = landing.status(f"{folder}/{name.split('/')[0]}")
        assert status == "ignored" and reason is not None and "not data" in reason
    assert landing.rows("account", "id") == ["1"]


def test_an_empty_file_that_is_named_as_data_is_held_all_the_same(landing: Landing) -> None:
    landing.put("salesforce/a.csv.gz", "")
    assert "salesforce/a.csv.gz: empty file (0 bytes)" in landing.held()


def test_a_folder_that_spark_named_like_a_file_is_read(landing: Landing) -> None:
    landing.put("salesforce/Account.csv/part-00000.csv", GOOD)
    landing.put("salesforce/Account.csv/_SUCCESS", "")
    assert landing.land(accounts=False).rows("salesforce_account", "name") == ["Halden"]


HEADER = '"Id","Name","Website"\n'


def test_quotes_after_a_backslash_are_read_where_the_file_can_be_nothing_else(landing: Landing) -> None:
    rows = ('"001Hs00004kXyZa","Halden \\"Tools\\"","h.example"', '"001Hs00004kXyZb","C:\\\\Data\\n, \\"","k.example"')
    landing.put("salesforce/a.csv", HEADER + "\n".join(rows) + "\n")
    landing.land(accounts=False)
    assert landing.rows("salesforce_account", "name") == ['Halden "Tools"', 'C:\\Data\\n, "']
    assert landing.rejects() == []


@pytest.mark.parametrize("name", ["C:\\Data\\", '{""a"": ""\\""b""}'], ids=["a folder", "JSON in doubled quotes"])
def test_a_backslash_before_a_closing_or_doubled_quote_is_a_backslash(name: str, landing: Landing) -> None:
    landing.put("salesforce/a.csv", f'{HEADER}"001Hs00004kXyZa","{name}","h.example"\n')
    assert landing.land(accounts=False).rows("salesforce_account", "name") == [name.replace('""', '"')]


@pytest.mark.parametrize("line", ['"001Hs00004kXyZb","C:\\Data\\","k.example"', '"001Hs00004kXyZb","a ""b""x","k.e"x'])
def test_a_file_that_is_whole_neither_way_is_held_and_names_the_backslash(line: str, landing: Landing) -> None:
    landing.put("salesforce/a.csv", f'{HEADER}"001Hs00004kXyZa","Halden \\"Tools\\"","h.example"\n{line}\n')
    message = landing.held()
    assert 'salesforce/a.csv: line 2: a backslash before a quote (\\"), as Spark and MySQL write it' in message
