"""The run as a Dagster resource: opened before the first asset, dropped or published by the last."""

import datetime
from collections.abc import Iterable
from typing import Any, ClassVar

import dagster as dg
from pydantic import PrivateAttr

from icp_pipeline.errors import PublishError
from icp_pipeline.home import find_home
from icp_pipeline.orchestration import progress
from icp_pipeline.orchestration.old_runs import end_dead, forget_old
from icp_pipeline.run.session import Request, Run, new_run_id


class RunResource(dg.ConfigurableResource):
    """Options of a run; each can also be set in the launchpad."""

    as_of: str | None = None
    refit: bool = False
    promote: str | None = None
    accept: str | None = None

    # Not a setting: a value from the launchpad would be replaced by 0.
    assets_in_all: ClassVar[int] = 0
    steps_in_all: ClassVar[frozenset[str]] = frozenset()
    _run: Run | None = PrivateAttr(default=None)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Take the home's lock and open the work file: a copy of the live version if only some assets are selected."""
        now = datetime.datetime.now(datetime.UTC)
        asked = context.dagster_run
        if asked and (asked.is_resume_retry or "dagster/step_selection" in asked.tags):
            raise PublishError(
                "a run cannot be resumed from its failed step, nor can single steps be re-executed: what it had built "
                "was dropped. Nothing was published. Re-execute all steps, or run `icp run`."
            )
        selected = (asked.asset_selection or asked.asset_check_selection) if asked else None
        if asked and not selected:
            self._refuse_other_release(asked.step_keys_to_execute)
        request = Request(
            as_of=datetime.date.fromisoformat(self.as_of) if self.as_of else None,
            refit=self.refit,
            promote=self.promote,
            accept=self.accept,
            starts_from_live=bool(selected) and len(selected or ()) < self.assets_in_all,
        )
        run = Run(find_home(None), new_run_id(now, context.run_id or ""), request, progress.report, now)
        self._run = run.__enter__()
        if context.instance and context.run_id:
            end_dead(context.instance, context.run_id)
            forget_old(context.instance, run.home.state, run.settings.retention.runs)

    def _refuse_other_release(self, planned: Iterable[str] | None) -> None:
        """Refuse a run planned by another release's code: its new steps would be left out."""
        if planned is not None and not self.steps_in_all <= set(planned):
            raise PublishError(
                "Dagster planned this run with the code from before the upgrade, so it would skip "
                f"{', '.join(sorted(self.steps_in_all - set(planned)))}. Nothing was published. Restart `icp dev`, or "
                "the services icp-webserver and icp-daemon, then run again."
            )

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Release the lock, and drop the work file if it was not published."""
        if self._run is not None:
            self._run.__exit__(None, None, None)
            self._run = None

    @property
    def run(self) -> Run:
        """The run in progress."""
        if self._run is None:
            raise RuntimeError("the run resource is only there while a run is executing")
        return self._run


def run_config(**asked: Any) -> dict[str, Any]:
    """Dagster run config from a run's options; unset ones are left out."""
    config = {key: value for key, value in asked.items() if value}
    return {"resources": {"session": {"config": config}}} if config else {}
