"""The tier that given points lead to: the rules of `icp.tier_positions`, for points that an account does not have yet.

`tests/cli/test_what_if.py` holds these rules against every account of a run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

# Log-odds that active triggers must add before an account can be tier 1.
TRIGGER_FLOOR = 0.25
# Log-odds below which its buying process keeps an account out of tier 1.
PROCESS_FLOOR = -0.25
_NAMES = {1: "tier_1", 2: "tier_2", 3: "tier_3", 4: "not_icp", None: "unscored"}


@dataclass(frozen=True)
class Edges:
    """Where the bands begin, in log-odds, and how far past an edge an account must be to move at once."""

    a: float
    b: float
    d: float
    margin: float
    min_known_share: float
    criteria_attributes: int


@dataclass(frozen=True)
class Trait:
    """A value that an account might turn out to have; `is_process` is about how it buys, `objects` a negative
    criterion there."""

    points: float
    is_criterion: bool = False
    disqualifies: bool = False
    is_process: bool = False
    objects: bool = False


@dataclass(frozen=True)
class Standing:
    """What decides the tier of one account."""

    fit_points: float
    trigger_score: float
    known_attributes: int
    is_disqualified: bool = False
    process_points: float = 0.0
    has_objection: bool = False

    def with_trait(self, trait: Trait) -> Standing:
        """As it would stand if one more trait were known."""
        return replace(
            self,
            fit_points=self.fit_points + trait.points,
            known_attributes=self.known_attributes + trait.is_criterion,
            is_disqualified=self.is_disqualified or trait.disqualifies,
            process_points=self.process_points + (trait.points if trait.is_process else 0.0),
            has_objection=self.has_objection or (trait.is_process and trait.objects),
        )


def tier_of(standing: Standing, edges: Edges, shift: float = 0.0) -> str:
    """The tier by points alone; `shift` is added to every sum, to see how near an edge is."""
    return _NAMES[_rank(standing, edges, shift)]


def is_near_edge(standing: Standing, edges: Edges, tier_now: str) -> bool:
    """Whether an account that has `tier_now` would keep it for a day although its points say otherwise."""
    best, worst = _rank(standing, edges, edges.margin), _rank(standing, edges, -edges.margin)
    now = next((rank for rank, name in _NAMES.items() if name == tier_now), None)
    return now is not None and best is not None and worst is not None and best <= now <= worst


def missing_traits(standing: Standing, edges: Edges) -> int:
    """How many more of the criteria's traits must be known before the account is scored at all."""
    missing = 0
    while (standing.known_attributes + missing) / max(1, edges.criteria_attributes) < edges.min_known_share:
        missing += 1
    return missing


def _rank(standing: Standing, edges: Edges, shift: float) -> int | None:
    total, trigger = standing.fit_points + standing.trigger_score + shift, standing.trigger_score + shift
    if standing.is_disqualified:
        return 4
    if missing_traits(standing, edges) or not edges.criteria_attributes:
        return None
    if total < edges.d:
        return 4
    may_be_pursued = standing.process_points + shift >= PROCESS_FLOOR and not standing.has_objection
    if total >= edges.a and trigger >= TRIGGER_FLOOR and may_be_pursued:
        return 1
    return 2 if total >= edges.b else 3
