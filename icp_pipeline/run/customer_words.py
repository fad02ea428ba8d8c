"""Counts phrases of free text by what accounts turned out to be; counts go to `history.language_*`.

Nothing is read while `language` is off, and earlier counts are deleted then. While texts, sides and settings are
unchanged, existing counts stay; if only sides changed, the same phrases are counted again and no text is read.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from icp_pipeline.code_digest import code_digest
from icp_pipeline.names import MODEL_SCHEMAS, TableName, literal
from icp_pipeline.run.landed_texts import READ_FROM, LandedTexts, forget_phrases
from icp_pipeline.run.stages import not_made_of

if TYPE_CHECKING:
    from icp_pipeline.home import Home
    from icp_pipeline.language.text_phrases import TextPhrases
    from icp_pipeline.models.model import Model
    from icp_pipeline.settings.schema import Settings
    from icp_pipeline.warehouse.build import Build

_RUNS = TableName("history", "language_runs")
_places = {schema: place for place, schema in enumerate(MODEL_SCHEMAS)}
_PARTS = ("phrases", "segments", "sources", "objections")
_TABLES = (_RUNS, *(TableName("history", f"language_{part}") for part in ("files", *_PARTS)))
# Members of an ICP, and their side in each comparison.
_ACCOUNTS = """
with
sold as (
    select account_id, max(case when is_won then 1 else 0 end) as won, max(case when is_won then 0 else 1 end) as lost
    from core.deals where deal_role = 'new_business' and is_closed group by account_id
),
turned_out as (
    select account_id, max(case when is_best then 1 else 0 end) as best,
        max(case when is_worst then 1 else 0 end) as worst
    from outcomes.observations where outcome = 'quality' group by account_id
)
select members.account_id, accounts.industry, coalesce(parents.ultimate_parent_id, members.account_id) as parent_id,
    case when turned_out.best = 1 then 'a' when turned_out.worst = 1 then 'b' end as best_vs_worst,
    case when sold.won = 1 then 'a' when sold.lost = 1 then 'b' end as won_vs_lost,
    case when tiers.tier = 'tier_1' then 'a' when tiers.tier in ('tier_2', 'tier_3', 'not_icp') then 'b' end
        as tier_1_vs_rest,
    coalesce(tiers.tier, 'unscored') as tier
from core.icp_members as members
inner join core.accounts as accounts on members.account_id = accounts.account_id
left join core.account_parents as parents on members.account_id = parents.account_id
left join sold on members.account_id = sold.account_id
left join turned_out on members.account_id = turned_out.account_id
left join icp.account_tiers as tiers on members.account_id = tiers.account_id and members.icp_id = tiers.icp_id
where members.icp_id = {icp_id}
order by members.account_id
"""
_LEVELS = """
select account_id, attribute, level as segment from core.account_attributes
where attribute in ('industry', 'employees', 'region') and not is_blank
order by account_id, attribute, segment
"""
# What is read for the counts: it is built before any model that reads them.
COUNTED_FROM = (
    *READ_FROM,
    *(
        TableName.parse(name)
        for name in (
            "core.account_attributes",
            "core.account_parents",
            "core.icp_members",
            "outcomes.observations",
            "icp.account_tiers",
        )
    ),
)
_ICPS = "select icp_id from settings.icps order by icp_id <> 'primary', icp_id"


class Run(Protocol):
    """What this module needs from a run."""

    run_id: str
    home: Home
    words_are_counted: bool

    @property
    def progress(self) -> Callable[[str], None]:
        """Reports progress."""

    @property
    def as_of(self) -> datetime.date:
        """The run's as-of date."""

    @property
    def settings(self) -> Settings:
        """Its settings."""

    @property
    def build(self) -> Build:
        """Its work file."""

    @property
    def texts(self) -> LandedTexts:
        """Its texts."""

    def frame(self, sql: str) -> pd.DataFrame:
        """A query on the work file."""

    def large_frame(self, sql: str) -> pd.DataFrame:
        """The same, for results with a row per account."""

    def coded_frame(self, sql: str) -> pd.DataFrame:
        """The same, texts as categories."""

    def content(self, sql: str) -> str:
        """A query's result as a short text."""

    def write_out(self) -> None:
        """Writes what is built to the work file, beside what this module computes."""

    def timed(self, stage: str) -> AbstractContextManager[None]:
        """Adds the time spent inside to the stage's total."""


def is_of_words(table: TableName) -> bool:
    """Whether it is a table of the counts."""
    return table in _TABLES


