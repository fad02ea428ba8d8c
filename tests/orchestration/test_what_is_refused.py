"""Errors that stop a run say what to do: free space if the machine refuses, look at the model if a query fails."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from icp_pipeline import duck
from icp_pipeline.errors import IcpError, ModelError, PublishError, SourceError
from icp_pipeline.home import Home
from icp_pipeline.run.session import Request, Run
from icp_pipeline.sample.write import write_sample
from icp_pipeline.warehouse.refusals import named_refusals


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select cast('secret' as integer) as n", "Conversion Error"),
        ("select * from icp.account_tiers", "Catalog Error"),
        ("select no_such_column from settings.run", "Binder Error"),
    ],
)
def test_a_query_that_fails_in_a_run_is_not_put_down_to_the_disk(query: str, said: str, tmp_path: Path) -> None:
    write_sample(tmp_path, accounts=40, events=50)
    with Run(Home(tmp_path), "20261121_000000_aaaaaa", Request()) as run:
        run.open()
        assert run.frame("select 1 as n")["n"].tolist() == [1]
        with pytest.raises(ModelError, match=rf"a query failed: {said}.*`icp check`.*`icp dev`") as frame:
            run.frame(query)
        with pytest.raises(ModelError, match=rf"a query failed: {said}.*`icp check`.*`icp dev`") as content:
            run.content(query)
    for raised in (frame, content):
        assert "Free disk space" not in str(raised.value) and "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "refusal",
    [
        duck.DuckError("IO Error: Could not write file: No space left on device"),
        duck.DuckError("Out of Memory Error: failed to allocate data of size 2.0 MiB"),
        duck.DuckError("FATAL Error: Failed to create checkpoint because of error: Could not write"),
        duck.DuckError("TransactionContext Error: Failed to commit: Could not write file"),
        OSError(errno.ENOSPC, "No space left on device"),
        PermissionError(errno.EACCES, "Permission denied", "/srv/of/another"),
    ],
)
def test_what_the_machine_refuses_asks_for_room_or_rights(refusal: Exception) -> None:
    with pytest.raises(PublishError, match="Free disk space or memory, or fix the owner and mode") as raised:
        refuse(refusal)
    assert "/srv/of/another" in str(raised.value) if "Permission" in str(refusal) else "/folder: " in str(raised.value)


def test_a_damaged_file_of_the_lake_is_made_again_and_not_put_down_to_the_disk(tmp_path: Path) -> None:
    write_sample(tmp_path, accounts=40, events=50)
    for number, damaged in enumerate(("reject", "salesforce_account", "usage_daily")):
        with Run(Home(tmp_path), f"20261121_00000{number}_aaaaaa", Request()) as run:
            assert len(run.open().frame("select * from lake.salesforce_account")) > 10
        path = next((tmp_path / "lake").rglob(f"{damaged}.parquet"))
        path.write_bytes(path.read_bytes()[:-20])
        again = Run(Home(tmp_path), f"20261121_00001{number}_aaaaaa", Request())
        with pytest.raises(SourceError, match=r"A file in `lake/` is damaged.*Delete that folder"), again as run:
            assert run.open()
        shutil.rmtree(tmp_path / "lake")


def test_our_own_errors_pass_as_they_are() -> None:
    own = IcpError("a line of its own")
    with pytest.raises(IcpError) as raised:
        refuse(own)
    assert raised.value is own


def refuse(refusal: Exception) -> None:
    with named_refusals(Path("/folder")):
        raise refusal
