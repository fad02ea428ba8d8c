"""`make bench-claims`: tests claims about made-up companies, some true, some false, some about traits without effect.

`icp sample` writes each company, interviews included, and the real models read it. A claim's true effect is the mean of
`effect` over all companies of the same strength: what the test would find with unlimited customers. Claims about traits
without a planted effect are null.
"""

from __future__ import annotations

import datetime
import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
import yaml
from rich.console import Console

from bench.method.world import models_for
from icp_pipeline.home import PROJECT
from icp_pipeline.names import MODEL_SCHEMAS
from icp_pipeline.run.read_plan import read_plan
from icp_pipeline.sample.market import AS_OF, WorldFrames, accounts_for, make_world
from icp_pipeline.sample.streams import stream
from icp_pipeline.sample.world_options import World
from icp_pipeline.sample.write import write_sample
from icp_pipeline.settings.load import load_settings
from icp_pipeline.settings.tables import settings_tables
from icp_pipeline.sources.lake import land
from icp_pipeline.warehouse.build import open_build

RESULTS = Path(__file__).with_name("CLAIMS.md")
_FIRST_SEED = 7_000
# Usage is the slowest of the sources of outcomes, so there is little of it.
_EVENTS = 300
# About a tenth of the customers is too young to be ranked.
_OVER = 1.12
# Planted traits, as the pipeline names them, and whether they help or hurt.
PLANTED = {
    ("industry", "Computer Software"): "better",
    ("industry", "Marketing and Advertising"): "worse",
    ("employees", "200-999"): "better",
    ("has_revops", "true"): "better",
    ("technology", "Salesforce"): "better",
}
# Traits without a planted effect: their columns in the sample, by attribute.
NULL_TRAITS = {
    "ownership": "ownership",
    "budget_owner": "budget_owner",
    "country": "country",
    "business_model": "business_model",
}
_OPPOSITE = {"better": "worse", "worse": "better"}
SPEAKERS, NAMED = 4, 5
_READ = """
select attribute, segment, says, n, n_known, effect, verdict from voice.hypotheses where icp_id = 'primary'
"""
out = Console(highlight=False, width=None if sys.stdout.isatty() else 120)


@dataclass(frozen=True)
class Company:
    """One company: its seed, ranked customers, strength of the planted effects, and where its null claims come from."""

    seed: int
    customers: int
    signal: float
    # True: null claims are what each speaker's best five customers have in common. False: they are drawn at random.
    names_best: bool


def main(
    worlds: Annotated[int, typer.Option(min=1, help="Companies per strength.")] = 50,
    customers: Annotated[int, typer.Option(min=100, help="Ranked customers of each.")] = 1_000,
    strengths: Annotated[str, typer.Option(help="Factors of what is planted.")] = "1,0.5,0.3",
    processes: Annotated[int, typer.Option(min=1, help="Companies at a time.")] = 2,
    write: Annotated[bool, typer.Option("--write/--no-write", help="Keep the table in bench/CLAIMS.md.")] = True,
) -> None:
    """How often true claims are supported, false ones contradicted, and null ones called one or the other."""
    companies = [
        Company(_FIRST_SEED + place, customers, float(strength), place % 2 == 1)
        for strength in strengths.split(",")
        for place in range(worlds)
    ]
    with ProcessPoolExecutor(processes) as pool:
        found = []
        for number, frame in enumerate(pool.map(judged_claims, companies), start=1):
            found.append(frame)
            if number % 10 == 0:
                out.print(f"{number} of {len(companies)} companies")
    text = report(pd.concat(found, ignore_index=True), worlds, customers)
    out.print(text)
    if write:
        RESULTS.write_text(text, encoding="utf-8")


def judged_claims(company: Company) -> pd.DataFrame:
    """Write, land and build one company; return its claims with `kind` (true, false, null) and the verdict on each."""
    options = World(signal=company.signal)
    accounts = accounts_for(round(company.customers * _OVER), options)
    world = make_world(accounts, company.seed, AS_OF, options)
    claims = [*_planted(company.seed), *_null(world, company.names_best)]
    with tempfile.TemporaryDirectory(prefix="icp_claims_") as folder:
        home = Path(folder)
        write_sample(home, accounts=accounts, events=_EVENTS, seed=company.seed, world=options)
        shutil.copy(PROJECT / "data" / "icp.yaml", home)
        _write_interviews(home, claims)
        found = _built(home)
    said = pd.DataFrame(claims, columns=["speaker", "attribute", "segment", "says", "kind"])
    said = said.drop(columns="speaker").drop_duplicates(["attribute", "segment", "says"])
    return said.merge(found, on=["attribute", "segment", "says"]).assign(
        signal=company.signal, seed=company.seed, names_best=company.names_best
    )


Claim = tuple[int, str, str, str, str]


