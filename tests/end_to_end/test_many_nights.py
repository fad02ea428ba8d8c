"""Something else changes every night: rebuilding only what changed gives the same result as rebuilding everything.

Every night is run twice from the same home, once as usual and once from scratch, and everything published is compared:
every table, the audits' counts, the exported files.
"""

from __future__ import annotations

import datetime
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from pipeline_runs import exports, judged_by_counts, read_rows, write_rows

from icp_pipeline.errors import IcpError
from icp_pipeline.home import Home
from icp_pipeline.models.model import Model
from icp_pipeline.rebuild.decision import Decision
from icp_pipeline.rebuild.fingerprints import Fingerprints
from icp_pipeline.run.icp_versions import learn_version
from icp_pipeline.run.publishing import publish_run
from icp_pipeline.run.session import Request, Run, new_run_id
from icp_pipeline.run.stages import stages
from icp_pipeline.sample.write import write_sample

_FIRST_DAY = datetime.date(2026, 11, 21)
# Columns about the run itself, or how it was done.
_HOW = ("history.runs", "history.table_fingerprints", "history.table_rebuilds", "history.day_contents")
_CLOCKS = {"learned_at", "promoted_at", "decided_at", "changed_at", "started_at", "finished_at", "run_id"}


class Company:
    """A home whose exports change at random every night, the same for a seed."""

    def __init__(self, home: Path, seed: int) -> None:
        self.home, self._chance = home, random.Random(seed)
        self._day, self._setting = _FIRST_DAY, ""
        write_sample(home, accounts=250, events=1_500, seed=seed)
        self._write_settings()

    def change(self) -> list[str]:
        """Make one to three changes; return their names."""
        happenings: list[Callable[[], str]] = [
            *(self._rows_are_lost, self._rows_are_doubled, self._cells_are_lost, self._cells_move, self._cells_move),
            *(self._usage_comes, self._usage_comes, self._old_usage_comes, self._usage_goes),
            *(self._another_day, self._another_setting),
        ]
        return [self._chance.choice(happenings)() for _ in range(self._chance.randint(1, 3))]

    def _rows_are_lost(self) -> str:
        def lose(rows: list[list[str]], some: list[int]) -> list[list[str]]:
            return [row for number, row in enumerate(rows) if number not in some]

        return "lost in " + self._rewrite(lose)

    def _rows_are_doubled(self) -> str:
        return "doubled in " + self._rewrite(lambda rows, some: [*rows, *(rows[number] for number in some)])

    def _cells_are_lost(self) -> str:
        return "blank in " + self._rewrite(lambda rows, some: self._with_cells(rows, some, lambda _: ""))

    def _cells_move(self) -> str:
        def from_another(column: int, rows: list[list[str]]) -> str:
            return self._chance.choice(rows)[column]

        def move(rows: list[list[str]], some: list[int]) -> list[list[str]]:
            return self._with_cells(rows, some, lambda column: from_another(column, rows))

        return "other in " + self._rewrite(move)

    def _with_cells(self, rows: list[list[str]], some: list[int], cell: Callable[[int], str]) -> list[list[str]]:
        column = self._chance.randrange(1, len(rows[0]))
        changed = [list(row) for row in rows]
        for number in some:
            changed[number][column] = cell(column)
        return changed

    def _rewrite(self, change: Callable[[list[list[str]], list[int]], list[list[str]]]) -> str:
        path = self._chance.choice(sorted((self.home / "landing").rglob("*.csv")))
        header, rows = read_rows(path)
        even = [row for row in rows if len(row) == len(header)]
        if len(even) < 5:
            return "nothing"
        share = self._chance.choice([0.002, 0.01, 0.05])
        some = self._chance.sample(range(len(even)), max(1, int(share * len(even))))
        write_rows(path, header, change(even, some))
        return path.name

    def _usage_comes(self) -> str:
        return self._usage_of(self._day - datetime.timedelta(days=self._chance.choice([0, 1, 2, 5])))

    def _old_usage_comes(self) -> str:
        return self._usage_of(self._day - datetime.timedelta(days=self._chance.randint(50, 900)))

    def _usage_of(self, day: datetime.date) -> str:
        usage = self.home / "landing" / "usage"
        header, rows = read_rows(self._chance.choice(sorted(usage.glob("tracks_2*.csv"))))
        name = f"{self._chance.randrange(10**9)}"
        moved = []
        for number, row in enumerate(self._chance.sample(rows, min(len(rows), self._chance.randint(5, 60)))):
            when = {at: f"{day}T10:00:00.000Z" for at, title in enumerate(header) if title.endswith(("_at", "stamp"))}
            cells = [when.get(at, cell) for at, cell in enumerate(row)]
            cells[header.index("id")] = f"{name}-{number}"
            moved.append(cells)
        write_rows(usage / f"tracks_late_{name}.csv", header, moved)
        return f"usage of {day}"

    def _usage_goes(self) -> str:
        late = sorted((self.home / "landing" / "usage").glob("tracks_late_*.csv"))
        if late:
            self._chance.choice(late).unlink()
        return "usage goes" if late else "nothing"

    def _another_day(self) -> str:
        self._day += datetime.timedelta(days=self._chance.choice([1, 1, 1, 3, 8]))
        self._write_settings()
        return f"{self._day}"

    def _another_setting(self) -> str:
        self._setting = self._chance.choice(["", "bands: {a: 2.1}\n", "bands: {b: 1.3}\n"])
        self._write_settings()
        return self._setting or "no setting"

    def _write_settings(self) -> None:
        (self.home / "icp.yaml").write_text(f"as_of: {self._day}\n{self._setting}", encoding="utf-8")


