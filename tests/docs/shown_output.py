"""The output shown in README; `python tests/docs/shown_output.py HOME` updates it from a home.

Each block between `<!-- shown: name -->` and `<!-- /shown -->` is what a command really printed.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from icp_pipeline.home import PROJECT, Home
from icp_pipeline.terminal.find import find_accounts
from icp_pipeline.terminal.live import DEFAULT_ICP, live
from icp_pipeline.terminal.run_summary import read_summary
from icp_pipeline.terminal.run_summary_view import show_summary
from icp_pipeline.terminal.scorecard import read_scorecard
from icp_pipeline.terminal.scorecard_view import show_scorecard

README = PROJECT / "README.md"
ACCOUNT = "atlasspring.example"
BLOCK = re.compile(r"(<!-- shown: (\w+) -->\n```\n)(.*?)(```\n<!-- /shown -->)", flags=re.DOTALL)


def run(home: Home) -> str:
    """The end of `icp run`, without the list of files."""
    text = _printed(lambda out: show_summary(read_summary(home, None), out))
    return text[text.rindex("\n", 0, text.index(" accounts, ")) + 1 :]


def result(home: Home) -> str:
    """The part about what was learned, and how many accounts each tier has."""
    text = run(home)
    return text[text.index("ICP ") : text.index("\n\nWarnings")]


def explain(home: Home) -> str:
    """`icp explain` of one account."""
    with live(home) as connection:
        found = find_accounts(connection, ACCOUNT, DEFAULT_ICP)
        card = read_scorecard(connection, found[0]["account_id"], DEFAULT_ICP)
    return _printed(lambda out: show_scorecard(card, out)).lstrip("\n")


SHOWN: dict[str, Callable[[Home], str]] = {"result": result, "run": run, "explain": explain}


def shown(home: Home, name: str) -> str:
    """What a block should show, with the home named `data`, as after a new user's first run."""
    text = SHOWN[name](home).replace(str(home.root), "data")
    return "\n".join(line.rstrip() for line in text.rstrip().splitlines()) + "\n"


def blocks() -> dict[str, str]:
    """The blocks in README now, by name."""
    return {name: text for _, name, text, _ in BLOCK.findall(README.read_text(encoding="utf-8"))}


def _printed(draw: Callable[[Console], None]) -> str:
    text = io.StringIO()
    draw(Console(file=text, width=120, highlight=False, color_system=None))
    return text.getvalue()


if __name__ == "__main__":
    chosen = Home(Path(sys.argv[1]).resolve())
    text = README.read_text(encoding="utf-8")
    README.write_text(BLOCK.sub(lambda found: found[1] + shown(chosen, found[2]) + found[4], text), encoding="utf-8")
