"""The shape of `content.yaml`: what a website shows to whom. A slot is a list of rules; the first match decides."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from icp_pipeline.settings.section import Section

FILE_NAME = "content.yaml"
# Traits in every home: whether a company is on the path for companies outside the ICP, and its experiment's arm.
PATH_TRAIT, SELF_SERVE = "content_path", "self_serve"
ARM_TRAIT, HOLDOUT = "content_arm", "holdout"
RESERVED_TRAITS = (PATH_TRAIT, ARM_TRAIT)


def _as_text(value: Any) -> Any:
    """`true` and `2015` can be levels too, which YAML reads as other types; levels are text."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else value


Segment = Annotated[str, BeforeValidator(_as_text), Field(min_length=1)]


class SlotSettings(Section):
    """A place on a page: what it shows, by one attribute of the visitor's company.

    `default` is for everybody without a matching value, and for the holdout of an experiment. `not_icp` is for
    companies of the primary ICP's tier not_icp; without it they see the default.
    """

    by: str
    # Checked by the validation of the file, which says what is allowed.
    default: str | None = None
    not_icp: str | None = None
    variants: Annotated[dict[str, Annotated[tuple[Segment, ...], Field(min_length=1)]], Field(min_length=1)]


class ExperimentSettings(Section):
    """From `start` on, `holdout` (a share) of the accounts see the defaults, so that the others can be compared."""

    name: str
    holdout: Annotated[float, Field(gt=0, lt=1)]
    start: datetime.date


class ContentSettings(Section):
    """Everything in `content.yaml`."""

    slots: Annotated[dict[str, SlotSettings], Field(min_length=1)]
    experiment: ExperimentSettings | None = None


def slot_rows(content: ContentSettings | None) -> list[dict[str, Any]]:
    """Rows of `settings.content_slots`."""
    return [
        {
            "slot": name,
            "slot_order": place,
            "attribute": slot.by,
            "default_variant": slot.default,
            "not_icp_variant": slot.not_icp,
        }
        for place, (name, slot) in enumerate(_slots(content), start=1)
    ]


def segment_rows(content: ContentSettings | None, types: Mapping[str, str]) -> list[dict[str, Any]]:
    """Rows of `settings.content_segments`; `types` are those of the attributes, by name."""
    return [
        {
            "slot": name,
            "variant": variant,
            "variant_order": place,
            "segment": segment,
            "segment_order": number,
            "attribute": slot.by,
            "trait": trait_name(slot.by, types.get(slot.by, "categorical"), segment),
            "is_flag": types.get(slot.by) == "multi",
        }
        for name, slot in _slots(content)
        for place, (variant, segments) in enumerate(slot.variants.items(), start=1)
        for number, segment in enumerate(dict.fromkeys(segments), start=1)
    ]


def experiment_rows(content: ContentSettings | None) -> list[dict[str, Any]]:
    """Rows of `settings.experiments`."""
    found = content.experiment if content else None
    return [{"experiment": found.name, "holdout": found.holdout, "starts_on": found.start}] if found else []


def trait_name(attribute: str, kind: str, segment: str) -> str:
    """A company fact's name in the website's flags.

    One of several values is a separate trait that is true or absent, because PostHog cannot look into a list. A
    number is given by its bin, under a name that says so: Segment reserves `employees` for the number itself.
    """
    if kind == "multi":
        return f"{attribute}_{re.sub(r'[^a-z0-9]+', '_', segment.casefold()).strip('_')}"
    return f"{attribute}_range" if kind == "numeric" else attribute


def _slots(content: ContentSettings | None) -> list[tuple[str, SlotSettings]]:
    return list(content.slots.items()) if content else []
