"""Files exchanged with Spark in a bucket: what travels, what is deleted, and what is said when that fails."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from s3_server import Store, s3_server, use

from icp_pipeline.errors import SettingsError, SparkError
from icp_pipeline.settings.engines import SparkSettings
from icp_pipeline.spark.exchange import Bucket, lend_uploads, named_reasons, refuse_unusable
from icp_pipeline.spark.sessions import refuse_other_place, rows_of, written_by_value
from icp_pipeline.spark.spark_needs import exchange_folder, make_exchange
from icp_pipeline.warehouse.paths import shown_dir

SPARK = SparkSettings(remote="sc://host:15002", tables="s3a://lake/icp/")
DAY = "2026-07-01.0123.parquet"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store with one bucket, `lake`."""
    (tmp_path / "store" / "lake").mkdir(parents=True)
    with s3_server(tmp_path / "store") as served:
        use(served, monkeypatch)
        yield served


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose versions show one file."""
    write(shown_dir(tmp_path / "home") / "core.account_usage_daily" / DAY, 3)
    return tmp_path / "home"


def write(path: Path, rows: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"n": list(range(rows))}), path)
    return path


def begin(home: Path, run: str = "r1") -> Bucket:
    exchange = make_exchange(SPARK, home, exchange_folder(SPARK, home, run))
    assert isinstance(exchange, Bucket)
    return exchange


def written(store: Store, about: str = "") -> list[str]:
    """Keys that were uploaded since the last call; a store is told of folders, too."""
    keys = [key for method, key in store.asked if method == "PUT" and about in key]
    store.asked.clear()
    return keys


def shown(home: Path) -> Path:
    return shown_dir(home) / "core.account_usage_daily" / DAY


def test_what_is_named_by_its_content_travels_once_and_what_a_run_made_each_time(store: Store, home: Path) -> None:
    bucket = begin(home)
    small = write(bucket.folder / "core.accounts.0.parquet", 2)
    day, accounts = bucket.send([shown(home), small])
    assert day.startswith("s3a://lake/icp/icp_home_") and day.endswith(f"/core.account_usage_daily.{DAY}")
    assert accounts == "s3a://lake/icp/icp_r1/core.accounts.0.parquet"
    for address, path in ((day, shown(home)), (accounts, small)):
        assert (store.folder / address.removeprefix("s3a://")).read_bytes() == path.read_bytes()
    assert len(written(store)) == 2
    assert bucket.send([shown(home), small]) == [day, accounts] and not written(store)
    bucket.close()
    assert store.names() == {day.removeprefix("s3a://lake/")} and not bucket.folder.exists()

    later = begin(home, "r2")
    new = write(shown(home).with_name("2026-07-02.4567.parquet"), 4)
    assert later.send([shown(home), new])[0] == day
    assert [key.rpartition(".account_usage_daily.")[2] for key in written(store)] == [new.name]


def test_what_spark_wrote_is_fetched_and_not_sent_back(store: Store, home: Path) -> None:
    bucket = begin(home)
    assert bucket.address("made.0") == "s3a://lake/icp/icp_r1/made.0"
    there = store.folder / "lake" / "icp" / "icp_r1" / "made.0"
    write(there / "icp_by=2026-07-01" / "part-0.parquet", 5)
    write(there / "icp_by=2026-07-02" / "part-0.parquet", 7)
    for left in ("_temporary/0/part-9.parquet", "_SUCCESS", "icp_by=2026-07-01/.part-0.parquet.crc"):
        write(there / left, 1)
    made = written_by_value(bucket.fetch("made.0"))
    assert {day: rows_of(files) for day, files in made.items()} == {"2026-07-01": 5, "2026-07-02": 7}
    assert len([path for path in bucket.folder.rglob("*") if path.is_file()]) == 2
    assert bucket.send(made["2026-07-01"]) == ["s3a://lake/icp/icp_r1/made.0/icp_by=2026-07-01/part-0.parquet"]
    assert not written(store)
    assert written_by_value(bucket.fetch("made.1")) == {}, "nothing was written"


def test_uploads_that_a_home_has_no_more_go_a_day_later_and_those_of_others_stay(
    store: Store, home: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(home, tmp_path / "copy"))
    (old,), (other,) = (begin(one).send([shown(one)]) for one in (home, copy))
    assert old != other
    shown(home).unlink()
    begin(home, "r2")
    assert len(store.names()) == 2, "it may be of a dry run, which has landed more"
    for name in store.names():
        os.utime(store.folder / "lake" / name, (time.time() - 90_000,) * 2)
    begin(home, "r3")
    assert store.names() == {other.removeprefix("s3a://lake/")}
    moved = home.rename(tmp_path / "moved")
    write(shown(moved), 3)
    assert begin(moved).send([shown(moved)]) != [old], "it may be a copy"


def test_a_dry_run_finds_its_homes_uploads_and_keeps_none_of_its_own(store: Store, home: Path, tmp_path: Path) -> None:
    first = Path(shutil.copytree(home, tmp_path / "first"))
    lend_uploads(home, first)
    bucket = begin(first)
    bucket.send([shown(first)])
    bucket.close()
    assert not store.names(), "the home has uploaded nothing"
    begin(home).send([shown(home)])
    later = Path(shutil.copytree(home, tmp_path / "later"))
    lend_uploads(home, later)
    written(store)
    begin(later, "r2").send([shown(later)])
    assert not written(store)


def test_a_killed_runs_folder_is_deleted_at_the_next_start(store: Store, home: Path) -> None:
    killed = begin(home)
    killed.send([write(killed.folder / "a.parquet", 1)])
    (elsewhere,) = begin(Path(shutil.copytree(home, home.with_name("other"))), "r9").send(
        [shown(home.with_name("other"))]
    )
    assert "icp/icp_r1/a.parquet" in store.names()
    begin(home, "r2")
    assert store.names() == {elsewhere.removeprefix("s3a://lake/")}


def test_a_file_that_arrived_in_part_ends_the_run_and_is_sent_again(store: Store, home: Path) -> None:
    store.cut_short = DAY
    with pytest.raises(SparkError, match=r"has \d+ of \d+ bytes after it was copied. The last version stays live"):
        begin(home).send([shown(home)])
    store.cut_short = None
    (address,) = begin(home, "r2").send([shown(home)])
    assert (store.folder / address.removeprefix("s3a://")).read_bytes() == shown(home).read_bytes()


def test_an_interrupted_run_sends_no_further_file(store: Store, home: Path) -> None:
    bucket = begin(home)
    bucket.interrupt()
    with pytest.raises(SparkError, match="interrupted"):
        bucket.send([shown(home)])
    assert not store.names()


def test_a_bucket_that_cannot_be_used_is_told_in_one_line_with_the_way_out(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_unusable("s3://lake/icp")
    assert not store.names(), "what was tried is gone"
    with pytest.raises(SettingsError, match=r"s3://sea/icp: there is no such bucket: create it, or correct the name"):
        refuse_unusable("s3://sea/icp")
    with monkeypatch.context() as wrong:
        use(store, wrong, key="stranger")
        with pytest.raises(SettingsError, match=r"access denied .*: give this machine credentials") as refused:
            refuse_unusable("s3a://lake")
        with pytest.raises(SparkError, match="access denied"):
            begin(home)
    assert not any(word in str(refused.value) for word in ("stranger", "zzsecret", "\n"))


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (
            OSError("key zzsecret: AWS Error NETWORK_CONNECTION during HeadObject"),
            "the store does not answer: open the",
        ),
        (OSError(errno.ENOSPC, "cannot write /zzsecret"), "s3://lake: No space left on device."),
        (OSError("key zzsecret: AWS Error SLOW_DOWN during GetObject"), "s3://lake: SLOW_DOWN."),
        (pa.ArrowInvalid("zzsecret"), "s3://lake: ArrowInvalid."),
    ],
)
def test_a_stores_own_words_are_not_repeated(raised: Exception, told: str) -> None:
    with pytest.raises(SparkError) as error, named_reasons("s3://lake"):
        raise raised
    assert told in str(error.value) and "zzsecret" not in str(error.value) and error.value.__suppress_context__


class Session:
    """A Spark that cannot write."""

    def __init__(self, error: str) -> None:
        self.error = error

    def range(self, *_: object) -> object:
        raise RuntimeError(self.error)


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        ('java.io.IOException: No FileSystem for scheme "s3"', "does not know such addresses: s3a://lake/icp"),
        ("Class org.apache.hadoop.fs.s3a.S3AFileSystem not found", "does not know such addresses: s3a://lake/icp"),
        ("AccessDenied for AKIAZZ", r"cannot write there \(RuntimeError\): s3a://lake/icp"),
    ],
)
def test_a_spark_that_cannot_write_to_the_bucket_is_named_before_a_table_is_built(
    store: Store, home: Path, raised: str, told: str
) -> None:
    """Also one on this machine, which may lack what it takes."""
    for spark in (SPARK, SparkSettings(master="local[2]", tables="s3a://lake/icp")):
        with pytest.raises(SparkError, match=told) as error:
            refuse_other_place(Session(raised), spark, begin(home))  # type: ignore[arg-type]
        assert "s3a:// with the hadoop-aws of its Hadoop version" in str(error.value)
        assert "AKIAZZ" not in str(error.value)