def _planted(seed: int) -> Iterator[Claim]:
    """Speakers take turns: half of the planted traits are claimed correctly, the others the wrong way round."""
    draw = stream(seed, "claims")
    for place, ((attribute, segment), truth) in enumerate(PLANTED.items()):
        is_true = bool(draw.random() < 0.5)
        yield (
            place % SPEAKERS,
            attribute,
            segment,
            truth if is_true else _OPPOSITE[truth],
            "true" if is_true else "false",
        )


def _null(world: WorldFrames, names_best: bool) -> Iterator[Claim]:
    """One null claim per speaker and trait: what five customers have more often than all, or a random level."""
    draw = stream(world.seed, "null claims")
    traits = world.accounts.iloc[world.customers["account"]].reset_index(drop=True)
    best = np.argsort(-world.customers["quality"].to_numpy())
    for speaker in range(SPEAKERS):
        named = traits.iloc[best[speaker * NAMED : (speaker + 1) * NAMED]]
        for attribute, column in NULL_TRAITS.items():
            shares = traits[column].value_counts(normalize=True)
            common = shares[shares > 0.05]
            if names_best:
                over = (named[column].value_counts(normalize=True) / common).dropna()
                level, says = (str(over.idxmax()), "better") if len(over) else (str(common.index[0]), "better")
            else:
                level, says = str(draw.choice(common.index.to_numpy())), str(draw.choice(["better", "worse"]))
            yield speaker, attribute, level, says, "null"


def _write_interviews(home: Path, claims: list[Claim]) -> None:
    # The sample's own interviews.
    shutil.rmtree(home / "landing" / "voice", ignore_errors=True)
    folder = home / "landing" / "voice" / "interviews"
    folder.mkdir(parents=True)
    day = datetime.date(AS_OF.year - 2, AS_OF.month, AS_OF.day)
    for speaker in range(SPEAKERS):
        said = [
            {"attribute": attribute, "segment": segment, "says": says}
            for by, attribute, segment, says, _ in dict.fromkeys(claims)
            if by == speaker
        ]
        interview = {"date": day, "role": "account executive", "respondent": f"ae-{speaker + 1}", "claims": said}
        (folder / f"ae-{speaker + 1}.yaml").write_text(yaml.safe_dump(interview), encoding="utf-8")


def _built(home: Path) -> pd.DataFrame:
    settings = load_settings(home)
    lake = land(home / "landing", home / "lake", read_plan(settings))
    with open_build(home, "claims") as build:
        build.attach_inputs(lake.parquet, settings_tables(settings, AS_OF, "claims"), lake.tables)
        for model in models_for(("voice.hypotheses",), MODEL_SCHEMAS):
            build.build(model)
        return build.frame(_READ)


def report(found: pd.DataFrame, worlds: int, customers: int) -> str:
    """The table of `bench/CLAIMS.md`."""
    found = found.assign(share=found["n"] / found["n_known"])
    lines = [
        "# What people say, tested",
        "",
        f"{worlds} companies of `icp sample` with {customers:,} ranked customers for each strength. Effects are in",
        "log-odds; made by `make bench-claims`.",
        "",
        "| strength | claim | true effect | of customers | true: supported | false: contradicted | called wrongly |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for signal, mine in found.groupby("signal", sort=False):
        planted = mine[mine["kind"] != "null"]
        for (attribute, segment), rows in planted.groupby(["attribute", "segment"]):
            right, wrong = _right(rows), _wrong(rows)
            lines.append(
                f"| {signal:g} | {attribute} {segment} | {rows['effect'].mean():+.2f} | {rows['share'].mean():.0%} | "
                f"{_rate(right[rows['kind'] == 'true'])} | {_rate(right[rows['kind'] == 'false'])} | {_rate(wrong)} |"
            )
    lines += ["", "| strength | null claims | called either way |", "| --- | --- | --- |"]
    for (signal, names_best), rows in found[found["kind"] == "null"].groupby(["signal", "names_best"], sort=False):
        how = "what the best five customers of each of four speakers share" if names_best else "drawn"
        lines.append(f"| {signal:g} | {how} | {_rate(rows['verdict'].isin(['supported', 'contradicted']))} |")
    return "\n".join(lines) + "\n"


def _right(rows: pd.DataFrame) -> pd.Series:
    wanted = np.where(rows["kind"] == "true", "supported", "contradicted")
    return rows["verdict"] == wanted


def _wrong(rows: pd.DataFrame) -> pd.Series:
    unwanted = np.where(rows["kind"] == "true", "contradicted", "supported")
    return rows["verdict"] == unwanted


def _rate(hits: pd.Series) -> str:
    return f"{hits.mean():.0%} of {len(hits)}" if len(hits) else "–"


if __name__ == "__main__":
    typer.run(main)
