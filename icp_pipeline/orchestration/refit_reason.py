"""Whether the live ICP should be learned again, asked of the published warehouse. No Dagster here."""

from __future__ import annotations

from dataclasses import dataclass

from icp_pipeline import duck
from icp_pipeline.home import Home

_QUESTION = """
select
    version.icp_version,
    version.as_of,
    (select count(*) from core.customers as customer where customer.customer_since > version.as_of) as new_customers,
    (select count(*) from quality.warnings as warning where warning.code = 'ICP_DRIFTED') as drifted
from history.icp_versions as version
where version.status = 'live'
order by version.promoted_at desc
limit 1
"""


@dataclass(frozen=True)
class RefitReason:
    """The answer, the sentence that explains it, and a key that is the same until something new happens."""

    needed: bool
    cause: str
    key: str = ""


def refit_reason(home: Home, after_wins: int) -> RefitReason:
    """Ask the live version; nothing published yet is no reason, for the first run learns anyway."""
    if not home.live.exists():
        return RefitReason(False, "nothing is published yet; the first run learns the ICP")
    with duck.connect(home.live.resolve(), read_only=True) as connection:
        row = connection.execute(_QUESTION).fetchone()
    if row is None:
        return RefitReason(False, "no ICP version is live; every run tries to learn one")
    version, as_of, new_customers, drifted = row
    if drifted:
        return RefitReason(True, f"{version} has drifted", f"{version}-drifted")
    if new_customers >= after_wins:
        return RefitReason(
            True, f"{new_customers} new customers since {as_of}", f"{version}-wins-{new_customers // after_wins}"
        )
    return RefitReason(False, f"{new_customers} new customers since {as_of}; {after_wins} are needed")
