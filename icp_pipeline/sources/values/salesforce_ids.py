"""Salesforce ids: 15 case-sensitive characters, or 18 with a checksum that keeps the case safe."""

from __future__ import annotations

import re
import string

from icp_pipeline.sources.refusal import Unusable

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_CASES = {ord(char): "1" if char.isupper() else "0" for char in string.ascii_letters + string.digits}
_FORM = re.compile(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?")


def checksum(id_15: str) -> str:
    """The three characters that say which of the fifteen are upper case."""
    cases = id_15[:15].translate(_CASES)
    # The first character of a block is its lowest bit.
    return "".join(ALPHABET[int(cases[start : start + 5][::-1], 2)] for start in (0, 5, 10))


def to_18(text: str) -> str:
    """The 18-character form; raises Unusable if the text is not an id or its case was lost."""
    if not _FORM.fullmatch(text):
        raise Unusable("not a Salesforce id: expected 15 or 18 letters and digits")
    expected = text[:15] + checksum(text)
    if len(text) == 18 and text[15:].upper() != expected[15:]:
        raise Unusable("Salesforce id with a wrong checksum: some tool changed its letter case")
    return expected
