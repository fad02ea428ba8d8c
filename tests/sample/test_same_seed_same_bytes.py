"""The same arguments give the same files, other arguments give other files, and sizes are as requested."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from icp_pipeline.sample.market import make_world
from icp_pipeline.sample.world_options import World
from icp_pipeline.sample.write import write_sample

PROJECT = Path(__file__).parents[2]


def digests(home: Path) -> dict[str, str]:
    files = sorted(path for path in (home / "landing").rglob("*") if path.is_file())
    every = [*files, home / "planted_truth.json"]
    return {str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest() for path in every}


def test_same_arguments_give_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_sample(tmp_path / name, accounts=200, events=1_500, seed=3)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_another_seed_changes_every_file_with_rows_of_chance(tmp_path: Path) -> None:
    for name, seed in (("one", 3), ("two", 4)):
        write_sample(tmp_path / name, accounts=200, events=1_500, seed=seed)
    one, two = digests(tmp_path / "one"), digests(tmp_path / "two")
    same = [name for name in one.keys() & two.keys() if one[name] == two[name]]
    assert same == []


def test_a_smaller_company_leaves_no_file_of_the_larger_and_none_of_others_is_touched(tmp_path: Path) -> None:
    own = tmp_path / "landing" / "zoho" / "Accounts.csv"
    own.parent.mkdir(parents=True)
    own.write_text("Record Id\n")
    write_sample(tmp_path, accounts=200, events=120_000)
    many = len(list((tmp_path / "landing" / "usage").iterdir()))
    write_sample(tmp_path, accounts=200, events=500)
    assert len(list((tmp_path / "landing" / "usage").iterdir())) < many
    assert own.exists()


def test_the_shipped_company_is_what_the_generator_writes(tmp_path: Path) -> None:
    write_sample(tmp_path)
    assert digests(tmp_path) == digests(PROJECT / "data")


def test_the_shipped_company_is_small(tmp_path: Path) -> None:
    size = sum(path.stat().st_size for path in (PROJECT / "data" / "landing").rglob("*") if path.is_file())
    truth = json.loads((PROJECT / "data" / "planted_truth.json").read_text())
    assert size < 8_000_000
    assert truth["accounts"]["companies"] == 1_200
    assert 270 <= truth["accounts"]["customers"] <= 330
    assert truth["quirks"]["usage"]["events"] == 30_000


def test_only_what_depends_on_the_signal_changes_with_it() -> None:
    weak, strong = (make_world(300, 5, world=World(signal=signal)) for signal in (0.0, 1.0))
    same = ["name", "industry", "employees", "has_revops", "country", "area_code"]
    assert weak.accounts[same].equals(strong.accounts[same])
    assert not weak.accounts["quality"].equals(strong.accounts["quality"])


@pytest.mark.parametrize(
    ("accounts", "events", "world"),
    [
        pytest.param(20, 0, World(), id="smallest, no events"),
        pytest.param(60, 5, World(), id="fewer events than customers"),
        pytest.param(300, 500, World(customers_share=0), id="no customers"),
        pytest.param(300, 500, World(leak=False, missing=0, signal=0), id="nothing planted"),
        pytest.param(300, 500, World(customers_share=0.4, missing=0.4), id="many customers, much unknown"),
    ],
)
def test_odd_sizes_work(tmp_path: Path, accounts: int, events: int, world: World) -> None:
    truth = write_sample(tmp_path, accounts=accounts, events=events, world=world)
    assert truth["accounts"]["companies"] == accounts
    assert truth["quirks"]["usage"]["events"] == events


def test_impossible_worlds_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 20"):
        make_world(10)
    with pytest.raises(ValueError, match=r"customers_share is 0\.9"):
        World(customers_share=0.9)
    with pytest.raises(ValueError, match="signal is -1"):
        World(signal=-1)


def test_true_traits_are_written_only_when_asked(tmp_path: Path) -> None:
    write_sample(tmp_path, accounts=60, events=10)
    assert not (tmp_path / "planted_accounts.csv").exists()
    write_sample(tmp_path, accounts=60, events=10, with_accounts=True)
    lines = (tmp_path / "planted_accounts.csv").read_text().splitlines()
    assert len(lines) == 61
    assert "quality_index" in lines[0]
