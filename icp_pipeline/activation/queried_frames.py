"""Which rows an export is made of: one query per frame, for whoever holds the connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import pandas as pd

FRAME_QUERIES: dict[str, str] = {
    "salesforce_account_update": "select * from exports.salesforce_account_update",
    "hubspot_company_update": "select * from exports.hubspot_company_update",
    "icp_tags": "select * from exports.icp_tags",
    "accounts_review": "select * from exports.accounts_review",
    "changes": "select * from exports.changes",
    "tiers": "select icp_id, tier, count(*) as accounts from exports.accounts_review group by icp_id, tier",
}


class QueriedFrames(Mapping[str, pd.DataFrame]):
    """The frames of an export, each read when somebody first asks for it.

    `query` runs a statement, `content` names the rows that one gives: two frames of the same name hold the same rows.
    """

    def __init__(self, query: Callable[[str], pd.DataFrame], content: Callable[[str], str]) -> None:
        self._read = cache(lambda name: query(FRAME_QUERIES[name]))
        self._content = cache(lambda name: content(FRAME_QUERIES[name]))

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self._read(name)

    def __contains__(self, name: object) -> bool:
        # Of itself it would read the frame to find out.
        return name in FRAME_QUERIES

    def __iter__(self) -> Iterator[str]:
        return iter(FRAME_QUERIES)

    def __len__(self) -> int:
        return len(FRAME_QUERIES)

    def content(self, name: str) -> str:
        """What a frame holds, as a short text; the frame itself is not read for it."""
        return self._content(name)


def missing_frames(frames: Mapping[str, Any]) -> list[str]:
    """Names of the frames that an export cannot do without and were not given."""
    return [name for name in FRAME_QUERIES if name not in frames]
