"""`icp score` agrees with the warehouse on known accounts, and leaves no trace of an address."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from icp_pipeline.errors import SourceError
from icp_pipeline.home import find_home
from icp_pipeline.run.score_file import score_file

_PUBLISHED = """
select domains.domain, tiers.account_id, tiers.tier, tiers.grade, scores.fit_score, scores.fit_probability,
    scores.known_share, tiers.reasons
from core.account_domains as domains
inner join icp.account_tiers as tiers using (account_id)
inner join icp.account_scores as scores using (account_id, icp_id)
where domains.domain_rank = 1 and tiers.icp_id = 'primary'
order by domains.domain
"""


def scored(home: Path, tmp_path: Path, text: str) -> list[dict[str, Any]]:
    file = tmp_path / "list.csv"
    file.write_text(text, encoding="utf-8")
    rows: list[dict[str, Any]] = score_file(find_home(home), file, "primary").answer()["rows"]
    return rows


def published(home: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home / "warehouse" / "icp.duckdb"), read_only=True) as connection:
        return connection.execute(_PUBLISHED).fetchall()


def test_every_known_account_has_what_the_warehouse_says_whatever_was_typed(shipped: Path, tmp_path: Path) -> None:
    accounts = published(shipped)
    typed = "".join(f"{row[0]},200,Computer Software\n" for row in accounts)
    rows = scored(shipped, tmp_path, "website,employees,industry\n" + typed)
    names = ("domain", "account_id", "tier", "grade", "fit_score", "fit_probability", "known_share", "reasons")
    assert [tuple(row[name] for name in names) for row in rows] == accounts
    assert {row["basis"] for row in rows} == {"account"} and [row["line"] for row in rows][:2] == [2, 3]


def test_what_a_visitor_types_never_reaches_tier_1_and_free_mail_is_unscored(shipped: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(shipped / "warehouse" / "icp.duckdb"), read_only=True) as connection:
        industries = [row[0] for row in connection.execute("select distinct industry from core.accounts").fetchall()]
    cells = [f"{host},{size},{industry}" for host in ("new{n}.example", "gmail.com") for size in (5, 200, 9000)
             for industry in industries if industry]  # fmt: skip
    text = "".join(f"zz@{cell.format(n=number)}\n" for number, cell in enumerate(cells))
    rows = scored(shipped, tmp_path, "email,employees,industry\n" + text)
    assert {row["tier"] for row in rows if row["domain"]} - {"unscored"} and len(rows) == len(cells)
    assert "tier_1" not in {row["tier"] for row in rows}
    assert {row["tier"] for row in rows if not row["domain"]} == {"unscored"}


def test_a_trait_of_ones_own_counts_by_its_name_and_as_the_crm_calls_it(shipped: Path, tmp_path: Path) -> None:
    """Has_RevOps__c is a planted trait of the sample; for a known account the warehouse's value counts."""
    known = published(shipped)[0][0]
    by_name, as_exported = (
        scored(
            shipped,
            tmp_path,
            f"website,employees,{column}\nnew1.example,200,Yes\nnew2.example,200,No\n{known},200,No\n",
        )
        for column in ("has_revops", "Has_RevOps__c")
    )
    chances = [row["fit_probability"] for row in by_name]
    assert chances[0] > 1.2 * chances[1]
    assert [row["fit_probability"] for row in as_exported] == chances
    assert ["has_revops" in (row["unknown"] or "") for row in by_name[:2]] == [False, False]
    [unsaid, _] = scored(shipped, tmp_path, f"website,employees\nnew1.example,200\n{known},200\n")
    assert chances[1] < unsaid["fit_probability"] < chances[0] and "has_revops" in unsaid["unknown"]


def test_a_cell_that_is_no_value_of_the_trait_is_counted(shipped: Path, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("website,has_revops\nnew1.example,perhaps\n")
    assert score_file(find_home(shipped), file, "primary").rejected_cells == 1


def test_no_address_is_in_the_answer(shipped: Path, tmp_path: Path) -> None:
    text = "Name,Email,Title,Phone\nZzprivate,zzprivate@new.example,VP Sales,zzprivate\n"
    (tmp_path / "list.csv").write_text(text)
    command = [sys.executable, "-c", "from icp_pipeline.cli import main; main()", "score", str(tmp_path / "list.csv")]
    command += ["--home", str(shipped), "--json", "--out", str(tmp_path / "out.csv")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    row = json.loads(done.stdout)["rows"][0]
    assert (row["domain"], row["role"], row["seniority"]) == ("new.example", "sales", "vp")
    assert "zzprivate" not in (done.stdout + done.stderr + (tmp_path / "out.csv").read_text()).lower()


def test_a_typed_formula_does_not_run_in_a_spreadsheet(shipped: Path, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text('website,industry\nnew.example,"=cmd|x"\n')
    scores = score_file(find_home(shipped), tmp_path / "list.csv", "primary")
    scores.write(tmp_path / "out.csv")
    assert '"=' not in (tmp_path / "out.csv").read_text()


@pytest.mark.parametrize("text", ["", "first,last\nA,B\n"])
def test_a_file_that_says_nothing_of_companies_is_refused(shipped: Path, tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceError, match="some of the columns domain, website, email"):
        scored(shipped, tmp_path, text)
