"""A live ICP loses its evidence when data are corrected: every run says so, and a person can retire it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pipeline_runs import bare_home, one, query, run_pipeline, values
from test_learning_from_wins import SETTINGS, land_company

from icp_pipeline.home import Home
from icp_pipeline.run.refit_reason import refit_reason

WITHOUT_THE_LEAK = SETTINGS.replace("crm.tag", "crm.name")


def unconfirmed(home: Path) -> list[str]:
    return values(home, "select message from quality.warnings where code = 'ICP_UNCONFIRMED' and subject = 'primary'")


@pytest.mark.slow
def test_what_data_no_longer_bear_out_is_told_each_night_until_somebody_decides(tmp_path: Path) -> None:
    home = bare_home(tmp_path / "home", WITHOUT_THE_LEAK)
    land_company(home, 1.0)
    run_pipeline(home)
    first = one(home, "select icp_version from icp.live_versions")
    assert first is not None and unconfirmed(home) == []
    assert not refit_reason(Home(home), after_wins=10_000).needed

    land_company(home, 0.0)
    run_pipeline(home, accept="the deals were corrected")
    (said,) = unconfirmed(home)
    assert "stands out in today's data" in said and "`icp refit`" in said
    asked = refit_reason(Home(home), after_wins=10_000)
    assert asked.needed and "no longer support" in asked.cause

    run_pipeline(home, refit=True)
    statuses = query(home, "select icp_version, status from history.icp_versions order by learned_at")
    assert statuses["status"].tolist() == ["live", "no_signal"]
    second = statuses["icp_version"].iloc[1]
    for night in range(2):
        if night:
            run_pipeline(home)
        (said,) = unconfirmed(home)
        assert f"({second}) found no signal" in said and f"`icp promote {second}`" in said
        assert not refit_reason(Home(home), after_wins=10_000).needed, "that is what the last refit found"

    run_pipeline(home, promote=second, accept=f"promotion of {second}")
    assert one(home, "select icp_version from icp.live_versions") is None
    assert values(home, "select distinct tier from icp.account_tiers") == ["unscored"]
    assert values(home, "select status from history.icp_versions order by learned_at") == ["retired", "no_signal"]
    codes = values(home, "select code from quality.warnings")
    assert "NO_SIGNAL" in codes and "ICP_UNCONFIRMED" not in codes

    land_company(home, 1.0)
    run_pipeline(home, accept="and they were right at first")
    assert one(home, "select icp_version from icp.live_versions") not in (None, first, second)
    assert unconfirmed(home) == []
