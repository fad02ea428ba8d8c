"""Counts attribute values written since the last run, for accounts whose deals closed and for others.

A field that reps fill in when a deal is closed predicts the close. Exports of a day do not say when a value was
written, but two of them do: what differs was written in between. Of each night only sums by attribute are kept.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pandas as pd

from icp_pipeline.names import TableName, literal
from icp_pipeline.warehouse.shown_files import missing_files
from icp_pipeline.warehouse.version_reader import read_version
from icp_pipeline.warehouse.versions import newest

if TYPE_CHECKING:
    from icp_pipeline.run.session import Run

# Days after the close in which a value counts as written with it.
_DAYS = 90
# Of the other accounts so many show what changes anyway.
_OTHERS = 2_000
_WATCHED = """
with
closed as (
    select account_id, max(cast(closed_at as date)) as closed_on
    from core.deals where deal_role = 'new_business' and is_closed group by account_id
),
accounts as (
    select accounts.account_id, case when closed.closed_on > date '{since}' then closed.closed_on end as closed_on
    from core.accounts as accounts
    left join closed on accounts.account_id = closed.account_id
)
select account_id, closed_on from accounts
qualify closed_on is not null
    or row_number() over (partition by closed_on is null order by hash(account_id), account_id) <= {others}
"""
# Of several levels the sum does not depend on their order.
_VALUES = """
select account_id, attribute, bit_xor(hash(level)) as levels from core.account_attributes
where account_id in ({watched}) group by account_id, attribute
"""
# With other bins a value has another level without having changed.
_REBINNED = "select attribute from history.attribute_bins where run_id = {run_id}"
_COUNTS = ["closed_accounts", "new_closings", "closed_changes", "other_accounts", "other_changes"]


def record_changes(run: Run) -> None:
    """Add what changed since the newest published version to `history` of the work file; nothing on the same day."""
    last = newest(run.home.root)
    # What was not copied with a version, cannot be compared; the start of the run has said so.
    if last is None or missing_files(run.home.root, last):
        return
    with read_version(last.path) as earlier:
        day = earlier.execute("select max(as_of) from history.runs").fetchall()[0][0]
        if day is None or day >= run.as_of:
            return
        watched = _WATCHED.format(since=day - datetime.timedelta(days=_DAYS), others=_OTHERS)
        accounts = run.frame(watched).set_index("account_id")
        known = earlier.execute(
            "select account_id from core.accounts where account_id in (select unnest(?))", [list(accounts.index)]
        ).df()
        accounts = accounts.loc[known["account_id"]]
        before = earlier.execute(_VALUES.format(watched="select unnest(?)"), [list(accounts.index)]).df()
    now = run.frame(_VALUES.format(watched=f"select account_id from ({watched})"))
    now = now[~now["attribute"].isin(run.frame(_REBINNED.format(run_id=literal(run.run_id)))["attribute"])]
    counts = _counts(accounts, before, now[now["account_id"].isin(accounts.index)], pd.Timestamp(day))
    run.build.append(TableName("history", "attribute_changes"), counts.assign(run_id=run.run_id, as_of=run.as_of))


def _counts(accounts: pd.DataFrame, before: pd.DataFrame, now: pd.DataFrame, last_day: pd.Timestamp) -> pd.DataFrame:
    """One row per attribute that was there before: accounts whose deal just closed, others, and whose value is another.

    `accounts`: closed_on, by account; NULL for the others. `before`, `now`: account_id, attribute, levels. No rows
    where no deal closed.
    """
    closed_on = pd.to_datetime(accounts["closed_on"])
    is_closed = closed_on.notna()
    if not is_closed.any():
        return pd.DataFrame(columns=["attribute"])
    both = now.merge(before, on=["account_id", "attribute"], how="left", suffixes=("", "_before"))
    changed = both[both["levels"] != both["levels_before"]]
    changes = is_closed.loc[changed["account_id"]].groupby(changed["attribute"].to_numpy()).agg(["sum", "size"])
    changes = changes.reindex(sorted(before["attribute"].unique()), fill_value=0)
    return pd.DataFrame(
        {
            "attribute": changes.index,
            "closed_accounts": int(is_closed.sum()),
            "new_closings": int((closed_on > last_day).sum()),
            "closed_changes": changes["sum"].to_numpy(),
            "other_accounts": int((~is_closed).sum()),
            "other_changes": (changes["size"] - changes["sum"]).to_numpy(),
        }
    )
