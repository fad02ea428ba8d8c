"""Result of a refit: the new version against the live one, other models, and whether it went live."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from icp_pipeline import duck
from icp_pipeline.home import Home
from icp_pipeline.terminal.live import live, own_run, rows
from icp_pipeline.terminal.style import cell, number, table, tier

_VERDICTS = "select * from history.icp_promotions where run_id = $1 order by icp_id <> 'primary', icp_id"
_LEARNED = """
select learned.icp_version, learned.icp_id, learned.status, live.icp_version as live
from history.icp_versions as learned
left join icp.live_versions as live on learned.icp_id = live.icp_id
where learned.run_id = $1 order by learned.icp_version
"""
_CRITERIA = """
select attribute, segment,
    max(case when icp_version = '{new}' then kind end) as kind_new,
    max(case when icp_version = '{old}' then kind end) as kind_old,
    max(case when icp_version = '{new}' then points end) as points_new,
    max(case when icp_version = '{old}' then points end) as points_old
from history.icp_criteria where icp_version in ('{new}', '{old}')
group by attribute, segment
order by greatest(coalesce(abs(points_new), 0), coalesce(abs(points_old), 0)) desc, attribute, segment
"""
_MOVES = """
select from_tier, to_tier, accounts from history.icp_version_moves
where icp_version = '{new}' and from_tier <> to_tier order by accounts desc, from_tier, to_tier
"""
_MODELS = (
    "select model, auc, auc_se, brier from history.icp_comparison where icp_version = '{new}' order by auc desc, model"
)
# Edges that a run added to bins of which it kept all others; the run before it is the one published before it.
_SPLIT = """
with
ordered as (
    select
        bins.attribute,
        bins.lower_bound,
        bins.run_id = $1 as is_made,
        rank() over (
            partition by bins.attribute, bins.run_id = $1 order by coalesce(runs.sequence, 0) desc, bins.run_id desc
        ) as age
    from history.attribute_bins as bins
    left join history.runs as runs on bins.run_id = runs.run_id
),
made as (select attribute, lower_bound from ordered where is_made),
before as (select attribute, lower_bound from ordered where not is_made and age = 1)
select made.attribute, made.lower_bound from made anti join before using (attribute, lower_bound)
where made.attribute in (select attribute from before)
    and made.attribute not in (select attribute from (from before anti join made using (attribute, lower_bound)))
order by made.attribute, made.lower_bound
"""


def read_refit(home: Home) -> list[dict[str, Any]]:
    """One entry per ICP that the last run learned: the version, and where it was compared, how and with what."""
    with live(home) as connection:
        run_id = own_run(connection)
        verdicts = {row["icp_version"]: row for row in rows(connection, _VERDICTS, run_id)}
        split = split_bins(connection, run_id)
        found = []
        for version in rows(connection, _LEARNED, run_id):
            new, verdict = version["icp_version"], verdicts.get(version["icp_version"])
            entry = {**version, "comparison": verdict, "models": rows(connection, _MODELS.format(new=new))}
            if verdict:
                entry["split_bins"] = split
                entry["criteria"] = rows(connection, _CRITERIA.format(new=new, old=verdict["compared_with"]))
                entry["moves"] = rows(connection, _MOVES.format(new=new))
            found.append(entry)
        return found


def split_bins(connection: duck.Connection, run_id: str) -> str | None:
    """Bins that a run split, such as `fleet at 5, 900, 1,200; seats at 40`; None if none."""
    by_attribute: dict[str, list[str]] = {}
    for row in rows(connection, _SPLIT, run_id):
        by_attribute.setdefault(row["attribute"], []).append(number(row["lower_bound"], ",.10g"))
    return "; ".join(f"{name} at {', '.join(found)}" for name, found in by_attribute.items()) or None


def show_refit(learned: list[dict[str, Any]], out: Console) -> None:
    """Draw what `read_refit` returns."""
    for entry in learned:
        if entry["models"]:
            _show_models(entry, out)
        if entry["comparison"]:
            _show_comparison(entry, out)
        elif entry["status"] == "no_signal":
            _show_no_signal(entry, out)


def _show_no_signal(entry: dict[str, Any], out: Console) -> None:
    new, old = entry["icp_version"], entry["live"]
    if old is None:
        out.print(f"\n{new}: no signal, so it cannot go live. Nothing else changed.")
        return
    out.print(
        f"\n{new}: no signal. {old} stays live, but today's data no longer support it (ICP_UNCONFIRMED).\n"
        f"To retire it, so that nobody is tagged until there is a signal: `icp promote {new}`.",
        soft_wrap=True,
    )


def _show_models(entry: dict[str, Any], out: Console) -> None:
    shown = table(
        "Models learned from earlier deals, tested on later ones",
        ("model", "AUC", "+/-", "Brier"),
        ("AUC", "+/-", "Brier"),
    )
    for row in entry["models"]:
        shown.add_row(
            cell(row["model"].replace("_", " ")),
            *(number(row[name], ".3f") for name in ("auc", "auc_se", "brier")),
            style="bold" if row["model"] == "icp" else "",
        )
    out.print(shown)


def _show_comparison(entry: dict[str, Any], out: Console) -> None:
    verdict, new = entry["comparison"], entry["icp_version"]
    old = verdict["compared_with"]
    shown = table(f"Criteria of {new}, compared with {old}", ("", "attribute", "segment", old, new), (old, new))
    for row in entry["criteria"]:
        shown.add_row(
            cell(_change(row)), cell(row["attribute"]), cell(row["segment"]),
            number(row["points_old"], "+.2f"), number(row["points_new"], "+.2f"),
        )  # fmt: skip
    out.print(shown)
    shown = table("Tier moves", ("from", "to", "accounts"), ("accounts",))
    for row in entry["moves"]:
        shown.add_row(tier(row["from_tier"]), tier(row["to_tier"]), number(row["accounts"], ","))
    out.print(shown if entry["moves"] else "No account would change tier.")
    if entry["split_bins"]:
        out.print(
            f"\nBins split for {new}: {entry['split_bins']}. By {old}, every account has the points that it had.",
            soft_wrap=True,
            markup=False,
        )
    _show_verdict(verdict, out)


def _change(row: dict[str, Any]) -> str:
    if row["kind_old"] is None:
        return "added"
    if row["kind_new"] is None:
        return "dropped"
    return "kept" if row["kind_new"] == row["kind_old"] else f"{row['kind_old']} -> {row['kind_new']}"


def _show_verdict(verdict: dict[str, Any], out: Console) -> None:
    new, old = verdict["icp_version"], verdict["compared_with"]
    if verdict["judged"] is not None:
        seen = "(seen by neither)" if verdict["is_unseen"] else "(seen by both)"
        out.print(
            f"\n{verdict['judged']:,} deals after {verdict['split_at']} {seen}, {verdict['good']:,} of them successes: "
            f"AUC {verdict['auc']:.3f} for {new}, {verdict['auc_compared']:.3f} for {old} "
            f"(difference +/- {verdict['auc_difference_se']:.3f})",
            soft_wrap=True,
        )
    if verdict["verdict"] == "promoted":
        out.print(f"{new} is not worse than {old} and is live now. To go back: `icp promote {old}`.", soft_wrap=True)
    else:
        out.print(
            f"{new} is proposed, {old} stays live: {verdict['reasons']}.\nTo use it anyway: `icp promote {new}`.",
            soft_wrap=True,
            markup=False,
        )
