"""Draws a report's charts in a process of its own, while the export is written.

The engine holds Python from the start of a drawing to its end, a second for the charts of a first report. What passes
between the two is the file of kept drawings: what this process could not draw, the report draws itself.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import astuple
from pathlib import Path

from icp_pipeline.report.drawing import Chart, Drawings, are_kept

# Seconds: after that the engine hangs, and whoever asks is told so by the report.
_LONGEST = 60


def draw_apart(charts: Iterable[Chart | None], kept: Path) -> None:
    """Draw charts that are not all kept, in another process, which keeps them; returns when it has ended."""
    shown = [chart for chart in charts if chart]
    if are_kept(shown, kept):
        return
    # -P: what lies in the current folder must not be taken for a library.
    command = [sys.executable, "-P", "-m", __name__, str(kept.resolve())]
    said = json.dumps([astuple(chart) for chart in shown]).encode()
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        subprocess.run(
            command, input=said, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=_LONGEST, check=False
        )


def main() -> None:
    """Draw the charts on stdin into the file that is named."""
    Drawings([Chart(*parts) for parts in json.load(sys.stdin)], Path(sys.argv[1])).keep()


if __name__ == "__main__":
    main()
