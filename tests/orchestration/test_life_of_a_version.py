"""Nine months with one ICP version: results of its tiers, and what makes the sensor request a refit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from orchestration.published_homes import Said, Shared, State, icp, state_after

from icp_pipeline.home import Home
from icp_pipeline.orchestration.jobs import refit_when_needed
from icp_pipeline.run.refit_reason import refit_reason

pytestmark = pytest.mark.slow

LEARNED, LATER = "2026-02-21", "2026-11-21"


@pytest.fixture(scope="module")
def nine_months_later(shared: Shared, sample_home: Path) -> State:
    """Learned in February, scored again in November; February's triggers have expired, which is accepted."""

    def commands(home: Home) -> dict[str, Said]:
        settings = home.root / "icp.yaml"
        lines = settings.read_text(encoding="utf-8").splitlines(keepends=True)
        settings.write_text("".join(line for line in lines if not line.startswith("as_of")), encoding="utf-8")
        return {
            "run": icp("run", "--home", home.root, "--as-of", LEARNED),
            "later": icp("run", "--home", home.root, "--as-of", LATER, "--accept", "nine months later"),
        }

    return state_after(shared, "nine_months_later", sample_home, commands)


def asked(home: Home, sql: str) -> list[tuple[Any, ...]]:
    """Rows of the live warehouse."""
    with duckdb.connect(str(home.live.resolve()), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_results_count_what_closed_since_by_the_tier_before(nine_months_later: State) -> None:
    home = nine_months_later.home
    assert nine_months_later.said["later"].code == 0, nine_months_later.said["later"].err
    ((closed,),) = asked(home, "select sum(deals_closed) from icp.tier_results where is_live")
    since = f"closed_at > date '{LEARNED}' and closed_at <= date '{LATER}'"
    ((known,),) = asked(
        home,
        f"""
        select count(*) from core.deals where is_closed and {since} and account_id in (
            select account_id from history.tier_changes where as_of = date '{LEARNED}'
        )
        """,
    )
    assert 0 < closed <= known
    tiers_of_deals = asked(
        home,
        f"""
        select events.tier, changes.to_tier from icp.tier_events as events
        inner join history.tier_changes as changes using (account_id, icp_id)
        where changes.as_of = date '{LEARNED}' and events.event in ('won', 'lost')
        """,
    )
    assert len(tiers_of_deals) == closed
    assert all(before == given for before, given in tiers_of_deals), "the tier of February, not that of November"


def test_every_criterion_that_can_be_judged_is_held_against_the_customers_since(nine_months_later: State) -> None:
    home = nine_months_later.home
    kept = asked(home, "select count(distinct (attribute, segment)) from history.icp_segment_effects")
    assert kept == asked(home, "select count(*) from icp.criteria")
    measures = dict(asked(home, "select measure, count(*) from icp.drift group by measure"))
    assert measures["psi"] >= 10
    new = asked(home, "select count(*) from icp.new_customers")[0][0]
    assert (
        new
        == asked(
            home,
            f"""
        select count(*) from outcomes.observations where outcome = 'quality'
            and date_diff('day', observed_at, date '{LEARNED}') < 180
        """,
        )[0][0]
    )


def test_ten_new_customers_are_a_reason_nine_are_not(nine_months_later: State) -> None:
    home = nine_months_later.home
    ((new,),) = asked(home, f"select count(*) from core.customers where customer_since > date '{LEARNED}'")
    assert new >= 10
    needed, too_few = refit_reason(home, new), refit_reason(home, new + 1)
    assert needed.needed and f"{new} new customers" in needed.cause
    assert not too_few.needed and too_few.cause == f"{new} new customers since {LEARNED}; {new + 1} are needed"


def test_a_drift_warning_is_a_reason_of_its_own(
    nine_months_later: State, copied: Callable[[State], Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = copied(nine_months_later)
    home.live.resolve().chmod(0o644)
    with duckdb.connect(str(home.live.resolve())) as connection:
        connection.execute("delete from quality.warnings where code = 'ICP_DRIFTED'")
    assert not refit_reason(home, 10_000).needed
    with duckdb.connect(str(home.live.resolve())) as connection:
        connection.execute("insert into quality.warnings values ('ICP_DRIFTED', 'warning', 'it moved', 'primary: crm')")
    reason = refit_reason(home, 10_000)
    assert reason.needed and reason.cause == "2026.02.1 has drifted"
    monkeypatch.setenv("ICP_HOME", str(home.root))
    (asked_for,) = refit_when_needed(dg.build_sensor_context())
    assert isinstance(asked_for, dg.RunRequest)
    assert asked_for.run_key == "2026.02.1-drifted"
    # the same answer an hour later is the same request, which Dagster runs once
    assert refit_reason(home, 10_000) == reason
