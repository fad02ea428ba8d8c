"""Random streams: one per topic, so that changing one part of the company leaves the others as they were."""

import zlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Days = NDArray[np.datetime64]


def stream(seed: int, topic: str) -> np.random.Generator:
    """The generator of one topic of one seed; the same pair always gives the same numbers."""
    return np.random.default_rng([seed, zlib.crc32(topic.encode())])


def pick(rng: np.random.Generator, shares: dict[str, float], size: int) -> NDArray[np.object_]:
    """`size` names drawn by their shares (which need not add up to one)."""
    weights = np.array(list(shares.values()), dtype=float)
    chosen = rng.choice(len(weights), size=size, p=weights / weights.sum())
    return np.array(list(shares), dtype=object)[chosen]
