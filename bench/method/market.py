"""Companies made in memory that share nothing with `icp sample`: other traits, other effects, other outcomes.

Fifteen attributes, 15 % unknown: two planted ones and headcount, three proxies, a region with only young customers, a
null attribute with 200 levels, others with 2 to 8, and one of three kinds of leak. `texture` adds a small effect to
every level of every attribute, so that nothing is null.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from bench.method.world import Flags, Floats, Recipe, Truth, World, levels, models_for, read_tables
from icp_pipeline import duck
from icp_pipeline.settings.schema import Settings
from icp_pipeline.settings.tables import settings_tables

_AS_OF = date(2026, 6, 30)
_MISSING, _TEXTURE_SD, _PAIR_EFFECT = 0.15, 0.25, 0.9
_QUALITY = {
    ("business_model", "saas"): 1.2,
    ("business_model", "agency"): -1.5,
    ("platform", "salesforce"): 0.9,
    ("employees", "200-499"): 0.9,
    ("employees", "500-999"): 0.9,
    ("employees", "<10"): -0.6,
}
_WIN = {("business_model", "agency"): 0.4, ("business_model", "saas"): 0.3, ("platform", "salesforce"): 0.2}
_NULLS = {"null_2": 2, "null_3": 3, "null_4": 4, "null_5": 5, "null_8": 8, "area_code": 200}
_SIZES = ("<10", "10-49", "50-199", "200-499", "500-999", "1,000-1,999")
_LEAKS = ("recorded_after_the_sale", "unknown_for_prospects", "one_default_for_prospects")
# Only what the outcomes and segments models read.
CORE = {
    "accounts": "account_id varchar, is_customer boolean, relationship varchar",
    # Without rows no account has a parent.
    "account_parents": "account_id varchar, ultimate_parent_id varchar, accounts bigint",
    "customers": "account_id varchar, customer_since date, churned_at date, tenure_days bigint, is_churned boolean, "
    "won_deal_id varchar, won_at date, churn_known_since date, churn_known_until date",
    "customer_spells": "account_id varchar, started_on date, ended_on date",
    "deals": "deal_id varchar, account_id varchar, is_closed boolean, is_won boolean, amount_usd decimal(18, 4), "
    "term_months bigint, term_starts_on date, opened_on date, closed_at date, sales_cycle_days bigint, "
    "deal_role varchar",
    "account_subscriptions": "account_id varchar, mrr_usd decimal(18, 4), started_on date, ended_on date, "
    "is_contradictory boolean",
    "account_tickets": "account_id varchar, ticket_id varchar, created_at timestamp",
    "account_survey_responses": "account_id varchar, response_id varchar, survey_type varchar, score double, "
    "responded_at timestamp",
    "account_usage_daily": "account_id varchar, usage_date date, events bigint",
    "account_attributes": "account_id varchar, dimension varchar, attribute varchar, level varchar, known_at date, "
    "is_blank boolean",
    "account_field_values": "account_id varchar, attribute varchar, value varchar, record_rank bigint",
    # No earlier run watched what changed.
    "later_changes": "attribute varchar, closings bigint, changes_after_close bigint, expected_changes double",
    # Members of ICPs with a filter: there are none here.
    "icp_members": "icp_id varchar, account_id varchar",
}
# Every metric comes from a CRM field, so that its noise is planted here and nowhere else.
_METRICS = ("acv_usd", "ltv_usd", "net_revenue_retention", "retained", "expansion_usd", "nps", "sales_cycle_days")
_METRICS += ("time_to_value_days", "referrals", "tickets_per_month")
_SETTINGS = Settings.model_validate(
    {"outcomes": {"metrics": {name: {"field": f"salesforce.account.{name}"} for name in _METRICS}}}
)
_LOADING = 0.65
_WANTED = ("segments.segment_pair_lift", "segments.segment_lift")


@dataclass(frozen=True)
class _Draw:
    """The truth about a market of `n` accounts; the first `n_deals` were sold to."""

    accounts: np.ndarray
    levels: dict[str, np.ndarray]
    quality: Floats
    win: Floats
    latent: Floats
    would_buy: Flags
    closed: pd.DatetimeIndex
    n_deals: int

    @property
    def won(self) -> np.ndarray:
        """Positions of customers."""
        return np.flatnonzero(self.would_buy[: self.n_deals])


def make_market(recipe: Recipe) -> World:
    """One company, built by the real outcomes and segments models."""
    rng = np.random.default_rng([recipe.seed, recipe.customers, 15])
    draw = _draw(rng, recipe)
    leak = _LEAKS[recipe.seed % len(_LEAKS)]
    core = _core(rng, draw, leak)
    tables = _built(core)
    settings = {str(name): value for name, value in tables.pop("settings").iloc[0].items()}
    return World(recipe, tables | {"triggers": _no_triggers()}, _truth(draw, recipe), settings)


def _draw(rng: np.random.Generator, recipe: Recipe) -> _Draw:
    # About a third of the deals are won, and an eighth of the customers are too young to be ranked.
    n_deals, n_market = round(recipe.customers * 1.14 * 2.9), 3000
    n = n_deals + n_market
    drawn = _levels(rng, n)
    scale = 0.0 if recipe.kind == "noise" else 1.0
    quality, win = scale * _effect(drawn, _QUALITY), scale * _effect(drawn, _WIN)
    if recipe.kind == "texture":
        quality = quality + _texture(rng, drawn)
    if recipe.kind == "pair":
        quality = quality + _PAIR_EFFECT * ((drawn["business_model"] == "saas") & (drawn["platform"] == "salesforce"))
    ago = rng.integers(20, np.where(drawn["region"] == "APAC", 500, 1_400))
    return _Draw(
        np.array([f"a{number:06d}" for number in rng.permutation(n)], dtype=object),
        drawn,
        quality,
        win,
        quality + rng.logistic(size=n),
        rng.random(n) < 1 / (1 + np.exp(0.75 - win)),
        pd.DatetimeIndex(pd.Timestamp(_AS_OF) - pd.to_timedelta(ago, unit="D")),
        n_deals,
    )


def _levels(rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    models = np.array(["saas", "agency", "services", "commerce", "hardware"], dtype=object)
    model = rng.choice(5, n, p=[0.25, 0.15, 0.25, 0.2, 0.15])
    size = rng.choice(6, n, p=[0.15, 0.25, 0.22, 0.18, 0.12, 0.08])
    # Proxies have no effect of their own: revenue follows headcount, industry the business model, a tool the platform.
    revenue = np.clip(size + rng.integers(-1, 2, n) * (rng.random(n) < 0.5), 0, 5)
    industry = np.where(rng.random(n) < 0.6, model * 3 + rng.integers(0, 3, n), rng.integers(0, 15, n))
    platform = rng.choice(4, n, p=[0.3, 0.3, 0.2, 0.2])
    tool = np.where(rng.random(n) < 0.5, platform, rng.integers(0, 4, n))
    drawn = {
        "business_model": models[model],
        "employees": np.array(_SIZES, dtype=object)[size],
        "revenue_band": _named("r", revenue),
        "industry": _named("industry ", industry),
        "platform": np.array(["salesforce", "hubspot", "none", "other"], dtype=object)[platform],
        "tool": _named("tool ", tool),
        "region": rng.choice(np.array(["NA", "EMEA", "APAC", "LATAM"], dtype=object), n, p=[0.45, 0.3, 0.2, 0.05]),
        "ownership": rng.choice(np.array(["private", "public", "nonprofit"], dtype=object), n, p=[0.7, 0.2, 0.1]),
    }
    for name, count in _NULLS.items():
        drawn[name] = _named(f"{name}-", rng.integers(0, count, n))
    return drawn


def _named(stem: str, numbers: np.ndarray) -> np.ndarray:
    return np.array([f"{stem}{number}" for number in numbers], dtype=object)


def _effect(drawn: dict[str, np.ndarray], effects: dict[tuple[str, str], float]) -> Floats:
    return np.sum([points * (drawn[attribute] == level) for (attribute, level), points in effects.items()], axis=0)


def _texture(rng: np.random.Generator, drawn: dict[str, np.ndarray]) -> Floats:
    total = np.zeros(len(drawn["region"]))
    for names in drawn.values():
        codes, found = pd.factorize(pd.Series(names), sort=True)
        total += rng.normal(0, _TEXTURE_SD, len(found))[codes]
    return total


def _core(rng: np.random.Generator, draw: _Draw, leak: str) -> dict[str, pd.DataFrame]:
    won = draw.won
    ids, since = draw.accounts[won], draw.closed[won]
    tenure = np.asarray((pd.Timestamp(_AS_OF) - since).days)
    spread = (draw.latent[won] - draw.latent.mean()) / draw.latent.std()
    churned = rng.random(len(won)) < 1 / (1 + np.exp(1.2 + 1.3 * spread - tenure / 900))
    left = since + pd.to_timedelta((tenure * rng.uniform(0.3, 0.95, len(won))).astype(int), unit="D")
    customers = pd.DataFrame({"account_id": ids, "customer_since": since, "churned_at": left.where(churned)})
    customers = customers.assign(tenure_days=tenure, is_churned=churned, won_deal_id="d" + ids, won_at=since)
    return {
        "accounts": pd.DataFrame(
            {
                "account_id": draw.accounts,
                "relationship": np.where(np.isin(np.arange(len(draw.accounts)), won), "customer", "prospect"),
            }
        ),
        "customers": customers,
        "deals": _deals(draw),
        "account_field_values": _metrics(rng, ids, spread, tenure / 30.4375, churned),
        "account_attributes": _attributes(rng, draw, leak),
    }


def _deals(draw: _Draw) -> pd.DataFrame:
    sold = draw.accounts[: draw.n_deals]
    closed = draw.closed[: draw.n_deals]
    deals = pd.DataFrame({"deal_id": "d" + sold, "account_id": sold, "is_closed": True})
    return deals.assign(
        is_won=draw.would_buy[: draw.n_deals],
        amount_usd=1000.0,
        opened_on=closed - pd.Timedelta(days=40),
        closed_at=closed,
        sales_cycle_days=40,
        deal_role="new_business",
    )


def _metrics(rng: np.random.Generator, ids: np.ndarray, spread: Floats, months: Floats, churned: Flags) -> pd.DataFrame:
    """Outcome metrics: totals grow with tenure, some answers are missing, all are noisy."""

    def mixed() -> Floats:
        return _LOADING * spread + np.sqrt(1 - _LOADING**2) * rng.normal(size=len(ids))

    acv = np.exp(9 + 0.5 * mixed())
    values = {
        "retained": 1.0 - churned,
        "acv_usd": acv,
        "ltv_usd": acv / 12 * months * np.exp(0.15 * mixed()),
        "net_revenue_retention": np.exp(0.2 * mixed()),
        "expansion_usd": acv * months * np.maximum(0, 0.01 + 0.01 * mixed()),
        "nps": np.clip(np.round(7 + 2 * mixed()), 0, 10),
        "sales_cycle_days": np.round(np.exp(4 - 0.4 * mixed())),
        "time_to_value_days": np.round(np.exp(2.5 - 0.6 * mixed())),
        "referrals": rng.poisson(np.exp(-3 + 0.8 * mixed()) * months).astype(float),
        "tickets_per_month": np.exp(-1.5 - 0.6 * mixed()),
    }
    unknown = {"nps": 0.4, "time_to_value_days": 0.25, "sales_cycle_days": 0.1, "referrals": 0.2}
    parts = []
    for name, value in values.items():
        known = rng.random(len(ids)) >= unknown.get(name, 0.03)
        text = [repr(float(number)) for number in value[known]]
        parts.append(pd.DataFrame({"account_id": ids[known], "attribute": name, "value": text}))
    return pd.concat(parts, ignore_index=True).assign(record_rank=1)


def _attributes(rng: np.random.Generator, draw: _Draw, leak: str) -> pd.DataFrame:
    parts = []
    for attribute, names in draw.levels.items():
        known = rng.random(len(names)) >= _MISSING
        parts.append(pd.DataFrame({"account_id": draw.accounts[known], "attribute": attribute, "level": names[known]}))
    rows = pd.concat([*parts, _leak(rng, draw, leak)], ignore_index=True)
    dates = rows.get("known_at", pd.NaT)
    return rows.assign(dimension="custom", known_at=pd.to_datetime(dates))


def _leak(rng: np.random.Generator, draw: _Draw, rule: str) -> pd.DataFrame:
    """A health score that somebody fills in after the sale, knowing how the customer turned out."""
    won = draw.won
    felt = draw.latent[won] - draw.latent[won].mean() + rng.normal(0, 0.7, len(won))
    health = np.select([felt > 1, felt < -1], ["green", "red"], "amber").astype(object)
    rows = pd.DataFrame({"account_id": draw.accounts[won], "attribute": "health", "level": health})
    others = np.setdiff1d(np.arange(len(draw.accounts)), won)
    guessed = pd.DataFrame({"account_id": draw.accounts[others], "attribute": "health", "level": "amber"})
    if rule == "unknown_for_prospects":
        return rows[rng.random(len(rows)) < 0.8]
    if rule == "one_default_for_prospects":
        return pd.concat([rows.assign(level=np.where(health == "amber", "blue", health)), guessed])
    guessed["level"] = rng.choice(np.array(["green", "amber", "red"], dtype=object), len(guessed))
    late = np.where(rng.random(len(rows)) < 0.6, 60, -20)
    return pd.concat([rows.assign(known_at=draw.closed[won] + pd.to_timedelta(late, unit="D")), guessed])


def _built(core: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    with duck.connect() as connection:
        for schema in ("core", "settings", "outcomes", "segments"):
            connection.execute(f"create schema {schema}")
        for name, rows in settings_tables(_SETTINGS, _AS_OF, "method").items():
            connection.register("arriving", rows)
            connection.execute(f"create table settings.{name} as select * from arriving")
        for name, columns in CORE.items():
            connection.execute(f"create table core.{name} ({columns})")
            if name in core:
                connection.register("arriving", core[name])
                connection.execute(f"insert into core.{name} by name select * from arriving")
        connection.unregister("arriving")
        for model in models_for(_WANTED, ("outcomes", "segments")):
            connection.execute(f"create table {model.name} as {model.sql}")
        return read_tables(connection)


def _no_triggers() -> pd.DataFrame:
    columns = ("account_id", "trigger", "happened_at", "strength")
    return pd.DataFrame({name: pd.Series([], dtype=object) for name in columns})


def _truth(draw: _Draw, recipe: Recipe) -> Truth:
    """What was planted: the size trait is the middle of the range, and with texture no attribute is null."""
    carriers = {"business_model", "platform", "employees", "revenue_band", "industry", "tool"}
    every = frozenset(draw.levels) if recipe.kind == "texture" else frozenset(carriers)
    platform = levels("platform", "salesforce")
    saas = levels("business_model", "saas")
    good = {"saas": saas, "salesforce": platform, "size": levels("employees", "200-499", "500-999")}
    has_signal = recipe.kind != "noise"
    market = slice(draw.n_deals, None)
    best = draw.latent[market] >= np.quantile(draw.latent[draw.won], 0.8)
    planted = pd.DataFrame({"quality": draw.quality, "win": draw.win}, index=pd.Index(draw.accounts, name="account_id"))
    return Truth(
        good if has_signal else {},
        {"agency": levels("business_model", "agency"), "tiny": levels("employees", "<10")} if has_signal else {},
        every if has_signal else frozenset(),
        (saas, platform) if recipe.kind == "pair" else None,
        "health",
        ("region", "APAC"),
        planted.iloc[market].assign(best=best, ideal=best & draw.would_buy[market]),
        planted.iloc[: draw.n_deals],
    )
