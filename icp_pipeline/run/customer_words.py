"""Counts phrases of free text: the work file says whose text it is, counts go to `history.language_*`.

Nothing is read while `language` is off, and earlier counts are deleted then. While files, sides and
settings are unchanged, existing counts stay.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from icp_pipeline.code_digest import code_digest
from icp_pipeline.names import MODEL_SCHEMAS, TableName, literal
from icp_pipeline.run.read_plan import read_plan

if TYPE_CHECKING:
    from icp_pipeline.home import Home
    from icp_pipeline.language.text_reading import LandedFile, Reading, WhoSpoke
    from icp_pipeline.models.model import Model
    from icp_pipeline.settings.schema import Settings
    from icp_pipeline.sources.lake import LakeState
    from icp_pipeline.warehouse.build import Build

_RUNS = TableName("history", "language_runs")
_places = {schema: place for place, schema in enumerate(MODEL_SCHEMAS)}
_PARTS = ("phrases", "segments", "sources", "objections")
_TABLES = (_RUNS, *(TableName("history", f"language_{part}") for part in ("files", *_PARTS)))
# Folders of CRMs in which a file that fills no table may still contain people's names.
_CRMS = ("salesforce", "hubspot")

_DEAL_SIDE = """
case when deals.deal_role <> 'new_business' or not deals.is_closed then '' when deals.is_won then 'won' else 'lost' end
"""
# Each row of a landed file that may have text: its account, and the outcome of the deal it is about.
_ROWS = f"""
select 'salesforce_opportunity' as kind, rows.source_path, rows.source_line, deals.account_id, {_DEAL_SIDE} as side
from staging.salesforce_opportunities as rows
inner join core.deals as deals on deals.source_system = 'salesforce' and deals.source_deal_id = rows.opportunity_id
union all
select 'hubspot_deal', rows.source_path, rows.source_line, deals.account_id, {_DEAL_SIDE}
from staging.hubspot_deals as rows
inner join core.deals as deals on deals.source_system = 'hubspot' and deals.source_deal_id = rows.deal_id
union all
select 'ticket', rows.source_path, rows.source_line, tickets.account_id, ''
from staging.tickets as rows
inner join core.account_tickets as tickets on rows.ticket_id = tickets.ticket_id
union all
select 'survey_response', rows.source_path, rows.source_line, answers.account_id, ''
from staging.survey_responses as rows
inner join core.account_survey_responses as answers on rows.response_id = answers.response_id
"""
_NAMES = "select account_id, name, domain from core.accounts"
_REFERENCES = "select reference, account_id from core.account_references"
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
# What these queries read: it is built before any model that reads the counts.
COUNTED_FROM = tuple(
    TableName.parse(name)
    for name in (
        "staging.salesforce_opportunities",
        "staging.hubspot_deals",
        "staging.tickets",
        "staging.survey_responses",
        "core.account_attributes",
        "core.account_parents",
        "core.account_references",
        "core.account_survey_responses",
        "core.account_tickets",
        "core.accounts",
        "core.deals",
        "core.icp_members",
        "outcomes.observations",
        "icp.account_tiers",
    )
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

    def land(self) -> LakeState:
        """The landed files."""

    def frame(self, sql: str) -> pd.DataFrame:
        """A query on the work file."""

    def large_frame(self, sql: str) -> pd.DataFrame:
        """The same, for results with a row per account."""

    def coded_frame(self, sql: str) -> pd.DataFrame:
        """The same, texts as categories."""

    def content(self, sql: str) -> str:
        """A query's result as a short text."""

    def timed(self, stage: str) -> AbstractContextManager[None]:
        """Adds the time spent inside to the stage's total."""


def reads_words(model: Model) -> bool:
    """Whether a model reads the counts; by then cohorts, deals and tiers are built."""
    return any(table in _TABLES for table in model.depends_on)


def words_first(run: Run, models: Collection[Model], then: Collection[Model]) -> Collection[Model]:
    """Count before the first of `models` that reads the counts; returns which of `then` need not wait for that."""
    if run.words_are_counted:
        return then
    if run.settings.language.enabled and not any(map(reads_words, models)):
        # Tables of later schemas may read it, and would use the counts of an earlier run.
        return [model for model in then if _places[model.name.schema] < _places["voice"]]
    run.words_are_counted = True
    _count_or_forget(run)
    return then


