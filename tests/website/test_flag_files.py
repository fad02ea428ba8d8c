"""The flag files: each tool's own package shows the first matching variant, else the default."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import official_sdks
import pandas as pd
import pytest
from activation.export_frames import write_target
from referencing import Registry, Resource

from icp_pipeline.activation.website_files import TRAITS, WEBSITE_FILES

SCHEMAS = Path(__file__).with_name("flagd_schema")
COLUMNS = ("slot", "slot_order", "rung", "kind", "variant", "attribute", "segment_order", "trait", "value", "is_flag")


def rung(slot: str, place: int, variant: str, trait: str | None, *values: str, kind: str = "segment") -> pd.DataFrame:
    is_flag = bool(trait and trait.startswith("technology_"))
    rows = [
        (slot, 1 if slot == "headline" else 2, place, kind, variant, slot, number, trait, value, is_flag)
        for number, value in enumerate(values or (None,), start=1)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


LADDERS = pd.concat(
    [
        rung("headline", 1, "general", "content_arm", "holdout", kind="holdout"),
        rung("headline", 2, "who_this_is_for", "content_path", "self_serve", kind="self_serve"),
        rung("headline", 3, "saas", "industry", "Computer Software", "Internet"),
        rung("headline", 4, "money", "industry", "Banking & \"Finance\" 'Übersee'"),
        rung("headline", 5, "general", None, kind="default"),
        rung("integration", 1, "none", "content_arm", "holdout", kind="holdout"),
        rung("integration", 3, "crm", "technology_salesforce", "true"),
        rung("integration", 3, "crm", "technology_hubspot", "true"),
        rung("integration", 4, "cloud", "technology_aws", "true"),
        rung("integration", 5, "none", None, kind="default"),
    ],
    ignore_index=True,
)
NOTHING: dict[str, Any] = dict.fromkeys(
    ("content_arm", "content_path", "industry", "technology_salesforce", "technology_hubspot", "technology_aws")
)
VISITORS = {
    "nothing known": (NOTHING, "general", "none"),
    "first segment": (NOTHING | {"industry": "Internet"}, "saas", "none"),
    "quotes and accents": (NOTHING | {"industry": "Banking & \"Finance\" 'Übersee'"}, "money", "none"),
    "another industry": (NOTHING | {"industry": "Retail"}, "general", "none"),
    "either technology": (NOTHING | {"technology_hubspot": True, "technology_aws": True}, "general", "crm"),
    "the later rung": (NOTHING | {"technology_aws": True}, "general", "cloud"),
    "not for them": (NOTHING | {"industry": "Internet", "content_path": "self_serve"}, "who_this_is_for", "none"),
    "held out": (
        {
            "industry": "Internet",
            "content_path": "self_serve",
            "content_arm": "holdout",
            "technology_salesforce": True,
            "technology_hubspot": True,
            "technology_aws": True,
        },
        "general",
        "none",
    ),
    "personalised": (NOTHING | {"industry": "Internet", "content_arm": "personalised"}, "saas", "none"),
}


def written(folder: Path, rungs: pd.DataFrame, traits: Sequence[tuple[str, str, str]] = ()) -> Path:
    facts = pd.DataFrame([*traits], columns=["domain", "trait", "value"])
    for target in WEBSITE_FILES:
        write_target(target, {TRAITS: facts, target.model: rungs}, folder)
    return folder / "personalization"


@pytest.mark.parametrize("tool", official_sdks.ALL)
def test_every_tool_shows_the_first_rung_that_holds(tool: str, tmp_path: Path) -> None:
    folder = written(tmp_path, LADDERS)
    shown = official_sdks.ALL[tool](folder, [traits for traits, *_ in VISITORS.values()])
    expected = [{"headline": headline, "integration": other} for _, headline, other in VISITORS.values()]
    assert dict(zip(VISITORS, shown, strict=True)) == dict(zip(VISITORS, expected, strict=True))


@pytest.mark.parametrize("tool", [name for name in official_sdks.ALL if name != "posthog"])
def test_a_visitor_without_any_trait_sees_the_defaults(tool: str, tmp_path: Path) -> None:
    # PostHog's local evaluation needs every property, even null ones; its servers do not.
    assert official_sdks.ALL[tool](written(tmp_path, LADDERS), [{}]) == [{"headline": "general", "integration": "none"}]


def test_ladders_of_any_shape_are_climbed_alike(tmp_path: Path) -> None:
    draw = random.Random(7)
    names = ["industry", "region", "technology_a", "technology_b"]
    for case in range(6):
        rows, rules = [], []
        for place in range(1, 7):
            trait = draw.choice(names)
            values = ["true"] if trait.startswith("technology_") else draw.sample("ABCDE", draw.randint(1, 3))
            rows.append(rung("headline", place, f"v{draw.randint(1, 4)}", trait, *values))
            rules.append((trait, values, rows[-1]["variant"].iloc[0]))
        rows.append(rung("headline", 9, "v0", None, kind="default"))
        visitors = [
            {name: draw.choice([None, True] if "_" in name else [None, *"ABCDEF"]) for name in names} for _ in range(40)
        ]
        expected = [
            next(
                (each for trait, values, each in rules if str(seen[trait] or "").lower() in map(str.lower, values)),
                "v0",
            )
            for seen in visitors
        ]
        folder = written(tmp_path / str(case), pd.concat(rows, ignore_index=True))
        for tool in (official_sdks.openfeature_python, official_sdks.growthbook, official_sdks.posthog):
            asked = [{"headline": variant} for variant in expected]
            assert tool(folder, visitors) == asked, tool


def schema_errors(flags: Any) -> list[str]:
    found = {
        name: json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8")) for name in ("flags", "targeting")
    }
    registry: Registry[Any] = Registry().with_resources(
        [(each["$id"], Resource.from_contents(each)) for each in found.values()]
    )
    return [error.message for error in jsonschema.Draft7Validator(found["flags"], registry=registry).iter_errors(flags)]


def test_flags_keep_flagds_published_schema(tmp_path: Path) -> None:
    flags = json.loads((written(tmp_path, LADDERS) / "flags.flagd.json").read_text(encoding="utf-8"))
    assert schema_errors(flags) == []
    flags["flags"]["headline"]["targeting"]["if"][0] = {"equals": [{"var": "industry"}, "Internet"]}
    assert schema_errors(flags), "the schema must notice an operator that flagd does not have"


def test_a_line_for_each_domain_has_every_trait(tmp_path: Path) -> None:
    facts = [("b.example", "industry", "Internet"), ("b.example", "technology_aws", "true")]
    folder = written(tmp_path, LADDERS, [("a.example", "content_path", "self_serve"), *facts])
    lines = [json.loads(line) for line in (folder / "account_traits.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(line["type"], line["groupId"], bool(line["anonymousId"])) for line in lines] == [
        ("group", "a.example", True),
        ("group", "b.example", True),
    ]
    assert lines[0]["traits"] == NOTHING | {"content_path": "self_serve"}
    assert lines[1]["traits"] == NOTHING | {"industry": "Internet", "technology_aws": True}


def test_without_content_nothing_is_written(tmp_path: Path) -> None:
    written(tmp_path, LADDERS.iloc[:0])
    assert not list(tmp_path.iterdir())


def test_the_readme_says_what_is_for_servers_only(tmp_path: Path) -> None:
    text = (written(tmp_path, LADDERS) / "README.md").read_text(encoding="utf-8")
    assert "**`account_traits.jsonl` is for servers only.**" in text
    assert "| `headline` | headline | `general` | `who_this_is_for`, `saas`, `money` |" in text
