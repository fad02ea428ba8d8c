"""The report of a run, from the work file and the settings."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from icp_pipeline.activation.export import Pages
from icp_pipeline.activation.manifest import ManifestFile
from icp_pipeline.home import Home
from icp_pipeline.report.drawing_process import draw_apart
from icp_pipeline.report.figures import Frames
from icp_pipeline.report.frame_queries import read, read_for_accounts
from icp_pipeline.report.page import PURPOSES, About, Accounts, accounts_of, icps_of, render
from icp_pipeline.settings.schema import Settings
from icp_pipeline.warehouse.build import Build
from icp_pipeline.warehouse.refusals import named_refusals


class Report:
    """The report of a run. Its accounts take the longest, so they can be started early in their own thread."""

    def __init__(self, home: Home, build: Build, about: About) -> None:
        self._home, self._build, self._about = home, build, about
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="report")
        self._reading: Future[Frames] | None = None

    def begin(self) -> Future[Frames]:
        """Start reading and packing the accounts, if not started yet; `icp` must be built."""
        if self._reading is None:
            self._reading = self._worker.submit(self._read)
            self._packing = self._worker.submit(self._pack, self._reading)
        return self._reading

    def pages(self) -> Pages:
        """Returns the writer of the report in an export's folder; after that nothing more is read.

        Meanwhile the charts are drawn.
        """
        reading = self.begin()
        with named_refusals(self._home.live.parent):
            frames = read(self._build.frame)
        reading.result()
        shown, kept = icps_of(frames, self._about), self._home.state / "drawings.json"
        drawing = self._worker.submit(draw_apart, shown.charts, kept)

        def made(files: Sequence[ManifestFile]) -> dict[str, tuple[str, bytes]]:
            packed, _ = self._packing.result(), drawing.result()
            pages = render(frames, self._about, files, packed, kept, shown)
            return {name: (PURPOSES[name], content) for name, content in pages.items()}

        return made

    def close(self) -> None:
        """Wait until all reading, packing and drawing is done."""
        self._worker.shutdown(cancel_futures=True)

    def _read(self) -> Frames:
        with named_refusals(self._home.live.parent), self._build.beside() as own:
            return read_for_accounts(own.frame, own.large_frame)

    def _pack(self, reading: Future[Frames]) -> Accounts:
        return accounts_of(reading.result(), self._about)


def about_run(run_id: str, as_of: datetime.date, settings: Settings) -> About:
    """Facts about the run for the report."""
    return About(run_id, as_of, settings.owner, settings.crm_fields)
