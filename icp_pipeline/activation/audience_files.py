"""Lists of accounts for ad and sales tools: each audience, and who is in none, has a folder with a file for each tool.

A file holds what its tool takes as it is, in the parts that the tool takes; whom it cannot take is left out, and
`audiences/README.md` and `audiences/left_out_review.csv` say who and why.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import accumulate, chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from icp_pipeline.activation.csv_files import (
    BOM,
    MAX_BYTES,
    MAX_ROWS,
    Cells,
    WrittenFile,
    part_names,
    write_parts,
    write_rows,
)
from icp_pipeline.activation.row_batches import BATCH, Query, Rows
from icp_pipeline.activation.safe_cells import each, plain_text, review_text, starts_formula, text
from icp_pipeline.activation.target import ExportRun, Target
from icp_pipeline.plain_text import mended
from icp_pipeline.settings.audiences import EXCLUSIONS
from icp_pipeline.settings.crm_fields import CrmFields
from icp_pipeline.tiers import TIERS, tier_rank

FOLDER = "audiences"
LISTS, AUDIENCES = "exports.audience_lists", "exports.audiences"
# How a path is said where it stands for those of every audience.
ANY = "<audience>"
_NUMBER = "<n>"
LONGEST_NAME = 255
_DOMAIN = re.compile(r"[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+")

# Why an account is in no file, or not in one; which of them apply is up to what a file cannot do without.
_MISSING = {"name": "no name", "domain": "no domain"}
FORMULA = "a name that a spreadsheet would run as a formula"
LONG_NAME = f"a name of more than {LONGEST_NAME} characters"
BAD_DOMAIN = "an invalid domain"
SHARED_DOMAIN = "a domain shared with another account"
_SHOWN = ("audience", "account_id", "name", "domain", "reason")


# Accounts in a total order, those of an audience together; `is_repeated`: an account above has the domain.
_IN_TIERS = ("tier_rank", "domain", "account_id")
_RANKED = f"""
    select lists.*, audiences.audience_order, {tier_rank("lists.tier")} as tier_rank
    from {LISTS} as lists inner join {AUDIENCES} as audiences on lists.audience = audiences.audience
