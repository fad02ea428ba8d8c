"""If there was no signal, nothing is learned again until there is something new to learn from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pipeline_runs import AS_OF, one, query, run_pipeline

from icp_pipeline.run.icp_data import IcpData
from icp_pipeline.sample.world_options import World
from icp_pipeline.sample.write import write_sample


@pytest.mark.slow
def test_the_same_data_is_learned_from_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, tries = tmp_path / "h", []
    home.mkdir()
    write_sample(home, accounts=150, events=300, seed=5, world=World(signal=0.0))
    (home / "icp.yaml").write_text(AS_OF, encoding="utf-8")
    learn = IcpData.learn

    def counted(self: IcpData, icp_id: str, **asked: Any) -> Any:
        tries.append(icp_id)
        return learn(self, icp_id, **asked)

    monkeypatch.setattr(IcpData, "learn", counted)
    run_pipeline(home)
    assert one(home, "select status from history.icp_versions") == "no_signal"
    run_pipeline(home)
    assert tries == ["primary"]

    (home / "icp.yaml").write_text(AS_OF + "outcomes: {best_share: 0.25}\n", encoding="utf-8")
    run_pipeline(home)
    run_pipeline(home)
    assert len(tries) == 2, "other settings are a reason, once"

    for file in (home / "landing" / "clearbit").iterdir():
        file.unlink()
    run_pipeline(home, accept="the trial of that source is over")
    run_pipeline(home)
    assert len(tries) == 3, "other traits are a reason, once"
    assert len(query(home, "select * from history.icp_versions")) == 1