def reads_words(model: Model) -> bool:
    """Whether a model reads the counts; by then cohorts, deals and tiers are built."""
    return any(map(is_of_words, model.depends_on))


def words_first(run: Run, models: Collection[Model], then: Collection[Model]) -> Collection[Model]:
    """Count before the first of `models` that reads the counts; returns which of `then` need not wait for that.

    In a whole run, which has tables of `then`, texts are read beside everything right of `core`.
    """
    if run.words_are_counted:
        return then
    if run.settings.language.enabled and then and all(_places[model.name.schema] > _places["core"] for model in models):
        run.texts.begin()
    if run.settings.language.enabled and not any(map(reads_words, models)):
        # The others would use the counts of an earlier run.
        return not_made_of(then, is_of_words)
    run.words_are_counted = True
    _count_or_forget(run)
    return then


def _count_or_forget(run: Run) -> None:
    """Update `history.language_*` from what is landed, or empty it if `language` is off."""
    kept = run.frame(f"select fingerprint from {_RUNS}")["fingerprint"].tolist()
    if not run.settings.language.enabled:
        forget_phrases(run.home)
        if kept:
            _forget(run)
        return
    fingerprint = _fingerprint(run)
    if kept == [fingerprint]:
        run.progress("language: unchanged")
        return
    with run.timed("language"):
        _count(run, fingerprint)


def _forget(run: Run) -> None:
    for table in _TABLES:
        run.build.execute(f"delete from {table}")


def _count(run: Run, fingerprint: str) -> None:
    """Count and store. The statistics libraries are loaded here, only for runs that need them."""
    from icp_pipeline.language.text_reading import text_in_hand

    run.write_out()
    phrases = run.texts.phrases()
    run.progress(f"language: {phrases.texts:,} texts in {len({file.path for file in phrases.files}):,} files")
    parts = text_in_hand("landing", lambda: _counts(run, phrases))
    _forget(run)
    for part, frame in parts.items():
        if len(frame):
            run.build.append(TableName("history", f"language_{part}"), frame)
    # Where names could not be read nothing was counted, and the next run tries again.
    kept = {"run_id": run.run_id, "fingerprint": fingerprint if phrases.has_names else "", "as_of": run.as_of}
    run.build.append(_RUNS, pd.DataFrame([kept]))


def _counts(run: Run, phrases: TextPhrases) -> dict[str, pd.DataFrame]:
    """Rows of each `history.language_*` table."""
    from icp_pipeline.language.contrast import SEED
    from icp_pipeline.language.counting import count_phrases

    # Nothing is counted for accounts without any text, which are most.
    heard = {speech.account_id for speech in phrases.table.speeches}
    heard |= {account for reasons in phrases.reasons.values() for account, _ in reasons}
    levels_of_all = run.coded_frame(_LEVELS)
    attributes = levels_of_all[levels_of_all["account_id"].isin(heard)].astype("str")
    found: dict[str, list[pd.DataFrame]] = defaultdict(list)
    for icp_id in run.frame(_ICPS)["icp_id"]:
        members = run.large_frame(_ACCOUNTS.format(icp_id=literal(icp_id)))
        accounts = members[members["account_id"].isin(heard)].astype(object)
        accounts = accounts.where(accounts.notna(), None)
        tiers = accounts[["account_id", "tier"]].rename(columns={"tier": "segment"}).assign(attribute="tier")
        levels = pd.concat([attributes, tiers], ignore_index=True)
        seed = (SEED, int.from_bytes(hashlib.sha256(str(icp_id).encode()).digest()[:4], "big"))
        counts = count_phrases(phrases.table, accounts, levels, phrases.reasons, seed)
        for part in _PARTS:
            found[part].append(getattr(counts, part).assign(icp_id=icp_id))
    files = [pd.DataFrame([vars(file) for file in phrases.files])] if phrases.files else []
    return {part: pd.concat(frames, ignore_index=True) for part, frames in {**found, "files": files}.items() if frames}


def _fingerprint(run: Run) -> str:
    """Equal while counting again would give the same rows: the texts' own fingerprint, and the sides of accounts."""
    parts: list[Any] = [
        run.texts.fingerprint,
        run.content(_LEVELS),
        [
            (icp_id, run.content(_ACCOUNTS.format(icp_id=literal(icp_id)).rpartition("order by")[0]))
            for icp_id in run.frame(_ICPS)["icp_id"]
        ],
        code_digest(Path(__file__)).hex(),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
