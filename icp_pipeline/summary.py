"""What a person sees in the terminal after a run: files, customers, ICP, tiers, warnings, and where everything is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from icp_pipeline import duck
from icp_pipeline.errors import IcpError
from icp_pipeline.home import Home

Query = duck.Connection

_TIERS = {
    "tier_1": ("Tier 1", "pursue"),
    "tier_2": ("Tier 2", "nurture"),
    "tier_3": ("Tier 3", "deprioritise"),
    "not_icp": ("Not ICP", "exclude"),
    "unscored": ("Unscored", "enrich first"),
}


@contextmanager
def live(home: Home) -> Iterator[duck.Connection]:
    """The published warehouse, read only; raises IcpError when nothing is published yet."""
    if not home.live.exists():
        raise IcpError(f"{home.live}: nothing is published yet. Run `icp run --home {home.root}` first.")
    with duck.connect(home.live.resolve(), read_only=True) as connection:
        yield connection


def print_summary(home: Home, out: Console, seconds: float) -> None:
    """The final summary of `icp run` and `icp refit`."""
    with live(home) as connection:
        for table in (_files(connection), _criteria(connection), _tiers(connection)):
            out.print()
            out.print(table)
        _customers(connection, out)
        _warnings(connection, out)
        last = connection.execute("select run_id, as_of from history.runs order by finished_at desc limit 1").fetchone()
    run_id, as_of = last or ("?", "?")
    out.print(f"\n[bold green]Published[/bold green] run {run_id} as of {as_of} in {seconds:.1f} s")
    for label, path in (
        ("Analysts", home.live),
        ("RevOps", home.latest),
        ("Report", home.latest / "index.html"),
        ("Checks", home.state / "data_docs" / "index.html"),
    ):
        out.print(f"  {label:<9}{path}", soft_wrap=True)


def _files(connection: Query) -> Table:
    rows = connection.execute(
        """
        select source, table_name, count(*), sum(rows_read), sum(rows_loaded), sum(rows_rejected)
        from quality.source_files group by source, table_name order by source, table_name
        """
    ).fetchall()
    table = _table("Files read", ("source", "table", "files", "rows read", "loaded", "rejected"), numbers_from=2)
    for source, name, *counts in rows:
        table.add_row(source, name, *(f"{int(count):,}" for count in counts))
    totals = [sum(int(row[index]) for row in rows) for index in range(2, 6)]
    table.add_section()
    table.add_row("all", "", *(f"{total:,}" for total in totals), style="bold")
    return table


def _customers(connection: Query, out: Console) -> None:
    accounts, customers = connection.execute(
        "select count(*), coalesce(sum(case when is_customer then 1 else 0 end), 0) from core.accounts"
    ).fetchone() or (0, 0)
    cohorts = connection.execute("select cohort, count(*) from outcomes.customer_scores group by cohort").fetchall()
    counts = dict(cohorts)
    ranked = ", ".join(f"{counts.get(name, 0):,} {name}" for name in ("best", "middle", "worst"))
    out.print(f"\n{accounts:,} accounts, {int(customers):,} customers; ranked by outcome: {ranked}")


def _criteria(connection: Query) -> Table:
    rows = connection.execute(
        """
        select kind, attribute, segment, lift, ci_low, ci_high, n_segment, points, icp_version
        from icp.criteria order by case when points > 0 then 0 else 1 end, abs(points) desc, attribute, segment
        """
    ).fetchall()
    title = f"ICP {rows[0][8]}" if rows else "ICP: no criteria (see warnings)"
    columns = ("kind", "attribute", "segment", "lift", "90 % interval", "customers", "points")
    table = _table(title, columns, numbers_from=3)
    for kind, attribute, segment, lift, low, high, n, points, _ in rows:
        style = "green" if points > 0 else "red"
        table.add_row(
            f"[{style}]{kind}[/{style}]", attribute, segment, _number(lift), f"{_number(low)} to {_number(high)}",
            f"{n or 0:,}", f"{points:+.2f}",
        )  # fmt: skip
    return table


def _tiers(connection: Query) -> Table:
    rows = dict(
        connection.execute(
            "select tier, count(*) from icp.account_tiers where icp_id = 'primary' group by tier"
        ).fetchall()
    )
    customers = dict(
        connection.execute(
            """
            select tiers.tier, count(*) from icp.account_tiers as tiers
            inner join core.accounts as accounts on accounts.account_id = tiers.account_id
            where tiers.icp_id = 'primary' and accounts.is_customer group by tiers.tier
            """
        ).fetchall()
    )
    total = max(1, sum(rows.values()))
    table = _table("Tiers", ("tier", "action", "accounts", "share", "of these customers"), numbers_from=2)
    for tier, (label, action) in _TIERS.items():
        count = rows.get(tier, 0)
        table.add_row(label, action, f"{count:,}", f"{count / total:.0%}", f"{customers.get(tier, 0):,}")
    return table


def _warnings(connection: Query, out: Console) -> None:
    rows = connection.execute(
        """
        select code, severity, min(message), count(*) from quality.warnings
        group by code, severity order by severity, code
        """
    ).fetchall()
    out.print(f"\n[bold]Warnings[/bold] ({len(rows) or 'none'})" + (": quality.warnings has all" if rows else ""))
    for code, severity, message, count in rows:
        more = f" [dim](and {count - 1:,} more of this kind)[/dim]" if count > 1 else ""
        style = {"critical": "red", "error": "red", "warning": "yellow"}.get(severity, "dim")
        out.print(f"  [{style}]{code}[/{style}] {message}{more}")


def print_diff(home: Home, out: Console) -> None:
    """Accounts by tier move and cause, and criteria added or dropped, in the last run."""
    with live(home) as connection:
        last = "(select run_id from history.runs order by finished_at desc limit 1)"
        moves = connection.execute(
            f"""
            select coalesce(from_tier, 'new'), to_tier, cause, count(*) from history.tier_changes
            where run_id = {last} group by 1, 2, 3 order by 4 desc, 1, 2, 3
            """
        ).fetchall()
        table = _table("Accounts that changed tier in the last run", ("from", "to", "cause", "accounts"), 3)
        for source, target, cause, count in moves:
            table.add_row(source, target, cause, f"{count:,}")
        out.print(table)
        _print_criteria_changes(connection, out)


def _print_criteria_changes(connection: Query, out: Console) -> None:
    versions = connection.execute(
        """
        select icp_version from history.icp_versions where status in ('live', 'retired')
        order by promoted_at desc nulls last limit 2
        """
    ).fetchall()
    if len(versions) < 2:
        out.print("ICP criteria: no earlier version to compare with.")
        return
    new, old = (_criteria_of(connection, version) for (version,) in versions)
    out.print(f"ICP {versions[0][0]} against {versions[1][0]}:")
    for label, rows in (("added", new - old), ("dropped", old - new)):
        out.print(f"  {label}: " + (", ".join(sorted(" ".join(row) for row in rows)) or "none"))


def _criteria_of(connection: Query, version: str) -> set[tuple[str, str, str]]:
    query = "select kind, attribute, segment from history.icp_criteria where icp_version = ?"
    return {(str(row[0]), str(row[1]), str(row[2])) for row in connection.execute(query, [version]).fetchall()}


def print_versions(home: Home, out: Console) -> None:
    """Published versions with their run, as-of date and ICP version; the live one is marked."""
    from icp_pipeline.warehouse.publish import versions

    # Opened first: without a published version there is nothing to list.
    with live(home) as connection:
        rows = connection.execute(
            """
            select icp_version, icp_id, status, as_of, n_customers, signal_z, cause
            from history.icp_versions order by learned_at desc
            """
        ).fetchall()
    table = _table("Published versions", ("", "version", "published at", "size"), 3)
    for item in versions(home.root):
        size = f"{item.size / 1e6:,.1f} MB"
        table.add_row("live" if item.is_live else "", item.run_id, f"{item.published_at} UTC", size)
    out.print(table)
    table = _table("ICP versions", ("version", "icp", "status", "as of", "customers", "signal z", "cause"), 4)
    for version, icp, status, as_of, n, z, cause in rows:
        table.add_row(version, icp, status, str(as_of), f"{n:,}", f"{z:.2f}", cause or "")
    out.print(table)


def _table(title: str, columns: tuple[str, ...], numbers_from: int) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for index, name in enumerate(columns):
        table.add_column(name, justify="right" if index >= numbers_from else "left")
    return table


def _number(value: Any) -> str:
    return "-" if value is None or pd.isna(value) else f"{value:.2f}"