"""
_ACCOUNTS = Query(
    f"""
    select *, row_number() over (
        partition by audience, domain order by {", ".join(f"{column} nulls last" for column in _IN_TIERS)}
    ) > 1 as is_repeated
    from ({_RANKED})
    """,
    ("audience_order", "audience", *_IN_TIERS),
)
_AUDIENCES = Query(
    f"""
    select audience, audience_order, kept_out,
        (select count(*) from {LISTS} as lists where lists.audience = audiences.audience) as listed
    from {AUDIENCES} as audiences
    """,
    ("audience_order", "audience"),
)


@dataclass(frozen=True)
class Chosen:
    """The rows of an audience that a file takes, and by reason the accounts that it does not."""

    rows: pd.DataFrame
    left_out: pd.Series[Any]


@dataclass(frozen=True)
class Audience:
    """Who is in an audience, and how many more are kept out."""

    name: str
    accounts: int
    kept_out: Any
    _rows: Rows
    _start: int
    # Few rows stay in memory from one file to the next; of many, what was found out about each.
    _is_small: bool
    _judged: list[pd.DataFrame] = field(default_factory=list)

    def batches(self) -> Iterable[Batch]:
        """Its rows as they are written, a batch at a time."""
        return self._held if self._is_small else self._read()

    @cached_property
    def _held(self) -> list[Batch]:
        return [*self._read()]

    def _read(self) -> Iterator[Batch]:
        for number, rows in enumerate(self._rows.frames(self._start, self._start + self.accounts)):
            if number == len(self._judged):
                self._judged.append(_judged(rows))
            yield Batch(rows.assign(**self._judged[number]))


@dataclass(frozen=True)
class Batch:
    """Rows of an audience, names on one line, with what may be wrong with each; what each file takes is chosen once."""

    rows: pd.DataFrame
    _chosen: dict[str, Chosen] = field(default_factory=dict)

    def chosen_by(self, list_: AudienceFile) -> Chosen:
        """Whom the file takes."""
        if list_.file not in self._chosen:
            self._chosen[list_.file] = list_.chosen(self.rows)
        return self._chosen[list_.file]


@dataclass(frozen=True)
class _OfAudiences(Target):
    """What is made of all audiences."""

    def queries(self, fields: CrmFields) -> tuple[Query, ...]:
        """The accounts, and the audiences that they are in."""
        return _ACCOUNTS, _AUDIENCES


@dataclass(frozen=True)
class AudienceFile(_OfAudiences):
    """One file of each audience. `file` is its name inside the audience's folder."""

    # Header -> column of the model; None for one that must be there and stays empty.
    columns: Mapping[str, str | None] = field(default_factory=dict)
    # Accounts without one of these are left out; without any of `needs_any` too.
    needs: tuple[str, ...] = ("domain",)
    needs_any: tuple[str, ...] = ()
    max_rows: int = MAX_ROWS
    max_bytes: int = MAX_BYTES
    # Below this the tool does not take the list at all, nor a part of it.
    at_least: int = 0
    # Every part has its number, the first one too.
    is_numbered: bool = False
    # The sections of `exports:` in which a header has another name, and that say how a country is written.
    headers_from: str | None = None
    country_from: str | None = None
    # Where a person uploads it.
    upload: str = ""

    @property
    def purposes(self) -> dict[str, str]:
        """What each file is for, as `audiences/<audience>/...`."""
        return {f"{FOLDER}/{ANY}/{self.shown_name}": self.purpose}

    def purpose_of(self, file: WrittenFile) -> str:
        """The same for every audience and part."""
        return self.purpose

    def chosen(self, rows: pd.DataFrame) -> Chosen:
        """Whom the file takes; of who is left out, by place in `rows`, the first reason."""
        reasons = pd.Series(None, index=rows.index, dtype="object")
        for is_refused, reason in self._refusals(rows):
            reasons[is_refused & reasons.isna()] = reason
        return Chosen(rows[reasons.isna()], reasons.dropna())

    def _refusals(self, rows: pd.DataFrame) -> Iterator[tuple[pd.Series[bool], str]]:
        """Which accounts cannot stand in the file, by reason, in the order in which reasons are told."""
        is_missing = {column: rows[column].fillna("") == "" for column in _MISSING}
        for column in self.needs:
            yield is_missing[column], _MISSING[column]
        if self.needs_any:
            are_missing = pd.concat([is_missing[column] for column in self.needs_any], axis=1)
            yield are_missing.all(axis=1), " and ".join(_MISSING[column] for column in self.needs_any)
        shown = tuple(self.columns.values())
        if "name" in shown:
            yield rows["is_formula"], FORMULA
            yield rows["is_too_long"], LONG_NAME
        if "domain" in shown:
            yield rows["is_no_domain"], BAD_DOMAIN
        if shown == ("domain",):
            yield rows["is_repeated"].astype(bool), SHARED_DOMAIN

    def is_too_short(self, rows: int) -> bool:
        """Whether the tool does not take a list of so many rows."""
        return rows < self.at_least

    def write(self, rows: Sequence[Rows], folder: Path, about: ExportRun, fields: CrmFields) -> list[WrittenFile]:
        """Write the file of every audience; one that is too short for the tool is not written."""
        written = []
        for audience in of_each(rows):
            inside = Path(FOLDER, audience.name)
            (folder / inside).mkdir(parents=True, exist_ok=True)
            shown = self._shown(audience.name)
            told = getattr(fields, self.headers_from) if self.headers_from else None
            parts = write_parts(
                folder,
                lambda number, inside=inside: str(inside / self.part_name(number)),  # type: ignore[misc]
                [getattr(told, name, name) for name in shown],
                (self._cells(batch.chosen_by(self).rows, shown, fields) for batch in audience.batches()),
                self.max_bytes,
                self.max_rows,
                is_even=self.at_least > 0,
            )
            if self.is_too_short(sum(part.rows or 0 for part in parts)):
                (folder / parts[0].name).unlink()
                continue
            written += parts
        return written

    def part_name(self, number: int) -> str:
        """The name of a part inside its audience's folder."""
        return self.shown_name.replace(_NUMBER, str(number)) if self.is_numbered else part_names(self.file)(number)

    @property
    def shown_name(self) -> str:
        """The file's name as people are told it, whatever number a part has."""
        return self.file.replace(".csv", f"_{_NUMBER}.csv") if self.is_numbered else self.file

    def _shown(self, audience: str) -> dict[str, str | None]:
        """Header and column. Who is kept out has no tier, so that no tool is given an empty one."""
        return {
            name: column for name, column in self.columns.items() if not (column == "tier" and audience == EXCLUSIONS)
        }

    def _cells(self, rows: pd.DataFrame, shown: Mapping[str, str | None], fields: CrmFields) -> list[Cells]:
        country = "country"
        if self.country_from and getattr(fields, self.country_from).country == "code":
            country = "country_code"
        return [
            [""] * len(rows)
            if column is None
            else each(rows[column], _tier)
            if column == "tier"
            else mended(rows[country if column == "country" else column], text)
            for column in shown.values()
        ]


