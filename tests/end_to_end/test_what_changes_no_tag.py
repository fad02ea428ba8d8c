"""What people say, customers' words and the website come after the tag: none of them changes it."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from pipeline_runs import ROOT, exports, query, run_pipeline, table_text

from icp_pipeline.sample.write import write_sample

pytestmark = pytest.mark.slow
# Everything that the ICP decides about accounts and leads.
DECIDED = (
    "icp.criteria",
    "icp.account_scores",
    "icp.account_tiers",
    "icp.score_evidence",
    "icp.tier_transitions",
    "activation.audience_members",
    "activation.exclusions",
    "activation.lead_routes",
    "exports.lead_tags",
    "exports.changes",
)
# Files with people's words, and such columns in a file of accounts.
OF_WORDS = {"messaging.md", "editorial.csv"}
OF_OVERRIDES = ("override_tier", "override_reason", "override_until")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same company without any of this, and with all of it: interviews, texts, content and visits."""
    folder = tmp_path_factory.mktemp("told")
    with_all, quiet = folder / "with_all", folder / "quiet"
    write_sample(with_all, accounts=300, events=3_000)
    for name in ("icp.yaml", "content.yaml"):
        shutil.copy(ROOT / "data" / name, with_all)
    shutil.copytree(with_all, quiet)
    for name in ("voice", "web"):
        shutil.rmtree(quiet / "landing" / name)
    (quiet / "content.yaml").unlink()
    settings = (quiet / "icp.yaml").read_text(encoding="utf-8")
    assert settings.count("\nlanguage:\n  enabled: true\n") == 1
    switched_off = settings.replace("\nlanguage:\n  enabled: true\n", "\nlanguage:\n  enabled: false\n")
    (quiet / "icp.yaml").write_text(switched_off, encoding="utf-8")
    for home in (with_all, quiet):
        run_pipeline(home)
    return quiet, with_all


def test_decisions_are_the_same_to_the_last_digit(told: tuple[Path, Path]) -> None:
    quiet, with_all = told
    assert len(query(with_all, "select * from voice.hypotheses")) > 5, "nobody said anything"
    assert len(query(with_all, "select * from icp.overrides where is_active")) > 0
    for table in DECIDED:
        own = ("override_tier",) if table == "exports.changes" else ()
        assert table_text(quiet, table, own) == table_text(with_all, table, own), table


def test_files_are_the_same_to_the_byte_but_for_the_overrides_own_columns(told: tuple[Path, Path]) -> None:
    quiet, with_all = (exports(home) for home in told)
    same = {name for name in quiet if name not in OF_WORDS and not name.startswith("personalization/")}
    assert {"salesforce_account_update.csv", "hubspot_company_update.csv", "changes.csv", "icp.md"} <= same
    for name in same - {"accounts_review.csv"}:
        assert quiet[name] == with_all[name], name
    (header, *plain), (_, *overridden) = (_rows(files["accounts_review.csv"]) for files in (quiet, with_all))
    places = [header.index(name) for name in OF_OVERRIDES]
    assert any(row[places[0]] for row in overridden) and not any(row[places[0]] for row in plain)
    assert [_without(row, places) for row in plain] == [_without(row, places) for row in overridden]


def _rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(content.decode("utf-8-sig").splitlines()))


def _without(row: list[str], places: list[int]) -> list[str]:
    return [cell for place, cell in enumerate(row) if place not in places]
