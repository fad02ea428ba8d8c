"""`icp content --suggest`: writes a first `content.yaml` from the live ICP, for people to put their words in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from icp_pipeline import duck
from icp_pipeline.errors import IcpError
from icp_pipeline.home import Home
from icp_pipeline.settings import website
from icp_pipeline.settings.load import load_settings
from icp_pipeline.settings.schema import Settings
from icp_pipeline.settings.website_check import usable_attributes
from icp_pipeline.tiers import TIERS
from icp_pipeline.warehouse.unreadable import unreadable
from icp_pipeline.warehouse.version_reader import read_version
from icp_pipeline.warehouse.versions import live_version_file

_MOST = 3
_CRITERIA = """
select attribute, segment, points, evidence from icp.criteria
where icp_id = 'primary' and points > 0 order by points desc, attribute, segment
"""


@dataclass(frozen=True)
class Kind:
    """A kind of attribute: its slot, the default variant, and why it is there."""

    slot: str
    default: str
    why: str
    attributes: tuple[str, ...]


# What a page uses of an ICP, most important first: industry decides the message, size the proof, technology the
# integrations, geography the legal requirements.
KINDS = (
    Kind("headline", "general", "industry drives the message", ("industry", "sub_industry")),
    Kind("proof", "logos_all", "size decides which customers are shown", ("employees", "annual_revenue_usd")),
    Kind(
        "integration",
        "integrations_all",
        "technology decides what has to fit",
        ("technology", "crm", "marketing_automation", "cloud", "complementary", "competitor"),
    ),
    Kind("compliance", "trust_center", "geography adds what the law asks for", ("country", "region")),
)


@dataclass(frozen=True)
class Criterion:
    """A criterion of the live ICP."""

    attribute: str
    segment: str
    points: float
    evidence: str


def suggest(home: Home) -> Path:
    """Write the file and return its path. Raises IcpError if it exists, or if no ICP is live."""
    path = home.root / website.FILE_NAME
    if path.exists():
        raise IcpError(f"{path}: already exists and was not changed. Move it away to get a new suggestion.")
    settings = load_settings(home.root)
    chosen = choose(_criteria(home), settings)
    if not chosen:
        raise IcpError(
            "the live ICP has no criterion about industry, size, technology or geography, so there is nothing to "
            "suggest. docs/website.md shows how to write content.yaml by hand."
        )
    path.write_text(as_yaml(chosen), encoding="utf-8")
    load_settings(home.root)
    return path


def _criteria(home: Home) -> list[Criterion]:
    path = live_version_file(home.root)
    if path is None:
        raise IcpError(f"{home.live}: nothing is published yet. Run `icp run --home {home.root}` first.")
    try:
        with read_version(path) as connection:
            return [Criterion(*row) for row in connection.execute(_CRITERIA).fetchall()]
    except duck.DuckError as error:
        raise IcpError(unreadable(path, error)) from error


def choose(criteria: Sequence[Criterion], settings: Settings) -> list[tuple[Kind, list[Criterion]]]:
    """The three kinds whose best criterion adds most points, in the order of `KINDS`, with all their criteria.

    `criteria` are ordered by points, largest first.
    """
    usable = usable_attributes(settings)
    best: dict[Kind, Criterion] = {}
    for each in criteria:
        for kind in KINDS:
            if each.attribute in kind.attributes and each.attribute in usable:
                best.setdefault(kind, each)
    chosen = sorted(best, key=lambda kind: -best[kind].points)[:_MOST]
    return [
        (kind, [each for each in criteria if each.attribute == best[kind].attribute])
        for kind in KINDS
        if kind in chosen
    ]


def as_yaml(chosen: Sequence[tuple[Kind, list[Criterion]]]) -> str:
    """The file's text: a slot for each kind, a variant for each criterion, with the evidence beside it."""
    lines = [
        "# Who sees what on the website, suggested from the live ICP. docs/website.md explains it in five minutes.",
        "# A slot is a place on a page. The first variant that matches the visitor's company is shown, or the default.",
        "# Rename the variants to match your pages; `icp content --preview DOMAIN` shows what a visitor would see.",
        "",
        "slots:",
    ]
    for place, (kind, criteria) in enumerate(chosen):
        lines += [f"  {kind.slot}:  # {kind.why}", f"    by: {criteria[0].attribute}", f"    default: {kind.default}"]
        if place == 0:
            lines.append("    not_icp: who_this_is_for  # companies that the product is not for")
        lines.append("    variants:")
        for name, each in zip(_names(criteria, kind), criteria, strict=True):
            lines += [f"      # {' '.join(each.evidence.split())}", f"      {name}: [{_quoted(each.segment)}]"]
        lines.append("")
    return "\n".join(
        [
            *lines,
            "# To measure whether it helps, show the defaults to some companies:",
            "# experiment: {name: icp_website, holdout: 0.2, start: 2027-01-01}",
            "",
        ]
    )


def _names(criteria: Sequence[Criterion], kind: Kind) -> list[str]:
    """Names of variants from those of segments: plain words, unique, and none with a reserved meaning."""
    names: list[str] = []
    for each in criteria:
        word = re.sub(r"[^a-z0-9]+", "_", each.segment.casefold()).strip("_")[:40]
        if not word[:1].isalpha():
            word = f"{kind.slot}_{word}".rstrip("_")
        if any(tier in word for tier in TIERS):
            word = f"{kind.slot}_{len(names) + 1}"
        while word in names:
            word += "_2"
        names.append(word)
    return names


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