def _count_or_forget(run: Run) -> None:
    """Update `history.language_*` from what is landed, or empty it if `language` is off."""
    kept = run.frame(f"select fingerprint from {_RUNS}")["fingerprint"].tolist()
    if not run.settings.language.enabled:
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
    """Read, count and store. The statistics libraries are loaded here, only for runs that need them."""
    from icp_pipeline.language.text_reading import NAMES, read_texts, text_in_hand

    files, settings = text_files(run), run.settings.language
    reading = read_texts(
        run.home.landing,
        files,
        read_plan(run.settings),
        settings.text_fields(),
        _who_spoke(run),
        settings.stop_phrases,
    )
    texts = sum(reading.corpus.texts.values())
    run.progress(f"language: {texts:,} texts in {len({file.path for file in reading.files}):,} files")
    parts = text_in_hand("landing", lambda: _counts(run, reading))
    _forget(run)
    for part, frame in parts.items():
        if len(frame):
            run.build.append(TableName("history", f"language_{part}"), frame)
    # Where names could not be read nothing was counted, and the next run tries again.
    tried_again = any(file.source == NAMES for file in reading.files)
    kept = {"run_id": run.run_id, "fingerprint": "" if tried_again else fingerprint, "as_of": run.as_of}
    run.build.append(_RUNS, pd.DataFrame([kept]))


def _counts(run: Run, reading: Reading) -> dict[str, pd.DataFrame]:
    """Rows of each `history.language_*` table."""
    from icp_pipeline.language.contrast import SEED
    from icp_pipeline.language.counting import PhraseTable, count_phrases

    table = PhraseTable(reading.corpus)
    # Nothing is counted for accounts without any text, which are most.
    heard = {speech.account_id for speech in table.speeches}
    heard |= {account for reasons in reading.categories.values() for account, _ in reasons}
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
        counts = count_phrases(table, accounts, levels, reading.categories, reading.corpus.people, seed)
        for part in _PARTS:
            found[part].append(getattr(counts, part).assign(icp_id=icp_id))
    files = [pd.DataFrame([vars(file) for file in reading.files])] if reading.files else []
    return {part: pd.concat(frames, ignore_index=True) for part, frames in {**found, "files": files}.items() if frames}


def text_files(run: Run) -> list[LandedFile]:
    """Landed files of text, and those that may name people; no others, so that a day of usage recounts nothing."""
    from icp_pipeline.language.text_reading import NAME_KINDS, NOT_USED, LandedFile

    kinds = {*NAME_KINDS, *(field.kind for field in run.settings.language.text_fields())}
    files = []
    for file in run.land().files:
        if file.status == "loaded" and file.table_name in kinds:
            files.append(LandedFile(file.path, file.table_name, file.sha256))
        elif file.status == "ignored" and file.path.split("/")[0] in _CRMS and file.path.casefold().endswith(".csv"):
            files.append(LandedFile(file.path, NOT_USED, file.sha256))
    return sorted(files, key=lambda file: file.path)


def _who_spoke(run: Run) -> WhoSpoke:
    from icp_pipeline.language.text_reading import WhoSpoke

    # As objects, because a column of texts returns its cells slowly.
    rows: dict[tuple[str, str], dict[int, tuple[str, str]]] = defaultdict(dict)
    for kind, path, line, account, side in run.frame(_ROWS).astype(object).itertuples(index=False, name=None):
        rows[kind, path][int(line)] = (account, side)
    names = {
        account: [str(part) for part in (name, str(domain or "").split(".")[0]) if part]
        for account, name, domain in run.frame(_NAMES).astype(object).itertuples(index=False, name=None)
    }
    return WhoSpoke(rows, _references(run), names)


def _references(run: Run) -> Callable[[str], str | None]:
    """Accounts by an id of a CRM or a domain, as a transcript writes it."""
    known: dict[str, str] | None = None

    def account_of(reference: str) -> str | None:
        nonlocal known
        if known is None:
            known = dict(run.frame(_REFERENCES).astype(object).itertuples(index=False, name=None))
        return known.get(reference) or known.get(reference.lower().removeprefix("www."))

    return account_of


def _fingerprint(run: Run) -> str:
    """Fingerprint: equal while counting again would give the same rows."""
    from icp_pipeline.language.transcripts import transcript_files

    plan = read_plan(run.settings)
    parts: list[Any] = [
        run.settings.language.model_dump(mode="json"),
        repr((plan.mapped, sorted(plan.vendors.items()), plan.overrides)),
        [astuple(file) for file in text_files(run)],
        [_stamp(path, run.home.landing) for path in transcript_files(run.home.landing)],
        [run.content(sql) for sql in (_ROWS, _NAMES, _REFERENCES, _LEVELS)],
        [
            (icp_id, run.content(_ACCOUNTS.format(icp_id=literal(icp_id)).rpartition("order by")[0]))
            for icp_id in run.frame(_ICPS)["icp_id"]
        ],
        code_digest(Path(__file__)).hex(),
        code_digest(Path(__file__).parents[1] / "language", (".py", ".txt")).hex(),
        code_digest(Path(__file__).parents[1] / "sources", (".py", ".txt")).hex(),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _stamp(path: Path, landing: Path) -> tuple[str, int, int]:
    facts = path.stat()
    return path.relative_to(landing).as_posix(), facts.st_size, facts.st_mtime_ns
