"""Fourteen nights of a company whose every move is planted: each has the planted cause, a quiet night has none."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd
import pytest
from pipeline_runs import query, run_pipeline

from icp_pipeline.activation.safe_cells import salesforce_id_18
from icp_pipeline.sample.write import write_sample

FIRST_DAY = datetime.date(2026, 11, 21)
Rows = list[dict[str, str]]
# An account that was not changed may lose its tier because its trigger gets older.
FADED = ("counts for less", "counts no longer")


class Company:
    """A home whose files in landing are edited between nights."""

    def __init__(self, home: Path) -> None:
        self.home, self.day = home, FIRST_DAY
        write_sample(home, accounts=600, events=1_500)
        (home / "icp.yaml").write_text(
            "attributes:\n  has_revops: {field: salesforce.account.Has_RevOps__c, type: boolean}\n"
        )

    def night(self, **asked: str) -> pd.DataFrame:
        """Run the next night; return what moved, by account."""
        run_pipeline(self.home, as_of=self.day, **asked)
        self.day += datetime.timedelta(days=1)
        return self.moves()

    def moves(self) -> pd.DataFrame:
        return query(self.home, "select * from icp.tier_transitions where icp_id = 'primary'").set_index("account_id")

    def changes(self) -> pd.DataFrame:
        return query(self.home, "select * from exports.changes")

    def edit(self, name: str, change: Callable[[Rows], Iterable[dict[str, str]]]) -> None:
        path = self.home / "landing" / name
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
        out = io.StringIO()
        writer = csv.DictWriter(out, list(rows[0]), quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writeheader()
        writer.writerows(change(rows))
        path.write_text(out.getvalue(), encoding="utf-8")

    def replace_everywhere(self, old: str, new: str) -> None:
        for path in (self.home / "landing" / "salesforce").glob("*.csv"):
            path.write_bytes(path.read_bytes().replace(old.encode(), new.encode()))

    def set_of(self, accounts: pd.DataFrame, crm_column: str, enrichment_column: str, value: str) -> None:
        """Give some accounts the same values in the CRM and in the enrichment that knows them."""
        ids, domains = set(accounts["id"]), set(accounts["domain"])
        self.edit(
            "salesforce/Account.csv",
            lambda rows: [row | {crm_column: value} if row["Id"] in ids else row for row in rows],
        )
        self.edit(
            "clearbit/companies.csv",
            lambda rows: [row | {enrichment_column: value} if row["domain"] in domains else row for row in rows],
        )

    def accounts(self, where: str, n: int = 2) -> pd.DataFrame:
        """Prospects that only Salesforce has, and to which nothing happens."""
        return query(
            self.home,
            f"""
            select accounts.account_id, accounts.salesforce_account_id as id, accounts.domain, tiers.tier
            from icp.account_tiers as tiers
            inner join core.accounts as accounts using (account_id)
            inner join icp.account_points as points using (account_id, icp_id)
            inner join icp.live_versions as versions using (icp_id)
            where icp_id = 'primary' and tiers.relationship = 'prospect' and accounts.salesforce_account_id is not null
                and accounts.domain is not null and tiers.candidate_tier is null and {where}
            order by hash(account_id || '{self.day}'), account_id limit {n}
            """,
        )


def without(ids: Iterable[str]) -> Callable[[Rows], Rows]:
    gone = set(ids)
    return lambda rows: [row for row in rows if row["Id"] not in gone]


def of(moves: pd.DataFrame, accounts: pd.DataFrame) -> list[tuple[str | None, str | None, str, str | None]]:
    """Each account's tier before and after, and why."""
    found = moves.reindex(accounts["account_id"]).astype("object")
    found = found.where(found.notna(), None)
    return list(found[["from_tier", "to_tier", "cause", "because"]].itertuples(index=False, name=None))


def nothing_else(moves: pd.DataFrame, *planted: pd.DataFrame) -> None:
    """Accounts that were not changed have not moved, except because of triggers that got older."""
    touched = {account for accounts in planted for account in accounts["account_id"]}
    others = moves[~moves.index.isin(touched)]
    aged = others["because"].fillna("").str.endswith(FADED) & (others["cause"] == "trigger")
    assert others[~aged].empty, others[~aged].to_string()


UNTOUCHED = "points.trigger_score = 0 and points.strongest_objection is null"
ONLY_SALESFORCE = "accounts.hubspot_company_id is null"


