"""One simulated company as learning sees it, with its truth; every generator makes these."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from icp_pipeline import duck
from icp_pipeline.home import SQL
from icp_pipeline.models.graph import load_models
from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Level = tuple[str, str]

KINDS = ("signal", "noise", "pair", "texture")


@dataclass(frozen=True)
class Recipe:
    """Which company to make: generator, kind, approximate number of customers, and seed."""

    generator: str
    kind: str
    customers: int
    seed: int

    @property
    def name(self) -> str:
        """The name of its cache file."""
        return f"{self.generator}_{self.kind}_{self.customers}_{self.seed}"


@dataclass(frozen=True)
class Truth:
    """What was planted. Traits map a name to the (attribute, level) pairs that have the effect."""

    good: dict[str, frozenset[Level]]
    bad: dict[str, frozenset[Level]]
    # Attributes with a planted trait, and proxies of them; all others are null attributes.
    carriers: frozenset[str]
    pair: tuple[frozenset[Level], frozenset[Level]] | None
    leak: str | None
    # A level whose customers are young but otherwise like the rest.
    young: Level
    # Per prospect of the market, by account_id: `quality` and `win` (planted log-odds), `best` (it would have been
    # among the best fifth of customers), `ideal` (best, and its deal would have been won).
    prospects: pd.DataFrame
    # The same two log-odds for each account that was sold to, by account_id.
    sold: pd.DataFrame


@dataclass(frozen=True)
class World:
    """Tables of one company after the real outcome and segment models, and its truth."""

    recipe: Recipe
    tables: dict[str, pd.DataFrame]
    truth: Truth
    settings: dict[str, Any]
    # Other models' probabilities for the prospects, by name; computed once and cached.
    rivals: dict[str, Floats] = field(default_factory=dict)


# Tables to keep from a company's database; leaks are excluded as in the pipeline.
QUERIES = {
    "observations": "select * from outcomes.observations",
    "attributes": """
        select account_id, attribute, level, known_at from core.account_attributes
        where attribute not in (select attribute from segments.attribute_leaks where verdict = 'block')
    """,
    "definitions": "select * from segments.segment_definitions where icp_id = 'primary'",
    "lift": "select * from segments.segment_lift",
    "pairs": "select * from segments.segment_pair_lift",
    "leaks": "select attribute, rule, verdict from segments.attribute_leaks",
    "market": "select account_id from core.accounts where relationship in ('prospect', 'open_deal')",
    "strengths": "select * from settings.trigger_strengths",
    "settings": "select * from settings.run",
}


def read_tables(connection: duck.Connection) -> dict[str, pd.DataFrame]:
    """The tables that learning and evaluation need, from a database with built models."""
    return {name: connection.execute(query).df() for name, query in QUERIES.items()}


@cache
def models_for(tables: tuple[str, ...], schemas: tuple[str, ...]) -> tuple[Model, ...]:
    """The models of these schemas that build the tables, in build order; parsed once per process."""
    wanted = {TableName.parse(name) for name in tables}
    needed = []
    for model in reversed(load_models(SQL).in_order()):
        if model.name in wanted and model.name.schema in schemas:
            needed.append(model)
            wanted |= set(model.depends_on)
    return tuple(reversed(needed))


def levels(attribute: str, *names: str) -> frozenset[Level]:
    """Levels of one attribute as a set."""
    return frozenset((attribute, name) for name in names)
