"""What the website shows to whom, by content.yaml: each slot's rules, with the number of known accounts per variant."""

from __future__ import annotations

from dataclasses import dataclass

from icp_pipeline.report.figures import Frames, Row, rows
from icp_pipeline.report.words import label, value

_OTHERS = {
    "holdout": "Held out, for comparison",
    "self_serve": "Companies that the product is not for",
    "default": "Everybody else, and unknown visitors",
}


@dataclass(frozen=True)
class SlotView:
    """A slot, its attribute, and its rungs in order: who, what they see, how many accounts."""

    slot: str
    attribute: str
    rungs: list[Row]


def view(frames: Frames) -> list[SlotView]:
    """Empty without content.yaml."""
    by_slot: dict[str, list[Row]] = {}
    for row in rows(frames, "website_content"):
        by_slot.setdefault(str(row["slot"]), []).append(row)
    return [
        SlotView(
            slot,
            label(str(found[0]["attribute"])),
            [{"who": _who(row), "variant": row["variant"], "accounts": row["accounts"]} for row in found],
        )
        for slot, found in by_slot.items()
    ]


def _who(row: Row) -> str:
    if row["kind"] in _OTHERS:
        return _OTHERS[str(row["kind"])]
    return ", ".join(value(str(row["attribute"]), segment) for segment in str(row["segments"]).split("; "))