@pytest.mark.slow
def test_every_move_of_fourteen_nights_says_what_was_planted(tmp_path: Path) -> None:
    company = Company(tmp_path / "home")
    first = company.night()
    assert set(first["cause"]) == {"new"}
    quiet = company.night()
    nothing_else(quiet)

    lifted = company.accounts(f"tiers.tier = 'tier_2' and tiers.grade like 'A%' and {UNTOUCHED}")
    company.edit(
        "triggers/events.csv",
        lambda rows: [
            *rows,
            *(
                rows[0]
                | {"account": domain, "trigger": "new_executive", "happened_on": str(company.day), "strength": "strong"}
                for domain in lifted["domain"]
            ),
        ],
    )
    moves = company.night()
    assert of(moves, lifted) == [("tier_2", "tier_1", "trigger", "New executive, today")] * 2
    nothing_else(moves, lifted)

    # From another size to 200-499, where that alone is enough for band B.
    grown = company.accounts(
        f"""
        tiers.tier = 'tier_3' and {UNTOUCHED} and accounts.employees < 200 and points.fit_points
        + (select max(points) from history.icp_evidence where attribute = 'employees' and level = '200-499')
        - coalesce((
            select pieces.fit_points from icp.score_pieces as pieces
            where pieces.account_id = accounts.account_id and pieces.icp_id = 'primary' and pieces.piece = 'employees'
        ), 0) > versions.edge_b + 0.06
        """
    )
    before = query(company.home, "select account_id, employees from core.accounts").set_index("account_id")["employees"]
    company.set_of(grown, "NumberOfEmployees", "metrics.employees", "240")
    moves = company.night()
    told = [f"employees {int(before[account])} -> 240" for account in grown["account_id"]]
    assert [move[2:] for move in of(moves, grown)] == [("evidence", because) for because in told]
    assert len(grown) == 2 and all(move[1] in ("tier_1", "tier_2") for move in of(moves, grown))
    nothing_else(moves, grown)

    technology = query(
        company.home,
        """
        select account_id from icp.score_pieces
        where icp_id = 'primary' and piece = 'technology' and segment = 'Salesforce'
        """,
    )
    named = ", ".join(f"'{account}'" for account in technology["account_id"])
    edge = "points.fit_points between versions.edge_b + 0.06 and versions.edge_b + 0.3"
    dropped = company.accounts(
        f"tiers.tier = 'tier_2' and {UNTOUCHED} and {edge} and {ONLY_SALESFORCE} and accounts.account_id in ({named})"
    )
    domains = set(dropped["domain"])
    company.edit(
        "builtwith/All-Live-Salesforce-Sites.csv", lambda rows: [row for row in rows if row["Domain"] not in domains]
    )
    for name, prefix, tech in (("companies", "", "tech"), ("companies_warehouse", "company_", "company_tech")):
        company.edit(
            f"clearbit/{name}.csv",
            lambda rows, prefix=prefix, tech=tech: [
                row | {tech: ""} if row[f"{prefix}domain"] in domains else row for row in rows
            ],
        )
    moves = company.night()
    assert of(moves, dropped) == [("tier_2", "tier_3", "evidence", "Salesforce no longer detected")] * len(dropped)
    assert len(dropped), "the sample has such accounts"
    nothing_else(moves, dropped)

    lost = company.accounts(f"tiers.tier = 'tier_2' and {UNTOUCHED} and {ONLY_SALESFORCE}")
    kept = {}
    company.edit(
        "salesforce/Account.csv",
        lambda rows: kept.update({row["Id"]: row for row in rows}) or without(lost["id"])(rows),
    )
    moves = company.night()
    assert of(moves, lost) == [("tier_2", None, "gone", None)] * 2
    nothing_else(moves, lost)
    gone = company.changes().query("cause == 'gone'")
    assert set(gone["record_id"]) == set(lost["id"]) and gone["new_tier"].isna().all()
    imported = (company.home / "exports" / "latest" / "salesforce_account_changes.csv").read_text()
    assert not any(record in imported for record in lost["id"])

    in_both = company.accounts(
        f"tiers.tier = 'tier_2' and {UNTOUCHED} and accounts.hubspot_company_id is not null", n=1
    )
    company.edit("salesforce/Account.csv", without(in_both["id"]))
    moves = company.night()
    now = query(company.home, f"select account_id from core.accounts where domain = '{in_both['domain'][0]}'")
    ((_, _, cause, because),) = of(moves, now)
    assert cause == "moved" and because.startswith(f"was {in_both['account_id'][0]}")
    assert not moves["cause"].isin(["new", "gone"]).any(), "the two that are gone are told once"
    since = query(company.home, f"select tier_since from icp.account_tiers where account_id = '{now['account_id'][0]}'")
    assert moves.loc[now["account_id"][0], "from_tier"] != moves.loc[now["account_id"][0], "to_tier"] or (
        since["tier_since"][0].date() == FIRST_DAY
    )
    nothing_else(moves, now)

    renamed = company.accounts(f"tiers.tier = 'tier_2' and {UNTOUCHED} and {ONLY_SALESFORCE}", n=1)
    new_id = salesforce_id_18("001Hs0000Zz" + renamed["id"][0][11:15])
    assert new_id
    company.replace_everywhere(renamed["id"][0], new_id)
    moves = company.night()
    now = renamed.assign(account_id=f"sf-{new_id}")
    assert of(moves, now) == [("tier_2", "tier_2", "moved", f"was {renamed['account_id'][0]}")]
    nothing_else(moves, now)

    pair = company.accounts(f"tiers.tier in ('tier_2', 'tier_3') and {UNTOUCHED} and {ONLY_SALESFORCE}")
    loser, winner = pair["id"]
    company.edit(
        "salesforce/Account.csv",
        lambda rows: [
            row | {"IsDeleted": "true", "MasterRecordId": winner} if row["Id"] == loser else row for row in rows
        ],
    )
    moves = company.night()
    assert of(moves, pair.head(1)) == [(pair["tier"][0], None, "merged", f"into sf-{winner}")]
    nothing_else(moves, pair)

    company.edit("salesforce/Account.csv", lambda rows: [*rows, *(kept[record] for record in lost["id"])])
    moves = company.night()
    assert [move[:3] for move in of(moves, lost)] == [(None, "tier_2", "returned")] * 2
    nothing_else(moves, lost)

    settings = company.home / "icp.yaml"
    usual = settings.read_text()
    settings.write_text(usual + "tiers: {tier_1_min_fit: a}\n")
    moves = company.night()
    ruled = moves[moves["cause"] == "tier_rule"]
    assert len(ruled) and set(ruled["from_tier"]) == {"tier_1"} and set(ruled["to_tier"]) == {"tier_2"}
    nothing_else(moves, ruled.reset_index())
    warned = query(company.home, "select message from quality.warnings where code = 'TIER_RULE_CHANGED'")["message"]
    assert f"Because of it alone, {len(ruled)} account" in warned[0]
    settings.write_text(usual)
    moves = company.night()
    back = moves[moves["cause"] == "tier_rule"]
    # Accounts near an edge move back on the second night.
    assert len(back) and set(back.index) <= set(ruled.index) and set(back["to_tier"]) == {"tier_1"}
    nothing_else(moves, back.reset_index())

    # Other accounts are added and enriched: no score moves by a tenth.
    score = "select account_id, fit_score from icp.account_scores where icp_id = 'primary' order by account_id"
    scores = query(company.home, score).set_index("account_id")["fit_score"]
    enriched = company.accounts(f"tiers.tier = 'tier_3' and {UNTOUCHED} and {ONLY_SALESFORCE}", n=20)
    touched = set(enriched["id"])
    company.edit(
        "salesforce/Account.csv",
        lambda rows: [
            *(
                row | {"NumberOfEmployees": "300", "Industry": "COMPUTER SOFTWARE"} if row["Id"] in touched else row
                for row in rows
            ),
            *(
                row
                | {
                    "Id": salesforce_id_18(f"001Hs0000Yy{number:04d}"),
                    "Name": f"New {number}",
                    "Website": f"new{number}.example",
                }
                for number, row in enumerate(rows[:40])
            ),
        ],
    )
    moves = company.night()
    assert (moves["cause"] == "new").sum() == 40
    now_scores = query(company.home, score).set_index("account_id")["fit_score"].drop(enriched["account_id"])
    same = scores.index.intersection(now_scores.index)
    assert len(same) > 500 and now_scores[same].equals(scores[same])

    # The last of them move back, and nothing is pending.
    company.night()
    moves = company.night()
    changes = company.changes()
    assert set(changes["account_id"]) <= set(moves.index), "a quiet night sends what moved and nothing else"
    nothing_else(moves)
    assert company.day - FIRST_DAY >= datetime.timedelta(days=14)
