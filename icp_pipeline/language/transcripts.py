"""Transcripts of calls as Gong's API returns them: which account, and what its side said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from icp_pipeline.sources.landed_text import UnreadText

FOLDER = "voice/transcripts"
# A call of two hours is 1 MB; a file is in memory as a whole, several times over while it is parsed.
MOST_BYTES = 32 * 1024**2
_CUSTOMERS = frozenset(("external", "customer", "prospect", "client", "buyer"))
_ACCOUNT = ("accountDomain", "accountId", "crmAccountId", "crmId", "salesforceAccountId", "hubspotCompanyId")


@dataclass(frozen=True)
class Call:
    """One call: what names its account (a domain or an id of a CRM), what the customer's side said, who took part."""

    account: str
    sentences: tuple[str, ...]
    people: tuple[str, ...]


@dataclass
class CallFile:
    """The calls of a file, and how many have nothing usable, by reason."""

    calls: list[Call] = field(default_factory=list)
    without: dict[str, int] = field(default_factory=dict)


def transcript_files(landing: Path) -> list[Path]:
    """Every transcript that is landed, by name."""
    return sorted(path for path in (landing / FOLDER).rglob("*.json") if path.is_file() and not path.is_symlink())


def read_transcript(path: Path) -> CallFile:
    """The calls of one file: a call, a list of calls, or an answer with `callTranscripts` or `calls`.

    Raises UnreadText for a file that is too large, is not JSON or holds no call. No message holds any of the text.
    """
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise UnreadText(
            f"{size // 1024**2:,} MB, too large for a call (limit: {MOST_BYTES // 1024**2} MB): write one file per call"
        )
    place = None
    try:
        document = json.loads(path.read_bytes())
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}"
    except (UnicodeDecodeError, RecursionError, ValueError):
        place = "its encoding or nesting"
    if place is not None:
        # Outside of the handler: the error itself holds the whole text.
        raise UnreadText(f"not JSON in UTF-8: see {place}; export it again")
    found = CallFile()
    for call in _calls(document):
        _take(call, found)
    if not found.calls and not found.without:
        raise UnreadText("no call in it: expected an object with callId, accountDomain, parties and transcript")
    return found


def _calls(document: Any) -> Iterator[dict[str, Any]]:
    if isinstance(document, list):
        for item in document:
            yield from _calls(item)
    elif isinstance(document, dict):
        inner = document.get("callTranscripts", document.get("calls"))
        if isinstance(inner, list):
            shared = {key: document[key] for key in (*_ACCOUNT, "parties") if key in document}
            for item in inner:
                if isinstance(item, dict):
                    yield {**shared, **item}
        elif "transcript" in document or "callId" in document:
            yield document


def _take(call: dict[str, Any], found: CallFile) -> None:
    account = next((str(call[key]).strip() for key in _ACCOUNT if call.get(key)), "")
    parties = [party for party in _list(call.get("parties")) if isinstance(party, dict)]
    turns = [turn for turn in _list(call.get("transcript")) if isinstance(turn, dict)]
    sides = {str(party.get("speakerId")): _side(party) for party in parties if party.get("speakerId") is not None}
    known = [(turn, _side(turn) or sides.get(str(turn.get("speakerId")), "")) for turn in turns]
    why = (
        "have no account (accountDomain or the id of a CRM)"
        if not account
        else "do not say which speakers are customers (parties with speakerId and affiliation)"
        if not any(side for _, side in known)
        else None
    )
    if why:
        found.without[why] = found.without.get(why, 0) + 1
        return
    said = tuple(
        str(sentence["text"])
        for turn, side in known
        if side in _CUSTOMERS
        for sentence in _list(turn.get("sentences"))
        if isinstance(sentence, dict) and sentence.get("text")
    )
    people = tuple(str(party[key]) for party in parties for key in ("name", "firstName", "lastName") if party.get(key))
    found.calls.append(Call(account, said, people))


def _side(item: dict[str, Any]) -> str:
    return str(item.get("affiliation") or item.get("speakerAffiliation") or "").casefold()


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
