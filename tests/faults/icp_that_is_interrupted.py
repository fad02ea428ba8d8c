"""`icp ARGUMENTS` several times in one process, which sends itself a signal just before printing a certain line.

`python icp_that_is_interrupted.py SIGNAL LINE [SIGNAL LINE ...] -- ARGUMENTS`: for each line it prints a JSON list: the
line, whether it was reached, the exit code, and standard error. One process for each would start everything again.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sys
from typing import Any

from rich.console import Console

from icp_pipeline import cli


class Signalling(Console):
    """A console that signals its own process once, just before it prints a line with this text."""

    line = ""
    reached = False
    number = 0

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as usual, and send the signal."""
        if not self.reached and any(self.line in str(item) for item in objects):
            Signalling.reached = True
            os.kill(os.getpid(), self.number)
        super().print(*objects, **options)


def main() -> None:
    """Interrupt once at each line."""
    asked = sys.argv[1 : sys.argv.index("--")]
    sys.argv = ["icp", *sys.argv[sys.argv.index("--") + 1 :]]
    for name, line in zip(asked[::2], asked[1::2], strict=True):
        Signalling.number, Signalling.line, Signalling.reached = int(signal.Signals[name]), line, False
        said = io.StringIO()
        cli.out = Signalling(highlight=False, width=200, file=io.StringIO())
        with contextlib.redirect_stderr(said):
            code = cli.run_command()
        print(json.dumps([line, Signalling.reached, code, said.getvalue()]), flush=True)


if __name__ == "__main__":
    main()
