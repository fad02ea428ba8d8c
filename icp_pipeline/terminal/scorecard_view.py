"""Prints `icp explain`: why this tier, what would change it, which customers it resembles, and its history."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from icp_pipeline.report.words import WITHOUT_ICP, basis, stands_for, trait
from icp_pipeline.terminal.live import Row
from icp_pipeline.terminal.style import bar, cell, moved_because, number, table, tier
from icp_pipeline.tiers import TIERS, action_words

_SHOWN = 6


def show_matches(matches: list[Row], wanted: str, out: Console) -> None:
    """Print several matching accounts, each with what to type for it."""
    shown = table(f"{len(matches)} accounts match '{wanted}'", ("account id", "name", "domain", "", "tier"))
    for row in matches:
        kind = "customer" if row["is_customer"] else "prospect"
        shown.add_row(cell(row["account_id"]), cell(row["name"]), cell(row["domain"]), kind, tier(row["tier"]))
    out.print(shown)
    out.print(f"One of them: icp explain {matches[0]['account_id']}", markup=False, soft_wrap=True)


def show_scorecard(card: dict[str, Any], out: Console) -> None:
    """Draw a scorecard as `read_scorecard` returns it."""
    _header(card, out)
    if card["score"] is None:
        out.print(
            f"Not covered by the ICP {card['icp_id']}: its filter in icp.yaml excludes this account.", markup=False
        )
        return
    _evidence(card, out)
    _unknown(card, out)
    _triggers(card, out)
    _engagement(card, out)
    _closest(card, out)
    _history(card, out)


def _header(card: dict[str, Any], out: Console) -> None:
    account, score, outcome = card["account"], card["score"], card["outcome"]
    name = str(account.get("name") or account["account_id"])
    title = Text("\n").append(name, style="bold")
    hubspot = account.get("hubspot_company_id")
    own_id = account["account_id"] if account["account_id"] != name else None
    ids = (account.get("domain"), own_id, f"HubSpot {hubspot}" if hubspot else None)
    title.append("  " + "  ".join(str(value) for value in ids if value))
    out.print(title, soft_wrap=True)
    kind = "Prospect with an open deal" if account.get("relationship") == "open_deal" else "Prospect"
    if account.get("relationship") == "not_prospect":
        kind = f"Not a prospect: {account['because']}. No tier is sent to the CRM."
    if account.get("is_customer"):
        kind = f"Customer since {account['customer_since']}" if account.get("customer_since") else "Customer"
        kind += f", churned {account['churned_at']}" if account.get("churned_at") else ""
        kind += f", among the {outcome['cohort']} by outcome" if outcome and outcome["cohort"] else ""
    out.print(kind)
    if score:
        _score(score, out)
        _override(card["override"], out)


def _score(score: Row, out: Console) -> None:
    line = tier(score["tier"]).append(f" ({action_words(score['action'])})")
    line.append(f", grade {score['grade']}" if score["grade"] else "")
    icp = f"ICP {score['icp_version']}" if score["icp_version"] else "no ICP is live"
    line.append(f", since {score['tier_since']}; {icp}, as of {score['as_of']}")
    out.print(line)
    if score["disqualified_by"]:
        out.print(Text(f"Disqualified by {score['disqualified_by']}, whatever its score.", style="red"))
    if score["withheld_because"]:
        out.print(Text(f"Held at tier 2 by its buying process: {score['withheld_because']}", style="yellow"))
    if score["fit_points"] is not None:
        out.print(
            f"Fit score {number(score['fit_score'], '.1f')}: fits better than that percentage of the market. "
            f"Chance of {basis(score['basis'], score['chance']).chance}: {number(score['fit_probability'], '.1%')}"
        )
    if score["candidate_tier"]:
        next_tier = TIERS[score["candidate_tier"]]
        out.print(f"Just past the edge of {next_tier}: moves there if it still is on a second day.")


def _override(override: Row, out: Console) -> None:
    if override["override_tier"]:
        why = ": ".join(part for part in (override["reason_code"], override["reason"]) if part)
        line = Text("Overridden to ").append(tier(override["override_tier"]))
        line.append(f" until {override['until']} ({override['overridden_by']}, {why or 'no reason given'})")
        out.print(line.append("; the tier above stays the ICP's."))


def _has_icp(score: Row) -> bool:
    return bool(score["criteria_attributes"])


def _evidence(card: dict[str, Any], out: Console) -> None:
    pieces, score = card["evidence"], card["score"]
    if not pieces:
        why = score["reasons"] if _has_icp(score) else f"{WITHOUT_ICP}: quality.warnings says why."
        out.print(Text(why))
        return
    shown = table("Evidence, in log-odds", ("trait", "value", "points", "against │ for"), numbers=("points",))
    largest = max((abs(piece["points"]) for piece in pieces if piece["attribute"] != "prior"), default=0.0)
    for piece in pieces:
        if piece["attribute"] == "prior":
            shown.add_row("start", "where every account begins", f"{piece['points']:+.3f}", "")
            continue
        style = "bold" if piece["is_criterion"] else ""
        value = bar(piece["points"], largest)
        shown.add_row(cell(piece["attribute"]), cell(piece["segment"]), f"{piece['points']:+.3f}", value, style=style)
    shown.add_section()
    shown.add_row("fit", "the sum", f"{card['evidence_sum']:+.3f}", _edges(score), style="bold")
    out.print(shown)
    _rests_on(card, out)


def _rests_on(card: dict[str, Any], out: Console) -> None:
    """What the report shows beside the criteria: what else they stand for, what to check, what was learned from."""
    for piece in card["evidence"]:
        if piece["stands_for"]:
            twins = stands_for((twin["attribute"], twin["segment"]) for twin in piece["stands_for"])
            out.print(Text(f"{trait(piece['attribute'], piece['segment'])}: {twins}"), soft_wrap=True)
    for doubt in dict.fromkeys(piece["doubt"] for piece in card["evidence"] if piece["doubt"]):
        out.print(Text(doubt, style="yellow"), soft_wrap=True)
    note = basis(card["score"]["basis"]).note
    if note:
        out.print(Text(note, style="yellow"), soft_wrap=True)


def _edges(score: Row) -> str:
    edges = (("A", score["edge_a"]), ("B", score["edge_b"]))
    named = [f"{name} from {edge:+.2f}" for name, edge in edges if edge is not None]
    return ", ".join([*named, f"D below {score['edge_d']:+.2f}"]) if score["edge_d"] is not None else ""


def _unknown(card: dict[str, Any], out: Console) -> None:
    guess = card["what_if"]
    unknown = [item["attribute"] for item in guess["unknown"]]
    if not unknown:
        if card["score"]["icp_version"]:
            out.print("Every trait that the ICP uses is known.")
        return
    out.print(Text("Unknown").append(f", adds nothing: {', '.join(unknown)}"), soft_wrap=True)
    if guess["missing"]:
        traits = [item["attribute"] for item in guess["unknown"] if item["is_criterion"]]
        out.print(f"  to be scored, {guess['missing']} more of these must be known: {', '.join(traits)}", markup=False)
    for item in guess["unknown"]:
        for move in item["moves"]:
            out.print(_move(item["attribute"], move), soft_wrap=True)
        if item["moves"] and item["doubt"]:
            out.print(Text(f"  {item['doubt']}", style="yellow"), soft_wrap=True)
    if not any(item["moves"] for item in guess["unknown"]):
        out.print("  none of them alone would change the tier")
    if guess["best"] != guess["worst"]:
        out.print(
            Text("  all of them together: between ")
            .append(tier(guess["worst"]))
            .append(" and ")
            .append(tier(guess["best"]))
        )


def _move(attribute: str, move: dict[str, Any]) -> Text:
    """`if employees were 200-499: Tier 1`; the values that weigh most come first."""
    values = sorted(move["values"], key=lambda value: -abs(value["points"]))
    named = [str(value["segment"]) for value in values if value["segment"] is not None]
    line = Text(f"  if {attribute} were {' or '.join(named) if named else 'known, whatever the value'}: ")
    line.append(tier(move["tier"]))
    return line.append(" (on the second day)" if all(value["on_second_day"] for value in values) else "")


def _triggers(card: dict[str, Any], out: Console) -> None:
    if card["triggers"]:
        columns = ("trigger", "strength", "age", "fresh", "left", "counted", "expires in")
        shown = table("Triggers", columns, numbers=columns[2:])
        for item in card["triggers"]:
            points = (f"{item[key]:+.2f}" for key in ("fresh_points", "points_left", "counted_points"))
            days = (f"{item[key]} days" for key in ("age_days", "days_left"))
            shown.add_row(cell(item["trigger"]), cell(item["strength"]), next(days), *points, next(days))
        out.print(shown)
    else:
        past = ", ".join(f"{item['trigger']} {item['last_happened']}" for item in card["past_triggers"])
        out.print(Text("No active trigger" + (f"; expired: {past}" if past else "")), soft_wrap=True)
    for item in card["what_if"]["triggers"][:_SHOWN]:
        line = Text(f"  with a {item['trigger'].replace('_', ' ')} today ({item['adds']:+.2f}): ")
        out.print(line.append(tier(item["tier"])))


def _engagement(card: dict[str, Any], out: Console) -> None:
    item = card["engagement"] or {}
    if not item.get("touches"):
        out.print("No engagement recorded")
        return
    line = f"Engagement level {item['engagement_level']} of 3 (1 is engaged): {item['touches']} touches, "
    line += f"the last on {item['last_touch']}"
    if _has_icp(card["score"]):
        line += f"; adds {item['engagement_score']:+.2f}"
        line += f" (up to {number(item['possible_points'], '+.2f')} with a good fit)"
    out.print(line)


def _closest(card: dict[str, Any], out: Console) -> None:
    closest = card["closest_best_customers"]
    if not closest:
        return
    title = "Most similar best customers (share of their combined evidence that both have)"
    shown = table(title, ("customer", "domain", "alike", "outcome", "both"), numbers=("alike", "outcome"))
    for item in closest:
        both = "; ".join(item["alike"][:3])
        outcome = number(item["outcome_score"], ".0f")
        shown.add_row(cell(item["name"]), cell(item["domain"]), f"{item['likeness']:.0%}", outcome, cell(both))
    out.print(shown)


def _history(card: dict[str, Any], out: Console) -> None:
    if not card["history"]:
        return
    shown = table("Tier history", ("as of", "from", "to", "why", "ICP"))
    for item in card["history"][:10]:
        source = tier(item["from_tier"]) if item["from_tier"] else "-"
        why, version = moved_because(item), cell(item["icp_version"] or "-")
        shown.add_row(item["as_of"], source, tier(item["to_tier"]), why, version)
    out.print(shown)
