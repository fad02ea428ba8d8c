"""Refits: a version that moves too many accounts waits until a person promotes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import pytest
from orchestration.dagster_history import history, last_run
from orchestration.published_homes import Said, Shared, State, icp, import_file, run_ids, state_after

from icp_pipeline.errors import IcpError
from icp_pipeline.home import Home
from icp_pipeline.run.icp_versions import check_promotable

pytestmark = pytest.mark.slow


def asked(home: Home, sql: str) -> list[tuple[Any, ...]]:
    """Rows of the live warehouse."""
    with duckdb.connect(str(home.live.resolve()), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def statuses(home: Home) -> dict[str, str]:
    """ICP versions and their state."""
    return dict(asked(home, "select icp_version, status from history.icp_versions order by icp_version"))


def test_the_first_run_learns_a_version_and_makes_it_live(first_run: State) -> None:
    assert first_run.said["run"].code == 0, first_run.said["run"].err
    assert statuses(first_run.home) == {"2026.11.1": "live"}
    assert "ICP 2026.11.1" in first_run.said["run"].out


def test_refit_works_on_a_home_where_nothing_ran_before(same_company_refitted: State) -> None:
    said = same_company_refitted.said["refit"]
    assert said.code == 0, said.err
    assert statuses(same_company_refitted.home) == {"2026.11.1": "live"}
    with history(same_company_refitted.home) as instance:
        assert last_run(instance).job_name == "icp_refit"


def test_the_same_files_give_the_same_import_files_whichever_command_came_first(
    first_run: State, same_company_refitted: State
) -> None:
    """Only the time of scoring differs."""
    for name in ("salesforce_account_update.csv", "hubspot_company_update.csv"):
        one, other = import_file(first_run.home, name), import_file(same_company_refitted.home, name)
        assert _without_time(one, first_run) == _without_time(other, same_company_refitted)


def _without_time(text: str, state: State) -> list[str]:
    """The scored-at column is the last of both files."""
    del state
    return [line.rpartition(",")[0] for line in text.splitlines()]


def test_a_second_version_is_proposed_and_scores_nobody(refitted: State, first_run: State) -> None:
    assert refitted.said["refit"].code == 0, refitted.said["refit"].err
    assert statuses(refitted.home) == {"2026.11.1": "live", "2026.11.2": "proposed"}
    assert asked(refitted.home, "select distinct icp_version from icp.account_tiers") == [("2026.11.1",)]
    scores = "select account_id, fit_points from icp.account_scores order by 1"
    assert asked(refitted.home, scores) == asked(first_run.home, scores)


def test_a_refit_that_moves_too_many_says_why_and_how_to_use_it_all_the_same(refitted: State) -> None:
    """Nobody is awake when it runs: nothing is blocked, the live version stays, and the run is published."""
    verdicts = asked(refitted.home, "select icp_version, compared_with, verdict, reasons from history.icp_promotions")
    ((new, live, verdict, reasons),) = verdicts
    assert (new, live, verdict) == ("2026.11.2", "2026.11.1", "proposed")
    assert "accounts would change tier" in reasons
    assert "To use it anyway: `icp promote 2026.11.2`" in refitted.said["refit"].out
    moved = "select sum(accounts) from history.icp_version_moves where from_tier <> to_tier"
    assert asked(refitted.home, moved)[0][0] > 0


def test_a_refit_that_is_not_worse_and_moves_nobody_goes_live(shared: Shared, first_run: State) -> None:
    def commands(home: Home) -> dict[str, Said]:
        return {"refit": icp("refit", "--home", home.root)}

    again = state_after(shared, "refitted_without_change", first_run.home.root, commands)
    assert again.said["refit"].code == 0, again.said["refit"].err
    assert statuses(again.home) == {"2026.11.1": "retired", "2026.11.2": "live"}
    for scored in ("icp.account_tiers", "exports.account_tags", "exports.salesforce_account_update"):
        assert asked(again.home, f"select distinct icp_version from {scored}") == [("2026.11.2",)], scored
    assert "is not worse than 2026.11.1 and is live now" in " ".join(again.said["refit"].out.split())
    kept = "select verdict, reasons, auc = auc_compared from history.icp_promotions"
    assert asked(again.home, kept) == [("promoted", None, True)]


def test_promotion_makes_it_live_retires_the_other_and_scores_everybody_with_it(promoted: State) -> None:
    assert promoted.said["promote"].code == 0, promoted.said["promote"].err
    assert statuses(promoted.home) == {"2026.11.1": "retired", "2026.11.2": "live"}
    assert asked(promoted.home, "select distinct icp_version from icp.account_tiers") == [("2026.11.2",)]
    off = asked(
        promoted.home,
        """
        select score.account_id from icp.account_scores as score
        inner join (
            select account_id, sum(points) as points from icp.score_evidence group by account_id
        ) as evidence on evidence.account_id = score.account_id
        where abs(score.fit_points - evidence.points) > 1e-6
        """,
    )
    assert off == []
    known = "select cast(points as decimal(18, 9)) from history.icp_evidence where icp_version = '2026.11.2'"
    used = "select distinct cast(points as decimal(18, 9)) from icp.score_evidence where attribute <> 'prior'"
    assert set(asked(promoted.home, used)) <= set(asked(promoted.home, known))


def test_promotion_carries_its_own_acceptance_into_history(promoted: State) -> None:
    kinds = "select kind, accept_reason from history.runs order by started_at"
    assert asked(promoted.home, kinds) == [
        ("refresh", None),
        ("refit", None),
        ("promote", "promotion of 2026.11.2"),
    ]


def test_tier_moves_of_a_promotion_name_it_as_their_cause(promoted: State) -> None:
    last = run_ids(promoted.home)[-1]
    causes = asked(promoted.home, f"select distinct cause from history.tier_changes where run_id = '{last}'")
    assert causes and all("ICP" in cause or "icp" in cause or "version" in cause for (cause,) in causes), causes


def test_a_version_that_is_live_is_not_promoted_again(promoted: State, copied: Callable[[State], Home]) -> None:
    """That would reset its age and results, and would accept whatever a guard blocks."""
    said = icp("promote", "2026.11.2", "--home", promoted.home.root)
    assert said.code == 1 and "building" not in said.out
    assert "ICP version 2026.11.2 is already live: `icp run` scores with it." in said.err
    home = copied(promoted)
    assert icp("rollback", run_ids(home)[0], "--home", home.root).code == 0
    check_promotable(home, "2026.11.2")  # the file before the rollback is not the live one
    with pytest.raises(IcpError, match=r"2026\.11\.1 is already live"):
        check_promotable(home, "2026.11.1")


def test_a_version_that_does_not_exist_is_refused_before_anything_is_built(refitted: State) -> None:
    from orchestration.published_homes import icp

    said = icp("promote", "2026.11.9", "--home", refitted.home.root)
    assert said.code == 1
    assert "there is no ICP version '2026.11.9'. Known versions: 2026.11.1, 2026.11.2" in said.err
    assert "building" not in said.out
