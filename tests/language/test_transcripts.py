"""Transcripts: only the customer's side, and a clear message for a file that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from icp_pipeline.language.transcripts import MOST_BYTES, Call, read_transcript
from icp_pipeline.sources.landed_text import UnreadText

CALL: dict[str, Any] = {
    "callId": "1",
    "accountDomain": "acme.example",
    "parties": [
        {"speakerId": "1", "affiliation": "External", "name": "Jane Doe"},
        {"speakerId": "2", "affiliation": "Internal"},
    ],
    "transcript": [
        {"speakerId": "1", "sentences": [{"text": "we are flying blind"}, {"text": "on pipeline"}]},
        {"speakerId": "2", "sentences": [{"text": "our product helps"}]},
        {"speakerId": "9", "sentences": [{"text": "nobody knows who this is"}]},
    ],
}


def written(folder: Path, document: Any) -> Path:
    path = folder / "call.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize("shape", [CALL, [CALL], {"callTranscripts": [CALL]}, {"calls": [CALL], "parties": []}])
def test_only_the_customers_side_is_read(shape: Any, tmp_path: Path) -> None:
    found = read_transcript(written(tmp_path, shape))
    assert found.calls == [Call("acme.example", ("we are flying blind", "on pipeline"), ("Jane Doe",))]
    assert found.without == {}


def test_a_call_without_speakers_or_account_is_counted_and_the_others_are_read(tmp_path: Path) -> None:
    nobody = {**CALL, "parties": [{"speakerId": "1"}]}
    nowhere = {key: value for key, value in CALL.items() if key != "accountDomain"}
    found = read_transcript(written(tmp_path, [nobody, nowhere, CALL]))
    assert len(found.calls) == 1
    assert found.without == {
        "do not say which speakers are customers (parties with speakerId and affiliation)": 1,
        "have no account (accountDomain or the id of a CRM)": 1,
    }


def test_a_file_of_200_mb_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "call.json"
    with path.open("wb") as file:
        file.truncate(200 * 1024**2)
    with pytest.raises(UnreadText, match=r"200 MB, too large for a call \(limit: 32 MB\): write one file per call"):
        read_transcript(path)
    assert MOST_BYTES == 32 * 1024**2


@pytest.mark.parametrize("text", ['{"secret": "zz', "[" * 100_000, "\ud83d".encode("utf-8", "surrogatepass")])
def test_what_is_not_json_is_told_without_quoting_it(text: str | bytes, tmp_path: Path) -> None:
    path = tmp_path / "call.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UnreadText, match="not JSON in UTF-8") as raised:
        read_transcript(path)
    assert "zz" not in str(raised.value)
    assert raised.value.__context__ is None, "the error of the parser holds the whole text"


def test_json_that_is_no_call_says_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(UnreadText, match="no call in it: expected an object with callId"):
        read_transcript(written(tmp_path, {"something": "else"}))
