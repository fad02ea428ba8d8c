"""The report of a run: what it reads is fetched from the work file, what it is told comes from the settings."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from icp_pipeline.activation.export import Pages
from icp_pipeline.activation.manifest import ManifestFile, intact, read_manifest
from icp_pipeline.errors import PublishError
from icp_pipeline.home import Home
from icp_pipeline.rebuild.content import content_of_query
from icp_pipeline.report.earlier_page import Earlier, accounts_made_from, earlier
from icp_pipeline.report.figures import Frames
from icp_pipeline.report.frame_queries import read, read_for_accounts
from icp_pipeline.report.page import PAGE, PURPOSES, About, Accounts, accounts_of, render
from icp_pipeline.settings.schema import Settings
from icp_pipeline.warehouse.build import Build
from icp_pipeline.warehouse.refusals import named_refusals

_Read = tuple[Earlier, str, Frames]


class Report:
    """The report of a run. Its accounts take longest of all, so a thread of their own can begin with them early.

    Parts that would be drawn as in the live version's report are taken from there.
    """

    def __init__(self, home: Home, build: Build, about: About) -> None:
        self._home, self._build, self._about = home, build, about
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="report")
        self._reading: Future[_Read] | None = None

    def begin(self) -> Future[_Read]:
        """Read and pack the accounts from now on, if that was not begun; `icp` must be built."""
        if self._reading is None:
            self._reading = self._worker.submit(self._read)
            self._packing = self._worker.submit(self._pack, self._reading)
        return self._reading

    def pages(self) -> Pages:
        """What writes the report beside an export's files; when this returns, nothing more is read."""
        reading = self.begin()
        with named_refusals(self._home.live.parent):
            frames = read(self._build.frame)
        known, *_ = reading.result()

        def made(files: Sequence[ManifestFile]) -> dict[str, tuple[str, bytes]]:
            pages = render(frames, self._about, files, known, self._packing.result())
            return {name: (PURPOSES[name], content) for name, content in pages.items()}

        return made

    def close(self) -> None:
        """Wait until nothing is read or packed any more."""
        self._worker.shutdown(cancel_futures=True)

    def _read(self) -> _Read:
        known = _page_of(self._home.latest)
        with named_refusals(self._home.live.parent), self._build.beside() as own:
            name = accounts_made_from(own.frame, partial(content_of_query, own))
            is_known = known.accounts_made_from == name
            return known, name, {} if is_known else read_for_accounts(own.frame, own.large_frame)

    def _pack(self, reading: Future[_Read]) -> Accounts:
        known, name, frames = reading.result()
        return accounts_of(frames, replace(self._about, accounts_made_from=name), known)


def about_run(run_id: str, as_of: datetime.date, settings: Settings) -> About:
    """What the report is told of a run."""
    return About(run_id, as_of, settings.owner, settings.crm_fields)


def _page_of(folder: Path) -> Earlier:
    """The report of an export folder, if there is one and it is as it was written."""
    try:
        files = read_manifest(folder).files
    except PublishError:
        return Earlier()
    page = next((intact(folder, file) for file in files if file.name == PAGE), None)
    return earlier(page.decode()) if page else Earlier()
