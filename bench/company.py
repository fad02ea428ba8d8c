"""The made-up company that all rivals read: written once, kept between benchmarks, and extended by one day."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from dataclasses import dataclass
from pathlib import Path

from icp_pipeline.home import PROJECT, Home
from icp_pipeline.sample.market import AS_OF
from icp_pipeline.sample.write import write_sample

_SEED = 7
_NEW_DAY = "tracks_new_day.csv"
# A daily export overlaps with the one before: this share of the new file's rows was in it.
_OVERLAP = 0.10


def forget_runs(home: Path) -> None:
    """Delete what runs made of a home's landing files and settings, as before the first run."""
    for made in ("lake", "warehouse", "exports", "state"):
        shutil.rmtree(home / made, ignore_errors=True)


@dataclass(frozen=True)
class Company:
    """A home folder with a landing folder of a given size."""

    root: Path
    accounts: int
    events: int

    @property
    def home(self) -> Home:
        """The folders of the home."""
        return Home(self.root)

    @property
    def landing_mb(self) -> float:
        """Size of the landing folder."""
        return sum(path.stat().st_size for path in self.home.landing.rglob("*") if path.is_file()) / 1e6

    def write_once(self) -> bool:
        """Write the landing folder, unless this exact company is already there; True if it was written."""
        marker, made = self.root / "made.json", json.dumps(self._recipe(), indent=2)
        if marker.is_file() and marker.read_text(encoding="utf-8") == made:
            return False
        shutil.rmtree(self.root, ignore_errors=True)
        write_sample(self.root, accounts=self.accounts, events=self.events, seed=_SEED)
        shutil.copy(PROJECT / "data" / "icp.yaml", self.root / "icp.yaml")
        marker.write_text(made, encoding="utf-8")
        return True

    def forget_runs(self) -> None:
        """Delete everything but landing files and settings, as before the first run."""
        forget_runs(self.root)
        self.remove_day()

    def remove_day(self) -> None:
        """Remove the new day again."""
        (self.home.landing / "usage" / _NEW_DAY).unlink(missing_ok=True)

    def add_day(self) -> int:
        """Land one more usage file: an average day's events under new ids, and some rows that were landed before."""
        usage = self.home.landing / "usage"
        last = max(path for path in usage.glob("tracks_*.csv") if path.name != _NEW_DAY)
        with last.open(encoding="utf-8") as file:
            header, *rows = file.readlines()
        size = max(1, self.events // 365)
        picked = random.Random(_SEED).choices(rows[:-100] or rows, k=size)
        again = rows[-int(size * _OVERLAP) - 100 : -100]
        lines = [header, *again, *(_on_last_day(row, number) for number, row in enumerate(picked))]
        (usage / _NEW_DAY).write_text("".join(lines), encoding="utf-8")
        return len(lines) - 1

    def _recipe(self) -> dict[str, object]:
        """Everything that determines the company's files."""
        code = hashlib.sha256()
        for path in sorted((PROJECT / "icp_pipeline" / "sample").glob("*.py")):
            code.update(path.read_bytes())
        settings = hashlib.sha256((PROJECT / "data" / "icp.yaml").read_bytes())
        return {
            "accounts": self.accounts,
            "events": self.events,
            "seed": _SEED,
            "writer": code.hexdigest()[:16],
            "settings": settings.hexdigest()[:16],
        }


def _on_last_day(row: str, number: int) -> str:
    """The same person doing the same thing on the company's last day, as a new event."""
    cells = row.split(",")
    moment = f"{AS_OF.isoformat()}T{number // 3600 % 12 + 6:02d}:{number // 60 % 60:02d}:{number % 60:02d}.000Z"
    return ",".join([f"ajs-new-{number}", moment, moment, *cells[3:]])
