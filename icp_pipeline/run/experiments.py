"""Stores website experiments for later runs: arms, entries and outcomes.

Rows are only ever added: neither a refit nor a rollback gives an account another arm, and what was counted once
is never changed. The state of accounts is stored for the next run only.
"""

from __future__ import annotations

from icp_pipeline.warehouse.build import Build

_STATEMENTS = (
    """
    insert into history.experiment_assignments by name
    select run.run_id, arms.experiment, arms.account_id, arms.arm, arms.holdout, arms.assigned_on
    from activation.experiment_arms as arms
    cross join settings.run as run
    where arms.is_new
    order by arms.experiment, arms.account_id
    """,
    """
    insert into history.experiment_entries by name
    select run.run_id, entries.experiment, entries.account_id, entries.arm, entries.entered_on, entries.left_out,
        entries.tier, entries.industry, entries.employees, entries.region, run.as_of
    from results.experiment_entries as entries
    cross join settings.run as run
    where entries.is_new
    order by entries.experiment, entries.account_id
    """,
    """
    insert into history.experiment_outcomes by name
    select run.run_id, closed.experiment, closed.account_id, closed.event, closed.happened_on, run.as_of
    from (
        select experiment, account_id, null as event, null as happened_on from results.experiment_entries
        where is_closed and not was_closed
        union all
        select experiment, account_id, event, happened_on from results.experiment_conversions where is_new
    ) as closed
    cross join settings.run as run
    order by closed.experiment, closed.account_id, closed.event nulls first
    """,
    "delete from history.experiment_standings",
    """
    insert into history.experiment_standings by name
    select standings.*, run.as_of from activation.experiment_standings as standings cross join settings.run as run
    order by standings.account_id
    """,
)


def keep_experiments(build: Build) -> None:
    """Add this run's assignments, entries and outcomes to `history` of the work file."""
    for statement in _STATEMENTS:
        build.execute(statement)
