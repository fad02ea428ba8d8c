"""The benchmark figures in README, from the last `make bench`: `python -m bench.readme` updates them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from icp_pipeline.home import PROJECT

RESULTS = Path(__file__).with_name("results.json")
README = PROJECT / "README.md"
BLOCK = re.compile(r"(<!-- measured -->\n)(.*?)(<!-- /measured -->)", flags=re.DOTALL)


def write_speed(results: Path = RESULTS, readme: Path = README) -> None:
    """Update the block between `<!-- measured -->` and `<!-- /measured -->` from the results."""
    content = json.loads(results.read_text(encoding="utf-8"))
    text = readme.read_text(encoding="utf-8")
    readme.write_text(BLOCK.sub(lambda found: found[1] + speed(content) + found[3], text), encoding="utf-8")


def shown_speed(readme: Path = README) -> str:
    """The block that is in README now."""
    return BLOCK.findall(readme.read_text(encoding="utf-8"))[0][1]


def speed(content: dict[str, Any]) -> str:
    """The paragraph and the table, from a complete `results.json`."""
    machine = content["machine"]
    bare = content["bare"]["seconds"]
    first = _without_start(content, "first", "fixed")
    shares = sorted(content["new_day_shares"])
    rows = [
        ("fixed start (Python, Dagster, Great Expectations; a tiny company)", *_of_run(content["fixed"])),
        ("fixed start, second run", *_of_run(content["fixed_again"])),
        ("first run, in total", *_of_run(content["first"])),
        ("second run, nothing changed: no file parsed, no unchanged table rebuilt", *_of_run(content["unchanged"])),
        ("a run with one new day of events", *_of_run(content["new_day"])),
        *(_of_rival(rival) for rival in content["rivals"] if not rival["missing"] and rival["is_checking"]),
    ]
    lines = [
        f"`make bench`, {content['accounts']:,} accounts and {content['events'] // 10**6} million usage events "
        f"({content['landing_mb'] / 1000:.1f} GB of files), {machine['cores']} cores, {machine['memory_gb']:.0f} GB of "
        f"memory; median, lowest and highest of {content['rounds']} rounds:",
        "",
        "| what | seconds | lowest to highest | peak memory |",
        "| --- | --- | --- | --- |",
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
        f"Without the fixed start, the first run takes {first:.1f} s, {first / bare:.2f} times bare DuckDB, and a new "
        f"day of events takes {shares[len(shares) // 2]:.0%} of a first run ({shares[0]:.0%} to {shares[-1]:.0%}).",
    ]
    return "\n".join(lines) + "\n"


def _without_start(content: dict[str, Any], run: str, start: str) -> float:
    return float(content[run]["measured"]["seconds"] - content[start]["measured"]["seconds"])


def _of_run(run: dict[str, Any]) -> tuple[str, str, str]:
    spread = " to ".join(f"{seconds:.1f}" for seconds in run["spread"] or ())
    return f"{run['measured']['seconds']:.1f}", spread, _gigabytes(run["measured"]["peak_mb"])


def _of_rival(rival: dict[str, Any]) -> tuple[str, str, str, str]:
    what = "bare DuckDB: the same files, SELECTs, audits and exports, without cell validation"
    if rival["is_peer"]:
        borrowed = f"including {rival['borrowed_seconds']:.1f} s for landing and exports in bare DuckDB"
        what = f"{rival['name']}, the same models ({borrowed})"
    return what, f"{rival['seconds']:.1f}", "", _gigabytes(rival["peak_mb"])


def _gigabytes(megabytes: float) -> str:
    return f"{megabytes / 1000:.1f} GB"


if __name__ == "__main__":
    write_speed()
