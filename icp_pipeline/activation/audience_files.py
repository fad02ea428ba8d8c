"""Lists of accounts for ad and sales tools: each audience, and who is in none, has a folder with a file for each tool.

A file holds what its tool takes as it is, in the parts that the tool takes; whom it cannot take is left out, and
`audiences/README.md` and `audiences/left_out_review.csv` say who and why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from icp_pipeline.activation.csv_files import (
    BOM,
    MAX_BYTES,
    MAX_ROWS,
    WrittenFile,
    part_names,
    write_bytes,
    write_parts,
    write_rows,
)
from icp_pipeline.activation.safe_cells import each, plain_text, review_text, starts_formula, text
from icp_pipeline.activation.target import ExportRun, Target
from icp_pipeline.settings.audiences import EXCLUSIONS
from icp_pipeline.settings.crm_fields import CrmFields
from icp_pipeline.tiers import TIERS

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
BAD_DOMAIN = "a domain that is not one"
SHARED_DOMAIN = "a domain that another account has"


@dataclass(frozen=True)
class Chosen:
    """The rows of an audience that a file takes, and by reason the accounts that it does not."""

    rows: pd.DataFrame
    left_out: pd.Series[Any]


@dataclass(frozen=True)
class AudienceFile(Target):
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
    also_reads: tuple[str, ...] = (AUDIENCES,)

    @property
    def purposes(self) -> dict[str, str]:
        """What each file is for, as `audiences/<audience>/...`."""
        return {f"{FOLDER}/{ANY}/{self.shown_name}": self.purpose}

    def purpose_of(self, file: WrittenFile) -> str:
        """The same for every audience and part."""
        return self.purpose

    def chosen(self, rows: pd.DataFrame) -> Chosen:
        """Whom the file takes; of who is left out, by place in `rows`, the first reason."""
        pairs = zip(rows["name"].fillna(""), rows["domain"].fillna(""), strict=True)
        reasons = pd.Series([self._refusal(*pair) for pair in pairs], index=rows.index, dtype="object")
        if tuple(self.columns.values()) == ("domain",):
            reasons[reasons.isna() & rows["domain"].duplicated()] = SHARED_DOMAIN
        return Chosen(rows[reasons.isna()], reasons.dropna())

    def _refusal(self, name: str, domain: str) -> str | None:
        """Why an account cannot stand in the file."""
        known = {"name": name, "domain": domain}
        if missing := [_MISSING[column] for column in self.needs if not known[column]]:
            return missing[0]
        if self.needs_any and not any(known[column] for column in self.needs_any):
            return " and ".join(_MISSING[column] for column in self.needs_any)
        shown = self.columns.values()
        if "name" in shown and starts_formula(name):
            return FORMULA
        if "name" in shown and len(name) > LONGEST_NAME:
            return LONG_NAME
        return BAD_DOMAIN if "domain" in shown and domain and not _is_domain(domain) else None

    def is_too_short(self, rows: int) -> bool:
        """Whether the tool does not take a list of so many rows."""
        return rows < self.at_least

    def write(
        self, frames: Sequence[pd.DataFrame], folder: Path, about: ExportRun, fields: CrmFields
    ) -> list[WrittenFile]:
        """Write the file of every audience; one that is too short for the tool is not written."""
        lists, audiences = frames
        written = []
        for audience, rows in of_each(lists, audiences):
            kept = self.chosen(rows).rows
            if self.is_too_short(len(kept)):
                continue
            inside = Path(FOLDER, audience)
            (folder / inside).mkdir(parents=True, exist_ok=True)
            header, cells = self._cells(kept, audience, fields)
            parts = write_parts(
                folder,
                lambda number, inside=inside: str(inside / self.part_name(number)),  # type: ignore[misc]
                header,
                cells,
                self.max_bytes,
                self.max_rows,
                is_even=self.at_least > 0,
            )
            written += parts
        return written

    def part_name(self, number: int) -> str:
        """The name of a part inside its audience's folder."""
        return self.shown_name.replace(_NUMBER, str(number)) if self.is_numbered else part_names(self.file)(number)

    @property
    def shown_name(self) -> str:
        """The file's name as people are told it, whatever number a part has."""
        return self.file.replace(".csv", f"_{_NUMBER}.csv") if self.is_numbered else self.file

    def _cells(self, rows: pd.DataFrame, audience: str, fields: CrmFields) -> tuple[list[str], list[list[str]]]:
        """Header and columns of text. Who is kept out has no tier, so that no tool is given an empty one."""
        shown = {
            name: column for name, column in self.columns.items() if not (column == "tier" and audience == EXCLUSIONS)
        }
        country = "country"
        if self.country_from and getattr(fields, self.country_from).country == "code":
            country = "country_code"
        cells = [
            [""] * len(rows)
            if column is None
            else each(rows[country if column == "country" else column], _cell(column))
            for column in shown.values()
        ]
        told = getattr(fields, self.headers_from) if self.headers_from else None
        return [getattr(told, name, name) for name in shown], cells


