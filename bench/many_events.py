"""A home with few accounts and any number of usage events, in files of the same size, as a daily export leaves them."""

from __future__ import annotations

import datetime
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb

from icp_pipeline.home import PROJECT, Home
from icp_pipeline.sample.market import AS_OF
from icp_pipeline.sample.write import write_sample

_DAYS_A_FILE = 6
USERS = 200_000
# Exports overlap: this share of each file's events is in the next one, too.
_OVERLAP = 0.015
# Events are numbered from the first of so many files.
_MOST_FILES = 1_000
_DAY_MICROSECONDS = 86_400_000_000

_FILE = """
copy (
    select
        'ajs-' || number as id,
        strftime(make_timestamp({start} + number * {step}), '%Y-%m-%dT%H:%M:%S.%gZ') as timestamp,
        'signed_in' as event,
        'u_' || (hash(number) % {users}) as user_id,
        known[cast(hash(number) % {users} % len(known) as bigint) + 1] as context_group_id
    from range({first}, {after}) as numbers(number), (select list(group_id order by group_id) as known from groups)
) to '{path}' (header true)
"""


@dataclass(frozen=True)
class ManyEvents:
    """Files of usage events, each written once, and a home that the last ones of them are landed in."""

    root: Path
    accounts: int = 1_000
    events_a_file: int = 5_000_000

    @property
    def home(self) -> Home:
        """The folders of the home."""
        return Home(self.root / "home")

    def land(self, events: int) -> float:
        """Make the home as before its first run, with so many events landed; returns the MB of its landing folder.

        Only the lake stays as it is: of the files that were landed before, none has to be parsed again.
        """
        for folder in (self.home.landing, self.home.root / "warehouse", self.home.exports, self.home.state):
            shutil.rmtree(folder, ignore_errors=True)
        write_sample(self.home.root, accounts=self.accounts, events=0)
        shutil.copy(PROJECT / "data" / "icp.yaml", self.home.root / "icp.yaml")
        usage = self.home.landing / "usage"
        for path in usage.glob("tracks_*.csv"):
            path.unlink()
        for back in range(-(-events // self.events_a_file), 0, -1):
            file = self._file(back, usage / "groups.csv")
            (usage / file.name).hardlink_to(file)
        return sum(path.stat().st_size for path in self.home.landing.rglob("*") if path.is_file()) / 1e6

    def forget(self) -> None:
        """Delete the home with its lake; the files of events stay."""
        shutil.rmtree(self.home.root, ignore_errors=True)

    def _file(self, back: int, groups: Path) -> Path:
        """The last file but so many; its content does not depend on how many are landed."""
        first = (_MOST_FILES - back) * self.events_a_file
        path = self.root / f"tracks_{first:014}.csv"
        if path.is_file():
            return path
        unfinished = path.with_suffix(".tmp")
        step = _DAYS_A_FILE * _DAY_MICROSECONDS // self.events_a_file
        query = _FILE.format(
            start=_microseconds(AS_OF) - _MOST_FILES * _DAYS_A_FILE * _DAY_MICROSECONDS,
            step=step,
            users=USERS,
            first=first - int(self.events_a_file * _OVERLAP),
            after=first + self.events_a_file,
            path=unfinished,
        )
        with duckdb.connect() as connection:
            connection.execute(f"create table groups as select distinct group_id from read_csv('{groups}')")
            connection.execute(query)
        unfinished.rename(path)
        return path


def _microseconds(day: datetime.date) -> int:
    """Since 1970."""
    return (day - datetime.date(1970, 1, 1)).days * _DAY_MICROSECONDS
