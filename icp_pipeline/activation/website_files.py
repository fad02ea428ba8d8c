"""What a website is personalized with: flags that a browser may read, and the companies' traits for servers only.

Without `content.yaml` nothing is written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from icp_pipeline.activation.csv_files import WrittenFile, write_texts
from icp_pipeline.activation.flag_formats import Json, Ladder, flagd, growthbook, ladders, posthog, traits
from icp_pipeline.activation.row_batches import Query, Rows
from icp_pipeline.activation.target import ExportRun, Target
from icp_pipeline.settings.crm_fields import CrmFields

FOLDER = "personalization"
RUNGS, TRAITS = "activation.website_rungs", "exports.website_traits"
_RUNGS = Query(f"select * from {RUNGS}", ("slot_order", "slot", "rung", "segment_order", "trait", "value"))
_TRAITS = Query(f"select domain, trait, value from {TRAITS}", ("domain", "trait"))
_FLAGS = f"{FOLDER}/flags.flagd.json"
_POSTHOG = f"{FOLDER}/posthog_flags.json"
_GROWTHBOOK = f"{FOLDER}/growthbook.json"
_ACCOUNTS = f"{FOLDER}/account_traits.jsonl"
_README = f"{FOLDER}/README.md"
# Segment and RudderStack ask who says it; no person does.
_SPEAKER = "icp_pipeline"


@dataclass(frozen=True)
class FlagFile(Target):
    """The ladders as the flags of one tool. Browsers may read it."""

    render: Callable[[list[Ladder]], Json] = field(default=flagd)

    def queries(self, fields: CrmFields) -> tuple[Query, ...]:
        """The rungs of the ladders."""
        return (_RUNGS,)

    def write(self, rows: Sequence[Rows], folder: Path, *_: object) -> list[WrittenFile]:
        """Write the file; nothing without a ladder."""
        found = ladders(rows[0].whole())
        if not found:
            return []
        return [_write(folder, self.file, json.dumps(self.render(found), indent=2, ensure_ascii=False) + "\n")]


@dataclass(frozen=True)
class TraitsFile(Target):
    """A `group` call of Segment and RudderStack for each domain that is known. For servers only.

    Every trait is in every line, null where nothing is known: a company that lost one must lose it there too, and
    PostHog's local evaluation judges by traits that it was given, be it as null.
    """

    def queries(self, fields: CrmFields) -> tuple[Query, ...]:
        """The rungs of the ladders, and the traits by domain."""
        return _RUNGS, _TRAITS

    def write(self, rows: Sequence[Rows], folder: Path, *_: object) -> list[WrittenFile]:
        """Write the file; nothing without a ladder."""
        rungs = rows[0].whole()
        asked = traits(ladders(rungs))
        if not asked:
            return []
        flags = set(rungs.loc[rungs["is_flag"].astype(bool), "trait"])
        (folder / self.file).parent.mkdir(parents=True, exist_ok=True)
        written = write_texts(folder / self.file, _calls(rows[1], asked, flags))
        return [WrittenFile(self.file, written)]


def _calls(rows: Rows, asked: Sequence[str], flags: set[str]) -> Iterator[str]:
    """A line for each domain; its rows stand together."""
    # Tens of thousands of lines: `json.dumps` would make an encoder for each.
    encode = json.JSONEncoder(ensure_ascii=False).encode
    call = {"type": "group", "anonymousId": _SPEAKER}
    facts = (
        fact
        for frame in rows.frames()
        for fact in zip(*(frame[name].tolist() for name in ("domain", "trait", "value")), strict=True)
    )
    for domain, own in groupby(facts, key=itemgetter(0)):
        known = {trait: True if trait in flags else value for _, trait, value in own}
        yield encode({**call, "groupId": domain, "traits": {trait: known.get(trait) for trait in asked}}) + "\n"


@dataclass(frozen=True)
class WebsiteReadme(Target):
    """README: where each file goes, and which must never reach a browser."""

    def queries(self, fields: CrmFields) -> tuple[Query, ...]:
        """The rungs of the ladders."""
        return (_RUNGS,)

    def write(self, rows: Sequence[Rows], folder: Path, about: ExportRun, *_: object) -> list[WrittenFile]:
        """Write the file; nothing without a ladder."""
        found = ladders(rows[0].whole())
        if not found:
            return []
        return [_write(folder, self.file, "\n".join(_readme(found, about)) + "\n")]


def _write(folder: Path, file: str, content: str, rows: int | None = None) -> WrittenFile:
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_bytes(content.encode())
    return WrittenFile(file, rows)


def _readme(found: list[Ladder], about: ExportRun) -> list[str]:
    return [
        f"# Website personalisation, as of {about.as_of:%Y-%m-%d}",
        "",
        "**`account_traits.jsonl` is for servers only.** It lists the companies you know, by domain. Never put it",
        "where a browser can load it: in a bundle, a public bucket or a tag manager. The other files name no company,",
        "no domain and no judgement of anybody: they may be public.",
        "",
        "| file | where it goes |",
        "| --- | --- |",
        "| `flags.flagd.json` | OpenFeature: flagd, or any SDK with a flagd provider, on a server or in the page |",
        "| `posthog_flags.json` | PostHog: each entry of `flags` is a request to create a feature flag |",
        "| `growthbook.json` | GrowthBook: the payload for an SDK's `features` |",
        "| `account_traits.jsonl` | Your server, Segment or RudderStack: one `group` call per line |",
        "",
        "A server that knows the visitor's company (from the IP address or the sign-in) looks up its domain here and",
        "passes that one company's traits to the page. The page evaluates the flags with them. Unknown visitors have",
        "no traits and see the defaults.",
        "",
        "| slot | decided by | default | variants |",
        "| --- | --- | --- | --- |",
        *(f"| `{each.slot}` | {each.attribute} | `{each.default}` | {_listed(each.variants[1:])} |" for each in found),
        "",
        f"Traits: {_listed(traits(found))}.",
        "A trait is a string. Where a company can have several, such as technologies, each is a trait of its own with",
        "the value `true`. `null` means unknown.",
        "",
        "Companies that asked not to be contacted are included: showing them a page is not contacting them.",
    ]


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


WEBSITE_FILES: tuple[Target, ...] = (
    FlagFile(_FLAGS, RUNGS, "Who sees what on the website, as OpenFeature flags", for_whom="Website", render=flagd),
    FlagFile(_POSTHOG, RUNGS, "The same as PostHog feature flags", for_whom="Website", render=posthog),
    FlagFile(_GROWTHBOOK, RUNGS, "The same as GrowthBook features", for_whom="Website", render=growthbook),
    TraitsFile(
        _ACCOUNTS, RUNGS, "Company traits by domain; for servers, never for browsers", for_whom="Website servers"
    ),
    WebsiteReadme(_README, RUNGS, "Where each website file goes"),
)
