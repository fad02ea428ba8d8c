"""Which rows an export is made of: one query per frame, for whoever holds the connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache

import pandas as pd

from icp_pipeline.activation import targets

# Accounts by ICP and tier, which the manifest counts.
COUNTED_TIERS = "tiers"


def frame_queries() -> dict[str, str]:
    """By frame its query; a frame of a model is called like it."""
    models = dict.fromkeys(model for target in targets.TARGETS for model in target.reads)
    counted = "select icp_id, tier, count(*) as accounts from exports.accounts_review group by icp_id, tier"
    return {model: f"select * from {model}" for model in models} | {COUNTED_TIERS: counted}


class QueriedFrames(Mapping[str, pd.DataFrame]):
    """The frames of an export, each read when somebody first asks for it; `query` runs a statement."""

    def __init__(self, query: Callable[[str], pd.DataFrame]) -> None:
        self._queries = frame_queries()
        self._read = cache(lambda name: query(self._queries[name]))

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self._read(name)

    def __contains__(self, name: object) -> bool:
        # Of itself it would read the frame to find out.
        return name in self._queries

    def __iter__(self) -> Iterator[str]:
        return iter(self._queries)

    def __len__(self) -> int:
        return len(self._queries)
