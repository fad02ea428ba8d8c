"""What experiments of the website leave for later runs: arms, who was compared from when on, and what became of them.

All of it is only ever added to: neither a refit nor a rollback gives an account another arm, and what was counted once
is never counted otherwise. How accounts stood is kept for the next run alone.
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
)


def keep_experiments(build: Build) -> None:
    """Add what this run decided and found about experiments to `history` of the work file."""
    for statement in _STATEMENTS:
        build.execute(statement)
