"""Every amount of every kind of file is paired with its currency, and won and lost are told apart without flags."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from landing_folder import Landing

from icp_pipeline.catalog.inputs import inputs_of
from icp_pipeline.catalog.kinds import KINDS
from icp_pipeline.sources.declared.plan import FieldRequest, MappedSource, ReadPlan
from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.table.deal_outcomes import stage_outcome
from icp_pipeline.sources.values.billing_intervals import interval_parts

MONEY = [
    (kind.name, column) for kind in KINDS.values() for column, type_ in kind.types.items() if type_.startswith("money")
]
REJECTED = Path(__file__).parents[2] / "sql" / "staging" / "rejected_amounts.sql"


@pytest.mark.parametrize(("kind", "column"), MONEY)
def test_every_column_of_money_has_a_column_for_its_currency(kind: str, column: str) -> None:
    assert KINDS[kind].types[KINDS[kind].currency_of[column]] == "currency"


@pytest.mark.parametrize(("kind", "column"), [pair for pair in MONEY if pair[1] not in ("revenue_low", "revenue_high")])
def test_every_amount_without_a_rate_is_told(kind: str, column: str) -> None:
    row = {column: "1500", KINDS[kind].currency_of[column]: "XTS"}
    with duckdb.connect() as connection:
        connection.execute("create schema lake; create schema settings")
        connection.execute("create table settings.currency_rates as select 'home' as currency, 1 as usd_per_unit")
        for name, columns in inputs_of("lake").items():
            listed = ", ".join(f'"{inner}" {type_}' for inner, type_ in columns.items())
            connection.execute(f'create table lake."{name.table}" ({listed})')
        connection.execute(
            f'insert into lake."{kind}" by name select ? as "{column}", ? as "{[*row][1]}"', [*row.values()]
        )
        told = connection.execute(REJECTED.read_text()).fetchall()
    assert [(name, reason.partition(":")[0]) for _, _, name, reason in told] == [(column, "no rate for currency XTS")]


# For each kind, a file with one amount of 1,500 in a cell that states its currency, and the amount's header.
AMOUNTS = {
    ("salesforce_account", "annual_revenue"): (
        "salesforce/a.csv",
        "Id,Name,Industry,AnnualRevenue\n001Hs00004kXyZa,N,I,{}",
    ),
    ("salesforce_account", "converted_revenue"): (
        "salesforce/a.csv",
        "Id,Name,Industry,Annual Revenue (converted)\n001Hs00004kXyZa,N,I,{}",
    ),
    ("salesforce_opportunity", "amount"): (
        "salesforce/o.csv",
        "Id,AccountId,IsClosed,IsWon,Amount\n006Hs00001bCdEf,001Hs00004kXyZa,1,1,{}",
    ),
    ("salesforce_opportunity", "converted_amount"): (
        "salesforce/o.csv",
        "Id,AccountId,IsClosed,IsWon,Amount (converted)\n006Hs00001bCdEf,001Hs00004kXyZa,1,1,{}",
    ),
    ("salesforce_opportunity_history", "amount"): (
        "salesforce/h.csv",
        "Id,OpportunityId,StageName,Amount\n008Hs00001bCdEf,006Hs00001bCdEf,S,{}",
    ),
    ("salesforce_lead", "annual_revenue"): ("salesforce/l.csv", "Id,IsConverted,AnnualRevenue\n00QHs00001bCdEf,0,{}"),
    ("hubspot_company", "annual_revenue"): (
        "hubspot/c.csv",
        "Record ID,Company name,Annual Revenue,Industry\n1,N,{},I",
    ),
    ("hubspot_deal", "amount"): ("hubspot/d.csv", "Record ID,Deal Stage,Amount\n1,closedwon,{}"),
    ("hubspot_deal", "amount_in_home_currency"): (
        "hubspot/d.csv",
        "Record ID,Deal Stage,Amount in company currency\n1,closedwon,{}",
    ),
    ("clearbit_company", "annual_revenue_usd"): ("clearbit/c.csv", "domain,name,metrics.annualRevenue\nh.example,N,{}"),
    ("clearbit_company", "raised_usd"): ("clearbit/c.csv", "domain,name,metrics.raised\nh.example,N,{}"),
    ("funding_round", "money_raised_usd"): (
        "crunchbase/f.csv",
        "Organization Name,Announced Date,Organization Website,Money Raised\nN,2025-01-01,h.example,{}",
    ),
}
MAPPED = {
    ("account", "annual_revenue"): "account",
    ("deal", "amount"): "deal",
    ("subscription", "unit_amount"): "subscription",
    ("subscription", "mrr"): "subscription",
}
# Columns that a mapping of the kind requires.
SAYS: dict[str, dict[str, str]] = {"deal": {"is_won": "i"}}


def test_every_column_of_money_is_tried_below() -> None:
    ends = {("clearbit_company", "revenue_low"), ("clearbit_company", "revenue_high")}
    assert {*AMOUNTS, *MAPPED} == {*MONEY} - ends


@pytest.mark.parametrize(("cell", "currency"), [("€1500", "EUR"), ("$1500 CAD", "CAD"), ("1500 kr", "KR")])
def test_no_amount_loses_the_currency_of_its_cell(landing: Landing, cell: str, currency: str) -> None:
    for (_, column), (path, text) in AMOUNTS.items():
        landing.put(path.replace(".csv", f"_{column}.csv"), text.format(cell) + "\n")
    mapped = []
    for (kind, column), word in MAPPED.items():
        name = f"{kind}_{column}"
        landing.put(f"m/{name}.csv", f"i,x\n1,{cell}\n")
        mapped.append(MappedSource(name, f"m/{name}.csv", word, {"id": "i", column: "x"} | SAYS.get(kind, {})))
    landing.land(ReadPlan(mapped=tuple(mapped)))
    for kind, column in [*AMOUNTS, *MAPPED]:
        held = KINDS[kind].currency_of[column]
        assert {column: "1500", held: currency} in landing.rows(kind, column, held), (kind, column)


def test_a_configured_field_keeps_its_currency_and_dollars_follow_the_record(landing: Landing) -> None:
    landing.put(
        "salesforce/accounts.csv",
        "Id,Name,Industry,CurrencyIsoCode,Budget__c,ARR__c,Sites__c\n"
        "001Hs00004kXyZa,N,I,EUR,€500,1000,7\n001Hs00004kXyZb,M,I,,600,£9,8\n",
    )
    fields = tuple(
        FieldRequest(name, "salesforce_account", column, type_)
        for name, column, type_ in (
            ("budget", "Budget__c", "numeric"),
            ("acv_usd", "ARR__c", "money"),
            ("sites", "Sites__c", "numeric"),
        )
    )
    rows = landing.land(ReadPlan(fields=fields)).rows("field_values", "attribute", "value", "currency")
    assert sorted((row["attribute"], row["value"], row["currency"]) for row in rows) == [
        ("acv_usd", "1000", "EUR"),
        ("acv_usd", "9", "GBP"),
        ("budget", "500", "EUR"),
        ("budget", "600", "HOME"),
        ("sites", "7", None),
        ("sites", "8", None),
    ]


def test_a_dollar_sign_of_a_vendor_is_the_american_one(landing: Landing) -> None:
    landing.put(
        "clearbit/c.csv",
        "domain,name,metrics.annualRevenue,metrics.estimatedAnnualRevenue\n"
        "a.example,A,$5,€1M-€3M\nb.example,B,,€1M-€3M\nc.example,C,,$1M-$3M\n",
    )
    landing.put(
        "crunchbase/f.csv",
        "Organization Name,Announced Date,Money Raised,Money Raised Currency,Money Raised Currency (in USD)\n"
        "A,2025-01-01,100,EUR,108\nB,2025-01-01,100,EUR,\nC,2025-01-01,100,,\nD,2025-01-01,$100,,\n",
    )
    landing.land()
    held = ("annual_revenue_usd", "annual_revenue_currency", "revenue_low")
    assert [tuple(row.values()) for row in landing.rows("clearbit_company", *held)] == [
        ("5", "USD", None),
        ("2000000", "EUR", "1000000"),
        ("2000000", "USD", "1000000"),
    ]
    assert [
        tuple(row.values()) for row in landing.rows("funding_round", "money_raised_usd", "money_raised_currency")
    ] == [("108", None), ("100", "EUR"), (None, None), ("100", "USD")]
    assert [(line, column) for line, column, _, _ in landing.rejects()] == [(4, "Money Raised")]


@pytest.mark.parametrize(
    ("stage", "outcome"),
    [
        *(("closedwon", "won"), ("Closed Won (Sales Pipeline)", "won"), ("Closed Lost - no budget", "lost")),
        *(("Abgeschlossen und gewonnen", "won"), ("Cierre perdido", "lost"), ("Won", "won"), ("Fermé gagné", "won")),
        *(("contractsent", "open"), ("Negotiation/Review", "open"), ("122178070", None), ("Closed", None)),
        *(("Almost won", None), ("Won back", None), ("Closed Won/Lost", None), ("Lost to competitor", None)),
    ],
)
def test_a_stage_tells_the_outcome_only_where_it_says_so(stage: str, outcome: str | None) -> None:
    assert stage_outcome(stage) == outcome


def _outcomes(landing: Landing, text: str) -> list[tuple[str, ...]]:
    landing.put("hubspot/deals.csv", text)
    rows = landing.land().rows("hubspot_deal", "is_closed", "is_closed_won", "outcome_from")
    return [tuple(row.values()) for row in rows]


def test_the_stage_decides_where_the_flags_are_missing(landing: Landing) -> None:
    assert _outcomes(
        landing,
        "Record ID,Deal Stage,Deal probability\n1,closedwon,1\n2,Closed Lost (P),0\n3,122,1.0\n4,123,0\n5,124,0.9\n"
        "6,125,\n",
    ) == [
        ("true", "true", "stage"),
        ("true", "false", "stage"),
        ("true", "true", "probability"),
        ("true", "false", "probability"),
        ("false", "false", "probability"),
        (None, None, "nothing"),
    ]


def test_with_the_won_flag_only_a_lost_stage_is_closed(landing: Landing) -> None:
    assert _outcomes(
        landing,
        "Record ID,Deal Stage,Is Closed Won\n1,Some stage,True\n2,Closed Lost,False\n3,Contract Sent,False\n4,X,False\n"
        "5,Closed Won,False\n",
    ) == [
        ("true", "true", "flag"),
        ("true", "false", "stage"),
        ("false", "false", "stage"),
        (None, None, "nothing"),
        (None, None, "nothing"),
    ]


def test_flags_count_before_the_stage(landing: Landing) -> None:
    assert _outcomes(
        landing,
        "Record ID,Deal Stage,Is Closed Won,Is Deal Closed?\n1,closedlost,True,True\n2,closedwon,False,True\n"
        "3,closedwon,False,False\n",
    ) == [("true", "true", "flag"), ("true", "false", "flag"), ("false", "false", "flag")]


def test_a_deal_file_in_which_nothing_tells_is_held_with_the_columns_to_export(landing: Landing) -> None:
    landing.put("hubspot/deals.csv", "Record ID,Deal Stage,Amount\n1,122178070,5\n2,122178071,6\n")
    message = landing.held()
    assert "'Is Closed Won' and 'Is Deal Closed?'" in message
    assert "hubspot/deals.csv" in message


def test_opportunities_without_flags_are_told_by_stage_or_forecast(landing: Landing) -> None:
    landing.put(
        "salesforce/opps.csv",
        "Opportunity ID,Account ID,Stage,Forecast Category,Close Date\n"
        "006Hs00001bCdEf,001Hs00004kXyZa,Closed Lost,Omitted,2025-06-30\n"
        "006Hs00001bCdEg,001Hs00004kXyZa,Signed,Closed,2025-06-30\n"
        "006Hs00001bCdEh,001Hs00004kXyZa,Prospecting,Pipeline,2025-06-30\n",
    )
    rows = landing.land().rows("salesforce_opportunity", "is_closed", "is_won")
    assert [tuple(row.values()) for row in rows] == [("true", "false"), ("true", "true"), ("false", "false")]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        *(("month", "month"), ("3 months", "3 month"), ("every 6 months", "6 month"), ("Quarterly", "3 month")),
        *(("Semi-Annual", "6 month"), ("P12M", "12 month"), ("biennial", "2 year"), ("every two weeks", "2 week")),
        *(("One-time", "once"), ("annually", "year"), ("/month", "month"), ("every quarter", "3 month")),
    ],
)
def test_intervals_are_read_with_their_number(text: str, parts: str) -> None:
    assert interval_parts(text) == parts


@pytest.mark.parametrize("text", ["biweekly", "bimonthly", "12", "0 months", "sometimes"])
def test_an_interval_that_may_be_two_is_refused(text: str) -> None:
    with pytest.raises(Unusable):
        interval_parts(text)


def test_the_count_of_intervals_has_a_column_or_stands_in_the_interval(landing: Landing) -> None:
    landing.put(
        "stripe/s.csv",
        "id,Amount,Interval,Interval Count,Status\na,9,month,3,active\nb,9,3 months,,active\nc,9,quarterly,1,active\n"
        "d,9,3 months,2,active\ne,9,year,1.5,active\nf,9,month,,active\n",
    )
    rows = landing.land().rows("subscription", "billing_interval", "interval_count")
    assert [tuple(row.values()) for row in rows] == [
        *(("month", "3"), ("month", "3"), ("month", "3"), (None, None), (None, None), ("month", "1"))
    ]
    assert [(line, column) for line, column, _, _ in landing.rejects()] == [(5, "Interval"), (6, "Interval Count")]


def _stages(landing: Landing, text: str, **columns: str) -> ReadPlan:
    landing.put("crm/stages.csv", text)
    return ReadPlan(mapped=(MappedSource("crm", "crm/stages.csv", "deal_stage", columns),))


def test_a_won_flag_that_lost_stages_have_too_means_closed_and_holds_the_file(landing: Landing) -> None:
    plan = _stages(
        landing,
        "stage_id,closed_won\nclosedwon,true\nclosedlost,true\n122,true\n",
        stage_id="stage_id",
        is_won="closed_won",
    )
    message = landing.held(plan)
    assert "'closed_won' is true for lost stages too" in message
    assert "probability" in message


def test_stages_are_told_by_probability_and_name(landing: Landing) -> None:
    plan = _stages(
        landing,
        "id,name,odds\n1,Signed,1.0\n2,Gone,0.0\n3,Talks,0.4\n4,Closed Lost,\n5,Whatever,\n",
        stage_id="id",
        label="name",
        probability="odds",
    )
    rows = landing.land(plan).rows("deal_stage", "is_closed", "is_won")
    assert [tuple(row.values()) for row in rows] == [
        *(("true", "true"), ("true", "false"), ("false", "false"), ("true", "false"), (None, None))
    ]


def test_the_flags_of_a_stage_count_before_its_probability(landing: Landing) -> None:
    plan = _stages(
        landing,
        "id,closed,won,odds\n1,true,true,0.9\n2,false,false,0\n3,true,false,1\n4,true,,0.9\n5,true,,1\n6,false,,0\n",
        stage_id="id",
        is_closed="closed",
        is_won="won",
        probability="odds",
    )
    rows = landing.land(plan).rows("deal_stage", "is_closed", "is_won")
    assert [tuple(row.values()) for row in rows] == [
        *(("true", "true"), ("false", "false"), ("true", "false")),
        *(("true", None), ("true", "true"), ("false", "false")),
    ]


def test_a_mapping_of_deals_that_says_not_who_bought_is_held(landing: Landing) -> None:
    landing.put("crm/deals.csv", "id,amount\n1,5\n")
    plan = ReadPlan(mapped=(MappedSource("crm", "crm/deals.csv", "deal", {"id": "id", "amount": "amount"}),))
    assert "map one of is_won, stage_id" in landing.held(plan)
