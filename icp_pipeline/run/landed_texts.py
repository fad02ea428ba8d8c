"""Reads free text for its phrases, in a thread of its own, and keeps them until a file, a name or a setting changes.

Whose text it is, the work file says. What is kept, in `state/`, is which account used which phrase, and no text.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

from icp_pipeline.code_digest import code_digest
from icp_pipeline.disk import remove
from icp_pipeline.kept_json import is_kept, read_kept, write_kept
from icp_pipeline.names import TableName
from icp_pipeline.rebuild.content import content_of_query
from icp_pipeline.run.read_plan import read_plan
from icp_pipeline.warehouse.refusals import named_refusals

if TYPE_CHECKING:
    from icp_pipeline.home import Home
    from icp_pipeline.language.text_phrases import TextPhrases
    from icp_pipeline.language.text_reading import LandedFile, WhoSpoke
    from icp_pipeline.settings.schema import Settings
    from icp_pipeline.sources.lake import LakeState
    from icp_pipeline.warehouse.build import Build

# Which account used which phrase is for nobody but who runs the pipeline.
_MODE = 0o600
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
# What these queries read.
READ_FROM = tuple(
    TableName.parse(name)
    for name in (
        "staging.salesforce_opportunities",
        "staging.hubspot_deals",
        "staging.tickets",
        "staging.survey_responses",
        "core.account_references",
        "core.account_survey_responses",
        "core.account_tickets",
        "core.accounts",
        "core.deals",
    )
)


class LandedTexts:
    """The phrases of a run's landed texts; `READ_FROM` must be built before anything is asked."""

    def __init__(self, home: Home, settings: Settings, lake: LakeState, build: Build) -> None:
        self._home, self._settings, self._lake, self._build = home, settings, lake, build
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="texts")
        self._prepared: Future[tuple[str, TextPhrases | None]] | None = None

    def begin(self) -> Future[tuple[str, TextPhrases | None]]:
        """Start reading, if not started yet and if the phrases of these texts are not kept."""
        if self._prepared is None:
            self._prepared = self._worker.submit(self._prepare)
        return self._prepared

    @property
    def fingerprint(self) -> str:
        """Equal while reading again would give the same phrases."""
        return self.begin().result()[0]

    def phrases(self) -> TextPhrases:
        """Their phrases: kept from an earlier run, or read by this one. Raises SourceError if a text cannot be read."""
        from icp_pipeline.language.text_phrases import TextPhrases

        fingerprint, phrases = self.begin().result()
        if phrases is None:
            kept = read_kept(kept_phrases(self._home), fingerprint)
            phrases = TextPhrases.from_json(kept) if kept else self._worker.submit(self._read, fingerprint).result()
        return phrases

    def close(self) -> None:
        """Wait until nothing is being read."""
        self._worker.shutdown(cancel_futures=True)

    def _prepare(self) -> tuple[str, TextPhrases | None]:
        with named_refusals(self._home.live.parent), self._build.beside() as own:
            fingerprint = self._fingerprint(own)
        return fingerprint, None if is_kept(kept_phrases(self._home), fingerprint) else self._read(fingerprint)

    def _read(self, fingerprint: str) -> TextPhrases:
        """Read everything. The statistics libraries are loaded here, only for runs that need them."""
        from icp_pipeline.language.text_phrases import phrases_of
        from icp_pipeline.language.text_reading import read_texts, text_in_hand

        with named_refusals(self._home.live.parent), self._build.beside() as own:
            reading = read_texts(
                self._home.landing,
                text_files(self._settings, self._lake),
                read_plan(self._settings),
                self._settings.language.text_fields(),
                _who_spoke(own),
                self._settings.language.stop_phrases,
            )
        phrases = text_in_hand("landing", lambda: phrases_of(reading))
        # Where names could not be read nothing was counted, and the next run tries again.
        if phrases.has_names:
            write_kept(kept_phrases(self._home), fingerprint, phrases.as_json(), _MODE)
        return phrases

    def _fingerprint(self, build: Build) -> str:
        from icp_pipeline.language.transcripts import transcript_files

        plan, landing, room = read_plan(self._settings), self._home.landing, Path(__file__).parents[1]
        parts: list[Any] = [
            self._settings.language.model_dump(mode="json"),
            repr((plan.mapped, sorted(plan.vendors.items()), plan.overrides)),
            [astuple(file) for file in text_files(self._settings, self._lake)],
            [_stamp(path, landing) for path in transcript_files(landing)],
            [content_of_query(build, sql) for sql in (_ROWS, _NAMES, _REFERENCES)],
            code_digest(Path(__file__)).hex(),
            *(code_digest(room / name, (".py", ".txt")).hex() for name in ("language", "sources")),
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def kept_phrases(home: Home) -> Path:
    """The file that keeps which account used which phrase."""
    return home.state / "phrases.json"


def forget_phrases(home: Home) -> None:
    """Remove what was kept, also by a run that was killed while it wrote."""
    for path in home.state.glob(f"{kept_phrases(home).name}*"):
        remove(path)


def text_files(settings: Settings, lake: LakeState) -> list[LandedFile]:
    """Landed files of text, and those that may name people; no others, so that a day of usage recounts nothing."""
    from icp_pipeline.language.text_reading import NAME_KINDS, NOT_USED, LandedFile

    kinds = {*NAME_KINDS, *(field.kind for field in settings.language.text_fields())}
    files = []
    for file in lake.files:
        if file.status == "loaded" and file.table_name in kinds:
            files.append(LandedFile(file.path, file.table_name, file.sha256))
        elif file.status == "ignored" and file.path.split("/")[0] in _CRMS and file.path.casefold().endswith(".csv"):
            files.append(LandedFile(file.path, NOT_USED, file.sha256))
    return sorted(files, key=lambda file: file.path)


def _who_spoke(build: Build) -> WhoSpoke:
    from icp_pipeline.language.text_reading import WhoSpoke

    # As objects, because a column of texts returns its cells slowly.
    rows: dict[tuple[str, str], dict[int, tuple[str, str]]] = defaultdict(dict)
    for kind, path, line, account, side in build.frame(_ROWS).astype(object).itertuples(index=False, name=None):
        rows[kind, path][int(line)] = (account, side)
    names = {
        account: [str(part) for part in (name, str(domain or "").split(".")[0]) if part]
        for account, name, domain in build.frame(_NAMES).astype(object).itertuples(index=False, name=None)
    }
    return WhoSpoke(rows, _references(build), names)


def _references(build: Build) -> Callable[[str], str | None]:
    """Accounts by an id of a CRM or a domain, as a transcript writes it."""
    known: dict[str, str] | None = None

    def account_of(reference: str) -> str | None:
        nonlocal known
        if known is None:
            known = dict(build.frame(_REFERENCES).astype(object).itertuples(index=False, name=None))
        return known.get(reference) or known.get(reference.lower().removeprefix("www."))

    return account_of


def _stamp(path: Path, landing: Path) -> tuple[str, int, int]:
    facts = path.stat()
    return path.relative_to(landing).as_posix(), facts.st_size, facts.st_mtime_ns
