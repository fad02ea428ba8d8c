"""The website's ladders as the flag files of three tools. Each says the same: the first rung that holds decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd

_FLAGD_SCHEMA = "https://flagd.dev/schema/v0/flags.json"
_DEFAULT = "default"

Json = dict[str, Any]
# By trait the values of which one meets it: text, or True for a trait that is true or absent.
Conditions = dict[str, list[str | bool]]


@dataclass(frozen=True)
class Rung:
    """What is shown where any of the conditions holds."""

    variant: str
    conditions: Conditions


@dataclass(frozen=True)
class Ladder:
    """A slot: its rungs in their order, and what is shown where none holds."""

    slot: str
    attribute: str
    default: str
    rungs: tuple[Rung, ...]

    @property
    def variants(self) -> list[str]:
        """Everything that it can show, the default first."""
        return list(dict.fromkeys((self.default, *(rung.variant for rung in self.rungs))))


def ladders(rows: pd.DataFrame) -> list[Ladder]:
    """The ladders of `activation.website_rungs`, in the order of the slots."""
    ordered = rows.sort_values(["slot_order", "rung", "segment_order", "trait", "value"], kind="stable")
    records = ordered.to_dict("records")
    return [_ladder(str(slot), list(of_slot)) for (_, slot), of_slot in groupby(records, _of("slot_order", "slot"))]


def _ladder(slot: str, rows: list[dict[str, Any]]) -> Ladder:
    rungs, default = [], ""
    for (_, kind, variant), of_rung in groupby(rows, _of("rung", "kind", "variant")):
        if kind == _DEFAULT:
            default = str(variant)
            continue
        conditions: Conditions = {}
        for row in of_rung:
            value: str | bool = True if row["is_flag"] else str(row["value"])
            values = conditions.setdefault(str(row["trait"]), [])
            if value not in values:
                values.append(value)
        rungs.append(Rung(str(variant), conditions))
    return Ladder(slot, str(rows[0]["attribute"]), default, tuple(rungs))


def _of(*names: str) -> Any:
    return lambda row: tuple(row[name] for name in names)


def traits(found: list[Ladder]) -> list[str]:
    """Every trait that a ladder looks at, each once, in their order."""
    return list(dict.fromkeys(trait for ladder in found for rung in ladder.rungs for trait in rung.conditions))


def flagd(found: list[Ladder]) -> Json:
    """OpenFeature's flagd. Where no rung holds the rule says nothing, so that flagd gives the default as its reason."""
    return {"$schema": _FLAGD_SCHEMA, "flags": {ladder.slot: _flagd_flag(ladder) for ladder in found}}


def _flagd_flag(ladder: Ladder) -> Json:
    rule = [part for rung in ladder.rungs for part in (_json_logic(rung), rung.variant)]
    return {
        "state": "ENABLED",
        "variants": {variant: variant for variant in ladder.variants},
        "defaultVariant": ladder.default,
        "targeting": {"if": rule},
    }


def _json_logic(rung: Rung) -> Json:
    tests: list[Json] = []
    for trait, values in rung.conditions.items():
        seen = {"var": trait}
        tests.append({"==": [seen, values[0]]} if len(values) == 1 else {"in": [seen, values]})
    return tests[0] if len(tests) == 1 else {"or": tests}


def growthbook(found: list[Ladder]) -> Json:
    """The payload that GrowthBook's SDKs evaluate: one feature per slot, one forced value per rung."""
    return {
        "features": {
            ladder.slot: {
                "defaultValue": ladder.default,
                "rules": [{"condition": _condition(rung), "force": rung.variant} for rung in ladder.rungs],
            }
            for ladder in found
        }
    }


def _condition(rung: Rung) -> Json:
    tests: list[Json] = [
        {trait: values[0] if len(values) == 1 else {"$in": values}} for trait, values in rung.conditions.items()
    ]
    return tests[0] if len(tests) == 1 else {"$or": tests}


def posthog(found: list[Ladder], group: str = "company") -> Json:
    """Flags as PostHog's API has them. They go by the properties of a visitor's group, never of a person."""
    return {
        "flags": [_posthog_flag(place, ladder) for place, ladder in enumerate(found, start=1)],
        "group_type_mapping": {"0": group},
        "cohorts": {},
    }


def _posthog_flag(place: int, ladder: Ladder) -> Json:
    variants = [
        {"key": variant, "rollout_percentage": 100 if variant == ladder.default else 0} for variant in ladder.variants
    ]
    return {
        "id": place,
        "key": ladder.slot,
        "name": f"What the website shows as {ladder.slot}, by {ladder.attribute}",
        "active": True,
        "filters": {
            "aggregation_group_type_index": 0,
            "groups": [*_posthog_groups(ladder)],
            "multivariate": {"variants": variants},
            "payloads": {},
        },
    }


def _posthog_groups(ladder: Ladder) -> Iterator[Json]:
    """The properties of a group must all hold, so that a rung with several traits is several groups."""
    for rung in ladder.rungs:
        for trait, values in rung.conditions.items():
            asked = {"key": trait, "value": values, "operator": "exact", "type": "group", "group_type_index": 0}
            yield {"properties": [asked], "rollout_percentage": 100, "variant": rung.variant}
    yield {"properties": [], "rollout_percentage": 100, "variant": ladder.default}
