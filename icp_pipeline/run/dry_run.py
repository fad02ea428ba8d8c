"""`icp run --dry-run`: the whole run in a temporary folder, and what it would change. The home is not written to."""

from __future__ import annotations

import datetime
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from icp_pipeline.errors import PublishError
from icp_pipeline.home import Home
from icp_pipeline.run.accounting import account_for_everything
from icp_pipeline.run.guards import mass_change
from icp_pipeline.run.icp_versions import learn_version
from icp_pipeline.run.landed_texts import kept_phrases
from icp_pipeline.run.live_version import refuse_lost
from icp_pipeline.run.session import Request, Run, new_run_id, stop_on_critical
from icp_pipeline.run.stages import stages
from icp_pipeline.settings.load import load_settings
from icp_pipeline.spark.exchange import lend_uploads

_MOVES = """
select icp_id, from_tier, to_tier, cause, count(*) as accounts from icp.tier_transitions
group by icp_id, from_tier, to_tier, cause
order by icp_id <> 'primary', icp_id, accounts desc, from_tier nulls first, to_tier, cause
"""
_RECORDS = "select target, count(distinct record_id) as records from exports.changes group by target order by target"


def rehearse(home: Home, as_of: datetime.date | None) -> dict[str, Any]:
    """Land, build, check and score without publishing: tier moves, changes of CRM records, what guards would block.

    Raises IcpError as the run itself would, except for the guard, whose reasons are part of the answer.
    """
    started = datetime.datetime.now(datetime.UTC)
    # From the home itself, so that a message names the file that a person can fix.
    load_settings(home.root)
    refuse_lost(home)
    _refuse_no_room()
    with copy_of(home) as copy, Run(copy, new_run_id(started, "dryrun"), Request(as_of=as_of)) as run:
        run.open()
        for stage in stages(run.graph):
            if stage.is_learning:
                learn_version(run)
            run.build_models(stage.models, stage.prefetch)
            stop_on_critical(run.audit(stage.models), copy.state / "data_docs")
        account_for_everything(run)
        moves = run.frame(_MOVES).astype(object)
        return {
            "dry_run": True,
            "home": str(home.root),
            "as_of": run.as_of.isoformat(),
            "held_because": mass_change(run),
            "moves": moves.where(moves.notna(), None).to_dict("records"),
            "crm": run.frame(_RECORDS).to_dict("records"),
        }


def _refuse_no_room() -> None:
    try:
        tempfile.gettempdir()
    except FileNotFoundError as error:
        raise PublishError(
            "a dry run needs a writable folder for temporary files, and there is none: set TMPDIR to one."
        ) from error


@contextmanager
def copy_of(home: Home) -> Iterator[Home]:
    """A temporary home that reads the real landing folder and starts from the real lake and published versions."""
    # What another run is writing right now is irrelevant here, and may be gone before it is copied.
    unfinished = shutil.ignore_patterns("work", "spill*", "unfinished-*", ".*", "*.tmp")
    with tempfile.TemporaryDirectory(prefix="icp_dry_run_") as folder:
        root = Path(folder)
        for name in ("icp.yaml", "content.yaml"):
            if (home.root / name).exists():
                shutil.copy2(home.root / name, root)
        # Check results and phrases need not be computed again, unless they cannot be copied.
        with suppress(OSError):
            shutil.copytree(home.state / "data_docs", root / "state" / "data_docs")
            shutil.copy2(kept_phrases(home), kept_phrases(Home(root)))
        lend_uploads(home.root, root)
        try:
            for name in ("lake", "warehouse", "state/acks"):
                if (home.root / name).exists():
                    shutil.copytree(
                        home.root / name, root / name, symlinks=True, ignore=unfinished, copy_function=_copy_or_link
                    )
        except shutil.Error as error:
            raise PublishError(
                f"{home.root}: another run changed files while it was copied ({len(error.args[0])}). Nothing was "
                "written; repeat the dry run when that run is done."
            ) from error
        yield replace(Home(root), landing_folder=home.landing)


def _copy_or_link(source: str, target: str) -> None:
    """Hard-link if possible: published and landed files are never changed in place."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
