"""`icp explain`: one account's score, the evidence that adds up to it, what is unknown, and its history."""

from __future__ import annotations

import difflib

from rich import box
from rich.console import Console
from rich.table import Table

from icp_pipeline.duck import Connection
from icp_pipeline.errors import IcpError
from icp_pipeline.home import Home
from icp_pipeline.summary import live

_FIND = """
select account_id from core.accounts
where lower(account_id) = lower($1) or salesforce_account_id = $1 or substr(salesforce_account_id, 1, 15) = $1
    or hubspot_company_id = $1 or lower(domain) = lower($1) or lower(name) = lower($1)
order by is_customer desc, account_id
"""


def print_scorecard(home: Home, wanted: str, out: Console) -> None:
    """Raises IcpError, with near matches, when no account has this domain, id or name."""
    with live(home) as connection:
        account_id = _find(connection, wanted, out)
        _header(connection, account_id, out)
        _evidence(connection, account_id, out)
        _unknown(connection, account_id, out)
        _history(connection, account_id, out)


def _find(connection: Connection, wanted: str, out: Console) -> str:
    found = [row[0] for row in connection.execute(_FIND, [wanted.strip()]).fetchall()]
    if not found:
        names = [row[0] for row in connection.execute("select coalesce(domain, name) from core.accounts").fetchall()]
        near = difflib.get_close_matches(wanted, [name for name in names if name], n=3, cutoff=0.5)
        hint = f" Near: {', '.join(near)}." if near else ""
        raise IcpError(f"no account has the domain, id or name '{wanted}'.{hint}")
    if len(found) > 1:
        out.print(
            f"[yellow]{len(found)} accounts match; showing the first. The others: {', '.join(found[1:6])}[/yellow]"
        )
    return str(found[0])


def _header(connection: Connection, account_id: str, out: Console) -> None:
    row = connection.execute(
        """
        select accounts.name, accounts.domain, accounts.is_customer, tiers.tier, tiers.grade, tiers.action,
            tiers.tier_since, tiers.icp_version, scores.status, scores.fit_score, scores.fit_probability,
            scores.fit_points, scores.trigger_score, scores.engagement_score, scores.priority_score
        from core.accounts as accounts
        inner join icp.account_tiers as tiers on tiers.account_id = accounts.account_id
        inner join icp.account_scores as scores
            on scores.account_id = accounts.account_id and scores.icp_id = tiers.icp_id
        where accounts.account_id = ? order by case when tiers.icp_id = 'primary' then 0 else 1 end limit 1
        """,
        [account_id],
    ).fetchone()
    if row is None:
        raise IcpError(f"{account_id} has no score in the live version; run `icp run` again.")
    name, domain, is_customer, tier, grade, action, since, version, status, score, probability, points, *axes = row
    out.print(f"\n[bold]{name}[/bold]  {domain or ''}  {'customer' if is_customer else 'prospect'}  ({account_id})")
    out.print(f"{tier} {grade or ''}: [bold]{action}[/bold]  since {since}, ICP {version or '-'}, {status}")
    if points is not None:
        out.print(
            f"fit score {score:.1f} of 100, probability {probability:.1%} (log-odds {points:+.3f}); "
            + ", ".join(f"{n} {v or 0:.2f}" for n, v in zip(("trigger", "engagement", "priority"), axes, strict=True))
        )


def _evidence(connection: Connection, account_id: str, out: Console) -> None:
    rows = connection.execute(
        """
        select attribute, segment, points from icp.score_evidence
        where account_id = ? and icp_id = 'primary' order by attribute = 'prior' desc, abs(points) desc, attribute
        """,
        [account_id],
    ).fetchall()
    table = Table(title="Evidence (log-odds; adds up to the fit)", title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("attribute", "segment"):
        table.add_column(column)
    table.add_column("points", justify="right")
    table.add_column("")
    for attribute, segment, points in rows:
        bar = "█" * min(30, round(abs(float(points)) * 15))
        style = "green" if points > 0 else "red"
        shown = "" if attribute == "prior" else f"[{style}]{bar}[/{style}]"
        table.add_row(attribute, segment, f"{points:+.3f}", shown)
    table.add_section()
    table.add_row("sum", "", f"{sum(float(row[2]) for row in rows):+.3f}", "", style="bold")
    out.print(table)


def _unknown(connection: Connection, account_id: str, out: Console) -> None:
    rows = connection.execute(
        """
        select distinct criteria.attribute from icp.criteria as criteria
        where criteria.icp_id = 'primary' and not exists (
            select 1 from core.account_attributes as known
            where known.account_id = ? and known.attribute = criteria.attribute)
        order by 1
        """,
        [account_id],
    ).fetchall()
    if rows:
        out.print(f"Unknown, counts for nothing: {', '.join(row[0] for row in rows)}")
    triggers = connection.execute(
        """
        select trigger, age_days, points from icp.trigger_points
        where account_id = ? and icp_id = 'primary' order by points desc, trigger
        """,
        [account_id],
    ).fetchall()
    for trigger, age, points in triggers:
        out.print(f"Trigger {trigger}, {age} days ago: {points:+.3f}")


def _history(connection: Connection, account_id: str, out: Console) -> None:
    rows = connection.execute(
        """
        select as_of, coalesce(from_tier, 'new'), to_tier, cause, icp_version from history.tier_changes
        where account_id = ? and icp_id = 'primary' order by changed_at desc limit 10
        """,
        [account_id],
    ).fetchall()
    for as_of, source, target, cause, version in rows:
        out.print(f"[dim]{as_of}[/dim] {source} -> {target}: {cause} (ICP {version or '-'})")