def of_each(rows: Sequence[Rows]) -> Sequence[Audience]:
    """Audiences in their order; `rows` are the accounts and the audiences."""
    accounts, audiences = rows
    return _of_each(accounts, audiences)


@lru_cache(maxsize=1)
def _of_each(accounts: Rows, audiences: Rows) -> Sequence[Audience]:
    """The same for all files of a run."""
    told = audiences.whole()[["audience", "listed", "kept_out"]]
    starts = accumulate(told["listed"].astype(int).tolist(), initial=0)
    is_small = len(accounts) <= BATCH
    return [
        Audience(str(name), int(listed), kept_out, accounts, start, is_small)
        for (name, listed, kept_out), start in zip(told.itertuples(index=False, name=None), starts, strict=False)
    ]


def _judged(rows: pd.DataFrame) -> pd.DataFrame:
    """Of each row its name on one line, and what is wrong with its name and domain."""
    names = [_one_line(name) for name in rows["name"].fillna("").tolist()]
    return pd.DataFrame(
        {
            "name": pd.array([name or None for name in names], dtype="str"),
            "is_formula": [starts_formula(name) for name in names],
            "is_too_long": [len(name) > LONGEST_NAME for name in names],
            "is_no_domain": [domain != "" and not _is_domain(domain) for domain in rows["domain"].fillna("").tolist()],
        }
    )


def _one_line(name: str) -> str:
    return " ".join(plain_text(name).split())


def _is_domain(domain: str) -> bool:
    return len(domain) <= 253 and _DOMAIN.fullmatch(domain) is not None


def _tier(tier: Any) -> str:
    return TIERS.get(tier, "")


