"""The causes of a tier move in words."""

from __future__ import annotations

from rich.text import Text

CAUSES = {
    "new": "first seen",
    "disqualified": "met a disqualifier",
    "icp_version": "another ICP version",
    "data": "more or less is known",
    "buying_process": "its buying process speaks against it",
    "membership": "it left the ICP's filter",
    "trigger": "a trigger came or ran out",
    "evidence": "its evidence changed",
}


def said(cause: str) -> Text:
    """What `history.tier_changes.cause` means; a cause this version does not know stands as it is."""
    return Text(CAUSES.get(cause, cause))
