"""What an earlier page holds and need not be made again: its charts, and its accounts when they are the same.

Each part stands in the page with the name of what it was made from. The caller vouches for the page's bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from icp_pipeline import plain_text, tiers
from icp_pipeline.code_digest import code_digest
from icp_pipeline.report.drawing import Drawn
from icp_pipeline.report.frame_queries import READ_FOR_ACCOUNTS, queries

_CHART = re.compile(
    r'<figure class="chart" data-made-from="([0-9a-f]{64})"[^>]*>\n'
    r'<div class="wide">(<svg.*?</svg>)</div>\n<div class="narrow">(<svg.*?</svg>)</div>',
    re.DOTALL,
)
_ACCOUNTS = re.compile(r'<section id="accounts" data-made-from="([0-9a-f]{64})".*?</section>', re.DOTALL)
_DATA = re.compile(r'<script type="application/octet-stream" id="accounts-data">([A-Za-z0-9+/=]*)</script>')


@dataclass(frozen=True)
class Earlier:
    """Parts of an earlier page: charts by `Chart.made_from`, and the accounts' section with its packed table."""

    charts: Mapping[str, Drawn] = field(default_factory=dict)
    accounts_made_from: str | None = None
    accounts: str = ""
    data: str = ""


def earlier(page: str) -> Earlier:
    """The parts of a page; of a page of another release, or of none, there are none."""
    charts = {name: Drawn(Markup(wide), Markup(narrow)) for name, wide, narrow in _CHART.findall(page)}
    section, data = _ACCOUNTS.search(page), _DATA.search(page)
    if section is None or data is None:
        return Earlier(charts)
    return Earlier(charts, section[1], section[0], data[1])


def accounts_made_from(query: Callable[[str], pd.DataFrame], content: Callable[[str], str]) -> str:
    """A name for all that the accounts' section shows: equal only when the tables and the code are.

    `query` runs a statement on the warehouse; `content` names the rows that a query gives.
    """
    digest = hashlib.sha256(_code())
    for name, sql in queries(query, READ_FOR_ACCOUNTS).items():
        digest.update(f"{name} {content(sql)}\n".encode())
    return digest.hexdigest()


def _code() -> bytes:
    """Whatever changes in this room, or in what it shares with the import files, may draw a part otherwise."""
    room = code_digest(Path(__file__).parent, (".py", ".sql", ".j2"))
    return room + code_digest(Path(plain_text.__file__)) + code_digest(Path(tiers.__file__))
