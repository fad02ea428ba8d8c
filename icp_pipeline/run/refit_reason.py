"""Whether the live ICP should be learned again, according to the published warehouse. Without Dagster."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from icp_pipeline.home import Home
from icp_pipeline.warehouse.version_reader import read_version
from icp_pipeline.warehouse.versions import live_version_file

# Only ICPs in the settings: the versions of a removed one stay in history, but nobody waits for them. The one learned
# longest ago comes first.
_QUESTION = """
select
    version.icp_version,
    version.as_of,
    (
        select count(*) from core.customers as customer
        inner join core.icp_members as member on customer.account_id = member.account_id
        where member.icp_id = version.icp_id and customer.customer_since > version.as_of
    ) as new_customers,
    (
        select count(*) from quality.warnings as warning
        where warning.code = 'ICP_DRIFTED'
            and (warning.subject = version.icp_id or starts_with(warning.subject, version.icp_id || ':'))
    ) as drifted,
    -- Not where that is what the last refit found.
    (
        select count(*) from quality.warnings as warning
        where warning.code = 'ICP_UNCONFIRMED'
            and (warning.subject = version.icp_id or starts_with(warning.subject, version.icp_id || ':'))
            and (
                select arg_max(tried.status, (tried.as_of, tried.learned_at))
                from history.icp_versions as tried where tried.icp_id = version.icp_id
            ) <> 'no_signal'
    ) as unconfirmed
from icp.live_versions as live
inner join history.icp_versions as version
    on live.icp_id = version.icp_id and live.icp_version = version.icp_version
order by version.as_of, version.icp_id <> 'primary', version.icp_id
"""


@dataclass(frozen=True)
class RefitReason:
    """The answer, the sentence that explains it, and a key that is the same until something new happens."""

    needed: bool
    cause: str
    key: str = ""


def refit_reason(home: Home, after_wins: int) -> RefitReason:
    """Reason by the live version; none if nothing is published, because the first run learns anyway."""
    live = live_version_file(home.root)
    if live is None:
        return RefitReason(False, "nothing is published yet; the first run learns the ICP")
    with read_version(live) as connection:
        rows = connection.execute(_QUESTION).fetchall()
    if not rows:
        return RefitReason(False, "no ICP version is live; every run tries to learn one")
    reasons = [_reason(row, after_wins) for row in rows]
    return next((reason for reason in reasons if reason.needed), reasons[0])


def _reason(row: tuple[str, datetime.date, int, int, int], after_wins: int) -> RefitReason:
    """The answer for one live version."""
    version, as_of, new_customers, drifted, unconfirmed = row
    if unconfirmed:
        return RefitReason(True, f"today's data no longer support {version}", f"{version}-unconfirmed")
    if drifted:
        return RefitReason(True, f"{version} has drifted", f"{version}-drifted")
    if new_customers >= after_wins:
        return RefitReason(
            True, f"{new_customers} new customers since {as_of}", f"{version}-wins-{new_customers // after_wins}"
        )
    return RefitReason(False, f"{new_customers} new customers since {as_of}; {after_wins} are needed")