@pytest.fixture(autouse=True)
def without_great_expectations(monkeypatch: pytest.MonkeyPatch) -> None:
    """The audits' counts are compared, so nothing needs to evaluate them."""
    judged_by_counts(monkeypatch)


def run(home: Path, run_id: str) -> str | None:
    """Do a whole run; return None, or why it was refused."""
    try:
        with Run(Home(home), run_id, Request(accept="whatever comes")) as going:
            going.open()
            for stage in stages(going.graph):
                if stage.is_learning:
                    learn_version(going)
                going.build_models(stage.models, stage.prefetch)
                if stage.name == "icp":
                    going.report.begin()
                going.audit(stage.models)
            publish_run(going)
    except IcpError as error:
        return str(error).replace(str(home), "HOME")
    return None


def rebuild_everything(self: Fingerprints, model: Model, takes_partitions: bool = True) -> Decision:
    """The decisions for an empty home: rebuild everything."""
    self._note(model, self._record_of(model))
    self.decisions[model.name] = Decision.whole("first build")
    return self.decisions[model.name]


def published(home: Path) -> dict[str, object]:
    """Every table as sorted text, without times, and the exported files."""
    found: dict[str, object] = dict(exports(home))
    with duckdb.connect(str((home / "warehouse" / "icp.duckdb").resolve()), read_only=True) as reader:
        listed = "select table_schema || '.' || table_name from information_schema.tables order by all"
        for (table,) in reader.execute(listed).fetchall():
            if table not in _HOW:
                frame = reader.execute(f"select * from {table}").df()
                text = frame[[name for name in frame if name not in _CLOCKS]].to_csv(index=False)
                found[table] = sorted(text.splitlines())
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "nights"), [(1, 7), (2, 4)])
def test_every_night_publishes_what_building_everything_would(
    seed: int, nights: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = Company(tmp_path / "home", seed)
    assert run(company.home, new_run_id(datetime.datetime.now(datetime.UTC), f"first{seed}")) is None
    for night in range(nights):
        what = company.change()
        other = tmp_path / f"other_{night}"
        shutil.copytree(company.home, other, symlinks=True)
        run_id = new_run_id(datetime.datetime.now(datetime.UTC), f"n{night:04d}{seed}")
        refused = run(company.home, run_id)
        with monkeypatch.context() as patch:
            patch.setattr(Fingerprints, "decide", rebuild_everything)
            assert run(other, run_id) == refused, what
        assert refused is None, what
        left, right = published(company.home), published(other)
        assert [name for name in {*left, *right} if left.get(name) != right.get(name)] == [], what
        shutil.rmtree(other)
