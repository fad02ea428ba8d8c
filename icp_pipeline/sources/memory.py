"""Memory that nothing uses any more, but that the process has not given back to the system."""

from __future__ import annotations

import gc

import pyarrow as pa


def give_back() -> None:
    """Free objects that only hold each other, for which a run rarely looks, and what Arrow keeps for later.

    Only what was made since the last time is looked at, which takes a millisecond.
    """
    gc.collect(1)
    pa.default_memory_pool().release_unused()
