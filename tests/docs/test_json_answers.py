"""docs/json.md lists exactly the keys that the commands print, on real runs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from orchestration.published_homes import State, cut_short, icp, newest_icp_version, run_ids, with_a_twin

from icp_pipeline.home import PROJECT, Home

pytestmark = pytest.mark.slow

DOCUMENT = (PROJECT / "docs" / "json.md").read_text(encoding="utf-8")


def documented(heading: str) -> set[str]:
    """Every key of a section, as paths: `matches[].tier`."""
    section = re.split(r"^## ", DOCUMENT.split(f"## {heading}\n")[1], flags=re.MULTILINE)[0]
    found: set[str] = set()
    for cell in re.findall(r"^\| (`.*?) \|", section, flags=re.MULTILINE):
        words = re.findall(r"`([^`]+)`", cell)
        parents = [word for word in words if not word.startswith(".")]
        children = [word for word in words if word.startswith(".")]
        found.update(parent + child for parent in parents for child in children or [""])
    return found


def keys(value: Any, path: str = "") -> Iterator[str]:
    """Every path of an answer that ends in a value or null; an empty list does not show its contents."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from keys(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner, f"{path}[]")
    else:
        yield path


def answer(home: Home, *arguments: str) -> dict[str, Any]:
    """What a command prints with --json: one object and nothing else."""
    said = icp(*arguments, "--json", "--home", home.root)
    assert said.code == 0, said.err
    return dict(json.loads(said.out))


def of_all_kinds(home: Home) -> Iterator[dict[str, Any]]:
    """Scorecards that together fill every key: each tier, with and without triggers, customers, two with one name."""
    moved = answer(home, "diff")["accounts"]
    picked = {(row["to_tier"], row["is_customer"], "trigger" in row["reasons"]): row["account_id"] for row in moved}
    for account_id in picked.values():
        yield answer(home, "explain", account_id)


def of_a_criterion_with_a_twin(home: Home) -> dict[str, Any]:
    """The scorecard of an account that meets a criterion which also stands for another trait."""
    return answer(home, "explain", with_a_twin(home))


@pytest.mark.parametrize(
    "heading", ("icp content", "icp explain", "icp diff", "icp versions", "icp run, icp refit, icp promote")
)
def test_the_keys_printed_are_the_keys_documented(
    heading: str, first_run: State, promoted: State, copied: Callable[[State], Home]
) -> None:
    if heading == "icp content":
        home = copied(first_run)
        domain = answer(home, "explain", answer(home, "diff")["accounts"][0]["account_id"])["matches"][0]["domain"]
        answers = [answer(home, "content", "--preview", domain)]
        (home.root / "content.yaml").unlink()
        answers.append(answer(home, "content", "--suggest"))
    elif heading == "icp explain":
        answers = [*of_all_kinds(first_run.home), of_a_criterion_with_a_twin(copied(first_run))]
    elif heading == "icp diff":
        runs, version = run_ids(promoted.home), newest_icp_version(promoted.home)
        first = version.rsplit(".", 1)[0] + ".1"
        answers = [
            answer(promoted.home, "diff"),
            answer(promoted.home, "diff", "--from", runs[0]),
            answer(promoted.home, "diff", "--from", first, "--to", version),
        ]
    elif heading == "icp versions":
        answers = [answer(promoted.home, "versions")]
    else:
        from icp_pipeline.terminal.run_summary import read_summary

        answers = [read_summary(promoted.home, 1.0)]
    told = documented(heading)
    # If an object is absent, null takes its place: `outcome` of a prospect, `from` of a first run.
    printed = {path for item in answers for path in keys(item) if not _is_parent(path, told)}
    assert printed - told == set(), "printed, but not in docs/json.md"
    assert told - printed - {"scorecard"} == set(), "in docs/json.md, but never printed"


def _is_parent(path: str, told: set[str]) -> bool:
    return path not in told and any(other.startswith((f"{path}.", f"{path}[]")) for other in told)


def test_run_prints_json_on_stdout_and_progress_on_stderr(first_run: State, copied: Any) -> None:
    home = copied(first_run)
    said = icp("run", "--json", "--home", home.root)
    assert said.code == 0, said.err
    summary = json.loads(said.out)
    assert set(keys(summary)) <= documented("icp run, icp refit, icp promote")
    assert summary["run"]["run_id"] == run_ids(home)[-1] and summary["run"]["seconds"] > 0
    assert "landing: reading files" in said.err and "publishing" in said.err


def test_a_dry_run_answers_with_what_would_change(first_run: State, sample_home: Path, copied: Any) -> None:
    home = copied(first_run)
    cut_short(home.landing / "engagement" / "touches.csv", 0.3)
    held, first = answer(home, "run", "--dry-run"), answer(Home(sample_home), "run", "--dry-run")
    assert {*keys(held), *keys(first)} - {"moves", "crm", "held_because"} == documented("icp run --dry-run")
    assert held["dry_run"] and held["home"] == str(home.root) and held["as_of"] == "2026-11-21"
    assert held["held_because"][0].startswith("engagement engagement: ") and first["held_because"] == []
    assert {move["from_tier"] for move in first["moves"]} == {None}
    assert {item["target"] for item in first["crm"]} == {"salesforce", "hubspot"}
    assert run_ids(home) == run_ids(first_run.home) and run_ids(Home(sample_home)) == []


def test_a_refit_answers_with_what_it_learned(refitted: State) -> None:
    from icp_pipeline.terminal.refit import read_refit

    learned = json.loads(json.dumps({"learned": read_refit(refitted.home)}, default=str))
    assert set(keys(learned)) == documented("icp refit: what was learned")
    version = learned["learned"][0]
    assert version["icp_version"] == newest_icp_version(refitted.home) and version["status"] == "proposed"
    assert sum(row["accounts"] for row in version["moves"]) > 0
    assert {"icp", "base_rate", "logistic_regression"} <= {row["model"] for row in version["models"]}


def test_an_error_leaves_stdout_empty(first_run: State) -> None:
    said = icp("explain", "nobody-of-this-name.example", "--json", "--home", first_run.home.root)
    assert said.code == 1 and said.out == "" and said.err.startswith("error: ")


def test_what_each_part_of_a_home_takes_is_listed_when_asked_for(first_run: State) -> None:
    told = answer(first_run.home, "versions", "--disk")
    assert {key for key in keys(told) if key.startswith("disk")} == documented("icp versions: disk")
    assert {**told, "disk": None} == {**answer(first_run.home, "versions"), "disk": None}
    sizes = {row["part"]: row["bytes"] for row in told["disk"]}
    # The live version has two names and uses its disk space once.
    versions = sum(item["size_bytes"] for item in told["published"])
    assert versions <= sizes["warehouse"] < 1.2 * versions + 1_000_000
    assert sizes["state/dagster"] > 1_000_000 and sizes["landing"] > 0
    assert "On disk" in icp("versions", "--disk", "--home", first_run.home.root).out
