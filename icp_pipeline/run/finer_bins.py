"""Splits the bins of numbers that versions have points for: a refit may learn from finer ones, and nobody moves.

Every kept edge stays, so each finer bin lies inside one kept bin. What versions know of a bin holds for its parts, so
all accounts keep their points until a version that was learned from the parts goes live. Ranges that people named in
`content.yaml` stay ranges.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from icp_pipeline.settings.tables import bin_levels
from icp_pipeline.warehouse.build import Build

Edges = tuple[float, ...]
Floats = npt.NDArray[np.float64]

# A part of a bin must hold this share of what the suggested bin on its side does: the others are the same edges, moved
# a little by newer values.
_ENOUGH = 0.5
_EVIDENCE = """
insert into history.icp_evidence by name
select * replace ($3 as level) from history.icp_evidence where attribute = $1 and level = $2
"""
# Within a bin the market is taken to have been spread as it is now, so that a split is no drift.
_SHARES = """
insert into history.icp_trait_shares by name
select * replace ($3 as level, cast(round(n * $4) as integer) as n, share * $4 as share)
from history.icp_trait_shares where attribute = $1 and level = $2
"""
_GONE = "delete from history.{table} where attribute = $1 and level = $2"


def finer_edges(kept: Edges, suggested: Edges, values: npt.ArrayLike) -> Edges:
    """The kept edges, and those suggested for today's values that split a kept bin into parts of some size."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    edges, outer = list(kept), (-np.inf, *suggested, np.inf)
    for before, edge, after in zip(outer, suggested, outer[2:], strict=False):
        place = int(np.searchsorted(edges, edge))
        around = (-np.inf, *edges, np.inf)[place : place + 2]
        left, right = _held(ordered, around[0], edge), _held(ordered, edge, around[1])
        if (
            edge not in edges
            and left >= _ENOUGH * _held(ordered, before, edge)
            and right >= _ENOUGH * _held(ordered, edge, after)
        ):
            edges.insert(place, edge)
    return tuple(edges)


def carry_over(build: Build, attribute: str, kept: Edges, finer: Edges, values: npt.ArrayLike) -> None:
    """Give the parts of each split bin what versions in history know of the bin: points in full, the market in part."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    parts = bin_levels(finer)
    for level, (lower, upper) in bin_levels(kept).items():
        inside = {name: bounds for name, bounds in parts.items() if lower <= bounds[0] and bounds[1] <= upper}
        if list(inside) == [level]:
            continue
        held = {name: _held(ordered, *bounds) for name, bounds in inside.items()}
        total = sum(held.values())
        for name, n in held.items():
            build.execute(_EVIDENCE, [attribute, level, name])
            build.execute(_SHARES, [attribute, level, name, n / total if total else 1 / len(held)])
        for table in ("icp_evidence", "icp_trait_shares"):
            build.execute(_GONE.format(table=table), [attribute, level])


def _held(ordered: Floats, lower: float, upper: float) -> int:
    """How many values lie from `lower` to just below `upper`."""
    first, last = np.searchsorted(ordered, [lower, upper], side="left")
    return int(last - first)