def of_each(lists: pd.DataFrame, audiences: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Audiences in their order with their rows as they are written: names on one line, accounts in a total order."""
    names = lists["name"].map(_one_line, na_action="ignore")
    rows = lists.assign(name=names.where(names != "", None))
    rows = rows.assign(order=rows["tier"].map({tier: place for place, tier in enumerate(TIERS)}))
    rows = rows.sort_values(["order", "domain", "account_id"], kind="stable", na_position="last", ignore_index=True)
    groups = dict(list(rows.groupby("audience", sort=False)))
    ordered = audiences.sort_values("audience_order")["audience"]
    return [(str(audience), groups.get(audience, rows.iloc[:0])) for audience in ordered]


def _one_line(name: str) -> str:
    return " ".join(plain_text(name).split())


def _is_domain(domain: str) -> bool:
    return len(domain) <= 253 and _DOMAIN.fullmatch(domain) is not None


def _cell(column: str) -> Callable[[Any], str]:
    return (lambda tier: TIERS.get(tier, "")) if column == "tier" else text


@dataclass(frozen=True)
class LeftOut(Target):
    """Whom files of an audience do not hold, for people: one row per account and reason."""

    lists: tuple[AudienceFile, ...] = ()
    also_reads: tuple[str, ...] = (AUDIENCES,)

    def write(self, frames: Sequence[pd.DataFrame], folder: Path, *_: object) -> list[WrittenFile]:
        """Write the file; text of sources is made safe to open."""
        lists, audiences = frames
        parts = [
            rows.loc[left_out.index, ["audience", "account_id", "name", "domain"]].assign(
                reason=left_out, file=list_.file
            )
            for _, rows in of_each(lists, audiences)
            for list_ in self.lists
            if len(left_out := list_.chosen(rows).left_out)
        ]
        columns = ["audience", "account_id", "name", "domain", "reason"]
        found = pd.concat(parts) if parts else pd.DataFrame(columns=[*columns, "file"], dtype="object")
        grouped = found.groupby(columns, sort=False, dropna=False)["file"]
        files: pd.DataFrame = grouped.agg(", ".join).reset_index()
        (folder / self.file).parent.mkdir(parents=True, exist_ok=True)
        header = [*columns, "not_in"]
        cells = [each(files[str(name)], review_text) for name in (*columns, "file")]
        written = write_rows(folder / self.file, header, cells, BOM)
        return [WrittenFile(self.file, written.rows)]


@dataclass(frozen=True)
class AudiencesReadme(Target):
    """What each file is, where it is uploaded, and what was left out."""

    lists: tuple[AudienceFile, ...] = ()
    also_reads: tuple[str, ...] = (AUDIENCES,)

    def write(self, frames: Sequence[pd.DataFrame], folder: Path, about: ExportRun, *_: object) -> list[WrittenFile]:
        """Write it, audience by audience."""
        lists, audiences = frames
        facts = audiences.set_index("audience")
        lines = [
            f"# Audiences as of {about.as_of:%Y-%m-%d}",
            "",
            "One folder for each audience; `exclusions` holds who is in none of them: upload it where a tool takes a",
            "list to exclude. A company on a list under `landing/suppress/` is in no audience, whatever else holds.",
            "",
            "| file | where to upload it |",
            "| --- | --- |",
            *(f"| `{list_.shown_name}` | {list_.upload} |" for list_ in self.lists),
            "",
            "Google Ads and Meta take hashed people, not companies, so there is no file for them: no person is in any",
            "file here. Whom a file could not hold is in `left_out_review.csv`, with the reason.",
        ]
        for audience, rows in of_each(lists, audiences):
            kept_out = facts.loc[audience, "kept_out"]
            lines += [
                "",
                f"## {audience}",
                "",
                _sized(len(rows), kept_out),
                "",
                "| file | rows | left out |",
                "| --- | --- | --- |",
            ]
            lines += [_line_of(list_, list_.chosen(rows), audience) for list_ in self.lists]
        (folder / self.file).parent.mkdir(parents=True, exist_ok=True)
        write_bytes(folder / self.file, ("\n".join(lines) + "\n").encode())
        return [WrittenFile(self.file, None)]


def _sized(accounts: int, kept_out: Any) -> str:
    said = f"{accounts:,} account{'' if accounts == 1 else 's'}"
    if pd.isna(kept_out) or not kept_out:
        return f"{said}."
    return f"{said}; {int(kept_out):,} more would belong to it and {'is' if kept_out == 1 else 'are'} kept out."


def _line_of(list_: AudienceFile, chosen: Chosen, audience: str) -> str:
    rows, reasons = len(chosen.rows), chosen.left_out.value_counts(sort=False).sort_index()
    said = [f"{count:,} with {reason}" for reason, count in reasons.items()]
    if list_.is_too_short(rows):
        instead = "" if audience == EXCLUSIONS else "; a wider audience may be long enough"
        too_short = f"not written: {list_.for_whom} needs {list_.at_least:,} companies{instead}"
        return f"| none | {rows:,} | {'; '.join([too_short, *said])} |"
    parts = f", in parts of {list_.max_rows:,}" if rows > list_.max_rows and not list_.at_least else ""
    return f"| `{list_.shown_name}` | {rows:,}{parts} | {'; '.join(said) or 'nobody'} |"