@dataclass(frozen=True)
class LeftOut(_OfAudiences):
    """Whom files of an audience do not hold, for people: one row per account and reason."""

    lists: tuple[AudienceFile, ...] = ()

    def write(self, rows: Sequence[Rows], folder: Path, *_: object) -> list[WrittenFile]:
        """Write the file; text of sources is made safe to open."""
        (folder / self.file).parent.mkdir(parents=True, exist_ok=True)
        header = [*_SHOWN, "not_in"]
        cells = ([mended(frame[name], review_text) for name in header] for frame in self._left_out(of_each(rows)))
        written = write_rows(folder / self.file, header, cells, BOM)
        return [WrittenFile(self.file, written.rows)]

    def _left_out(self, audiences: Iterable[Audience]) -> Iterator[pd.DataFrame]:
        """By audience and by the first file that does not hold an account for a reason."""
        for audience in audiences:
            found: list[list[pd.DataFrame]] = [[] for _ in self.lists]
            for batch in audience.batches():
                reasons = [batch.chosen_by(list_).left_out.reindex(batch.rows.index) for list_ in self.lists]
                for place, parts in enumerate(found):
                    part = self._first_left_out_of(place, batch.rows, reasons)
                    if len(part):
                        parts.append(part.assign(audience=audience.name))
            yield from chain.from_iterable(found)

    def _first_left_out_of(self, place: int, rows: pd.DataFrame, reasons: Sequence[pd.Series[Any]]) -> pd.DataFrame:
        """Whom one of the files does not hold, unless an earlier one does not for the same reason, and which others."""
        own = reasons[place]
        is_first = own.notna()
        for earlier in reasons[:place]:
            is_first &= earlier != own
        found = rows.loc[is_first, ["account_id", "name", "domain"]].assign(reason=own[is_first], not_in="")
        for list_, reason in zip(self.lists[place:], reasons[place:], strict=True):
            is_in_none = reason[is_first] == found["reason"]
            found["not_in"] += np.where(is_in_none, f", {list_.file}", "")
        return found.assign(not_in=found["not_in"].str.removeprefix(", "))


@dataclass(frozen=True)
class AudiencesReadme(_OfAudiences):
    """What each file is, where it is uploaded, and what was left out."""

    lists: tuple[AudienceFile, ...] = ()

    def write(self, rows: Sequence[Rows], folder: Path, about: ExportRun, *_: object) -> list[WrittenFile]:
        """Write it, audience by audience."""
        lines = [
            f"# Audiences as of {about.as_of:%Y-%m-%d}",
            "",
            "One folder per audience. `exclusions` lists the companies kept out of all of them: upload it wherever a",
            "tool accepts an exclusion list. Companies on a suppression list (`landing/suppress/`) are in no audience.",
            "",
            "| file | where to upload it |",
            "| --- | --- |",
            *(f"| `{list_.shown_name}` | {list_.upload} |" for list_ in self.lists),
            "",
            "Google Ads and Meta accept hashed people, not companies, so there are no files for them; no file here",
            "names a person. `left_out_review.csv` lists the accounts that a file could not include, and why.",
        ]
        for audience in of_each(rows):
            lines += [
                "",
                f"## {audience.name}",
                "",
                _sized(audience.accounts, audience.kept_out),
                "",
                "| file | rows | left out |",
                "| --- | --- | --- |",
            ]
            left_out: list[Counter[str]] = [Counter() for _ in self.lists]
            for batch in audience.batches():
                for counts, list_ in zip(left_out, self.lists, strict=True):
                    counts.update(batch.chosen_by(list_).left_out)
            lines += [_line_of(list_, audience, counts) for list_, counts in zip(self.lists, left_out, strict=True)]
        (folder / self.file).parent.mkdir(parents=True, exist_ok=True)
        (folder / self.file).write_bytes(("\n".join(lines) + "\n").encode())
        return [WrittenFile(self.file, None)]


def _sized(accounts: int, kept_out: Any) -> str:
    said = f"{accounts:,} account{'' if accounts == 1 else 's'}"
    if pd.isna(kept_out) or not kept_out:
        return f"{said}."
    matching = "matches but is" if kept_out == 1 else "match but are"
    return f"{said}; {int(kept_out):,} more {matching} kept out."


def _line_of(list_: AudienceFile, audience: Audience, left_out: Counter[str]) -> str:
    rows = audience.accounts - left_out.total()
    said = [f"{count:,} with {reason}" for reason, count in sorted(left_out.items())]
    if list_.is_too_short(rows):
        instead = "" if audience.name == EXCLUSIONS else "; try a wider audience"
        too_short = f"not written: {list_.for_whom} needs {list_.at_least:,} companies{instead}"
        return f"| none | {rows:,} | {'; '.join([too_short, *said])} |"
    parts = f", in parts of {list_.max_rows:,}" if rows > list_.max_rows and not list_.at_least else ""
    return f"| `{list_.shown_name}` | {rows:,}{parts} | {'; '.join(said) or 'nobody'} |"
