"""Settings as the Arrow tables that SQL models read as `settings.*`; also what readers need to know."""

from __future__ import annotations

import datetime
import itertools
import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pycountry

from icp_pipeline.catalog.arrow_schemas import arrow_schema
from icp_pipeline.catalog.inputs import inputs_of
from icp_pipeline.settings import search_tools, type_words
from icp_pipeline.settings.audiences import audience_rows, choice_rows
from icp_pipeline.settings.defaults import (
    ATTRIBUTES,
    BAND_CEILING,
    COUNTRY_SPELLINGS,
    FORMS_PER_DOMAIN_AND_DAY,
    MADE_HERE,
    METRICS,
    ONE_SIDED_5_PERCENT,
    PLACEHOLDERS,
    REGIONS,
    TECHNOLOGIES,
    TIER_1_PROCESS_FLOOR,
    TIER_1_TRIGGER_FLOOR,
    TRIGGER_STRENGTH_POINTS,
    TRIGGER_STRENGTHS,
)
from icp_pipeline.settings.fields import blank_carrier, carrier_of_all, field_carrier
from icp_pipeline.settings.filter_columns import filter_rows
from icp_pipeline.settings.routing import rule_rows, term_rows
from icp_pipeline.settings.schema import Settings
from icp_pipeline.settings.website import experiment_rows, segment_rows, slot_rows
from icp_pipeline.sources.values.currency_marks import SHARED_SIGNS, may_be
from icp_pipeline.sources.values.domains import registrable_domain
from icp_pipeline.sources.values.shared_hosts import DIRECTORIES, PROVIDERS
from icp_pipeline.tiers import actions

Rows = list[dict[str, Any]]


def settings_tables(
    settings: Settings,
    as_of: datetime.date,
    run_id: str,
    bins: Mapping[str, tuple[float, ...]] | None = None,
    clock_at: datetime.datetime | None = None,
) -> dict[str, pa.Table]:
    """All `settings.*` tables for one run. Only `settings` come from the file.

    `bins`: inner edges of numeric attributes without bins in the file. `clock_at`: what the clock says (UTC). Columns
    and types are the catalog's.
    """
    run = _run(settings) | {"as_of": as_of, "run_id": run_id, "clock_at": clock_at}
    rows = {"run": [run], **_rows(settings, {**(bins or {}), **_bins(settings)})}
    return {
        name.table: pa.table(
            {column: [row[column] for row in rows[name.table]] for column in columns}, schema=arrow_schema(columns)
        )
        for name, columns in inputs_of("settings").items()
    }


def unbinned(settings: Settings) -> list[str]:
    """Numeric attributes of a file without bins, neither configured nor predefined."""
    return [
        name
        for name, item in sorted(settings.attributes.items())
        if item.enabled
        and item.fields
        and (item.type or (ATTRIBUTES[name].type if name in ATTRIBUTES else None)) == "numeric"
        and name not in _bins(settings)
    ]


def attribute_types(settings: Settings) -> tuple[dict[str, str], dict[str, str]]:
    """Type and dimension of every attribute, by name."""
    rows = _attributes(settings)
    return {row["attribute"]: row["type"] for row in rows}, {row["attribute"]: row["dimension"] for row in rows}


def range_levels(settings: Settings, attribute: str) -> dict[str, tuple[str, ...]]:
    """The bins in every range of neighbouring bins of a numeric attribute, by the range's name.

    Empty for attributes that are not numeric, and for those whose bins come from the data.
    """
    found: dict[str, tuple[str, ...]] = {}
    for row in _range_rows(attribute, _bins(settings).get(attribute, ())):
        found[row["segment"]] = (*found.get(row["segment"], ()), row["level"])
    return found


def _rows(settings: Settings, bins: Mapping[str, tuple[float, ...]]) -> dict[str, Rows]:
    return {
        "currency_rates": [{"currency": code, "usd_per_unit": rate} for code, rate in usd_per_unit(settings).items()],
        "outcome_metrics": _outcome_metrics(settings),
        "attributes": _attributes(settings),
        "attribute_bins": [row for name, edges in sorted(bins.items()) for row in _bin_rows(name, edges)],
        "bin_ranges": [row for name, edges in sorted(bins.items()) for row in _range_rows(name, edges)],
        "level_groups": [
            {"attribute": name, "level": level, "grouped_level": group}
            for name, item in sorted(settings.attributes.items())
            for level, group in sorted(item.groups.items())
        ],
        "unknown_values": [
            {"attribute": name, "spelling": spelling, "amount": _amount(spelling)}
            for name, item in sorted(settings.attributes.items())
            for spelling in sorted({text.strip().lower() for text in item.unknown or ()})
        ],
        "blank_levels": _blank_levels(settings),
        "placeholders": _placeholders(settings),
        "technology_categories": _technologies(settings),
        "country_regions": _country_regions(settings),
        "customer_fields": _customer_fields(settings),
        "unlinked_domains": [
            {"domain": name} for name in sorted({*settings.parents.unlinked_domains, *PROVIDERS, *DIRECTORIES})
        ],
        "deal_roles": _deal_roles(settings),
        "lost_after": [
            {"source_name": name, "days": item.lost_after_days}
            for name, item in sorted(settings.sources.items())
            if item.lost_after_days is not None
        ],
        "type_words": _type_words(settings),
        "not_prospect_accounts": _not_prospect_accounts(settings),
        "trigger_strengths": _trigger_strengths(settings),
        "late_stages": [
            {"stage": stage} for stage in sorted({name.strip().lower() for name in settings.proxies.late_stages})
        ],
        "filters": filter_rows(settings),
        "routing_rules": rule_rows(settings.routing),
        "routing_terms": term_rows(settings.routing),
        "audiences": audience_rows(settings.all_audiences),
        "audience_choices": choice_rows(settings.all_audiences),
        "search_fields": search_tools.field_rows(),
        "search_bands": search_tools.band_rows(),
        "search_names": search_tools.name_rows(),
        "icp_targets": [
            {"icp_id": name, "target": target}
            for name, item in sorted(settings.icps.items())
            for target in ("hubspot", "salesforce")
            if getattr(item.exports, target).model_dump(exclude_none=True)
        ],
        "actions": [
            {"relationship": relationship, "tier": tier, "action": action} for relationship, tier, action in actions()
        ],
        "crm_action_fields": _targets_with(settings, "action"),
        "crm_override_fields": _targets_with(settings, "override"),
        "content_slots": slot_rows(settings.content),
        "content_segments": segment_rows(settings.content, attribute_types(settings)[0]),
        "experiments": experiment_rows(settings.content),
        "icps": [{"icp_id": name, "filter_sql": item.where} for name, item in sorted(settings.icps.items())],
    }


def _targets_with(settings: Settings, field: str) -> Rows:
    """The CRMs with a field of the primary ICP for it."""
    return [
        {"target": target}
        for target in ("hubspot", "salesforce")
        if getattr(getattr(settings.exports, target), field) is not None
    ]


def bin_label(lower: float | None, upper: float | None, *, years: bool = False) -> str:
    """How a numeric bin reads: `<10`, `10-49`, `200-1,999`, `10M-25M`, `5,000+`; years without a comma.

    Whole-number bins end one below the next edge; from a million on, edges are shared and read in millions.
    """
    if lower is None:
        return f"<{_number(upper, years)}"
    if upper is None:
        return f"{_number(lower, years)}+"
    if max(lower, upper) >= 1e6 or upper != int(upper) or lower != int(lower):
        return f"{_number(lower, years)}-{_number(upper, years)}"
    last = int(upper) - 1
    return _number(lower, years) if last == int(lower) else f"{_number(lower, years)}-{_number(last, years)}"


def _number(value: float | None, years: bool) -> str:
    if value is None:
        return ""
    for size, unit in ((1e9, "B"), (1e6, "M")):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:.10g}" if years else f"{value:,.10g}"


def _are_years(edges: tuple[float, ...]) -> bool:
    return all(1800 <= edge < 2200 for edge in edges)


def usd_per_unit(settings: Settings) -> dict[str, Decimal]:
    """US dollars per unit, by code; as `home` for amounts that name no currency; by sign where that tells it.

    A dollar sign is a US dollar where the home currency has another sign; the other shared signs have no rate then.
    """
    rates = {code.strip().upper(): Decimal(str(rate)) for code, rate in sorted(settings.currency.rates.items())}
    rates["USD"] = Decimal(1)
    home = settings.currency.home.strip().upper()
    signs = {sign: rates[home] for sign in SHARED_SIGNS if may_be(sign, home)}
    return {**rates, "home": rates[home], "$": rates["USD"], **signs}


def _run(settings: Settings) -> dict[str, Any]:
    """The thresholds that models read."""
    outcomes, bands, triggers = settings.outcomes, settings.bands, settings.triggers
    return {
        "outcome_basis": outcomes.basis,
        "min_tenure_months": outcomes.min_tenure_months,
        "best_share": outcomes.best_share,
        "worst_share": outcomes.worst_share,
        "min_weight_seen": 0.4,
        "shrink_weight": 0.3,
        "max_cohorts": 8,
        "fdr": 0.10,
        "interval_z": ONE_SIDED_5_PERCENT,
        "range_min_n": 300,
        "min_support_share": 0.01,
        "band_a": bands.a,
        "band_b": bands.b,
        "band_d": bands.d,
        "trigger_fresh_days": triggers.fresh_days,
        "trigger_half_life_days": triggers.half_life_days,
        "trigger_window_days": triggers.window_days,
        "engagement_half_life_days": 30,
        "engagement_weight": 0.15,
        "engagement_cap": 0.69,
        "min_known_share": 1 / 3,
        "tier_margin": 0.05,
        "tier_rule": _tier_rule(settings),
        "tier_1_min_fit": settings.tiers.tier_1_min_fit,
        "tier_1_trigger_floor": TIER_1_TRIGGER_FLOOR,
        "tier_1_process_floor": TIER_1_PROCESS_FLOOR,
        "score_step": settings.exports.score_step,
        "band_ceiling": BAND_CEILING,
        "broad_share": 0.30,
        "signal_z": ONE_SIDED_5_PERCENT,
        "forms_per_domain_and_day": FORMS_PER_DOMAIN_AND_DAY,
        "late_probability": settings.proxies.late_probability,
        "stale_days": settings.guards.stale_days,
    }


def _tier_rule(settings: Settings) -> str:
    """Everything in the tier rule that settings can change, and this release's version of the rule."""
    bands, least = settings.bands, settings.tiers.tier_1_min_fit
    return f"fit without triggers; tier 1 from {least}; bands {bands.a:g}, {bands.b:g}, {bands.d:g}"


def _outcome_metrics(settings: Settings) -> Rows:
    rows = []
    for name, default in METRICS.items():
        item = settings.outcomes.metrics.get(name)
        weight = default.weight if item is None or item.weight is None else item.weight
        direction = default.direction if item is None or item.direction is None else item.direction
        from_field = item is not None and item.field is not None
        rows.append({"metric": name, "direction": direction, "weight": weight, "is_from_field": from_field})
    return rows


def _attributes(settings: Settings) -> Rows:
    rows = []
    for name in sorted({*ATTRIBUTES, *settings.attributes}):
        item, default = settings.attributes.get(name), ATTRIBUTES.get(name)
        carrier, system = carrier_of_all(item.fields if item else (), settings) or (None, None)
        rows.append(
            {
                "attribute": name,
                "dimension": (item and item.dimension) or (default.dimension if default else "custom"),
                "type": (item and item.type) or (default.type if default else "categorical"),
                "is_custom": item is not None and bool(item.fields),
                "is_enabled": item is None or item.enabled,
                "is_known_before_sale": item is not None and item.known_before_sale,
                "carrier": carrier,
                "source_system": system,
            }
        )
    return rows


def _amount(spelling: str) -> float | None:
    """A spelling as a number, for attributes that are numbers."""
    try:
        number = float(spelling)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _blank_levels(settings: Settings) -> Rows:
    """A blank cell belongs to a record in the field's file; a predefined attribute can be blank for any account."""
    rows: Rows = []
    for name, item in sorted(settings.attributes.items()):
        if item.blank is not None and item.enabled:
            carrier, system = blank_carrier(item.fields, settings)
            rows.append({"attribute": name, "level": item.blank, "carrier": carrier, "source_system": system})
    return rows


def _customer_fields(settings: Settings) -> Rows:
    """A blank end date means that a customer is still there, but only for accounts with a record that has the field."""
    rows: Rows = []
    for name in ("since", "churned_at"):
        field = getattr(settings.customer, name)
        if field is not None:
            carrier, system = field_carrier(field.field, settings) or (None, None)
            rows.append({"field": name, "carrier": carrier, "source_system": system})
    rows += [
        {"field": name, "carrier": "account", "source_system": key}
        for key, source in sorted(settings.sources.items())
        for target, name in (("customer_since", "since"), ("churned_at", "churned_at"))
        if source.kind == "account" and target in source.columns
    ]
    return rows


def _placeholders(settings: Settings) -> Rows:
    """What to look for in each attribute for which icp.yaml sets no `unknown`."""
    rows: Rows = []
    for name in sorted({*ATTRIBUTES, *settings.attributes} - MADE_HERE):
        item, default = settings.attributes.get(name), ATTRIBUTES.get(name)
        if item is not None and (item.unknown is not None or not item.enabled):
            continue
        kind = (item and item.type) or (default.type if default else "categorical")
        for spelling in PLACEHOLDERS.get(kind, PLACEHOLDERS["categorical"]):
            rows.append(
                {
                    "attribute": name,
                    "spelling": spelling,
                    # The level of a date is its year.
                    "level": spelling[:4] if kind == "date" else None if kind == "numeric" else spelling,
                    "amount": float(spelling) if kind == "numeric" else None,
                }
            )
    return rows


def _bins(settings: Settings) -> dict[str, tuple[float, ...]]:
    """Inner edges of every numeric attribute; a setting replaces the default."""
    bins = {name: default.bins for name, default in ATTRIBUTES.items() if default.bins}
    bins |= {name: item.bins for name, item in settings.attributes.items() if item.bins}
    return dict(sorted(bins.items()))


def _edges(edges: tuple[float, ...]) -> list[tuple[float | None, float | None]]:
    bounds: list[float | None] = [None, *edges, None]
    return list(itertools.pairwise(bounds))


def _bin_rows(attribute: str, edges: tuple[float, ...]) -> Iterator[dict[str, Any]]:
    years = _are_years(edges)
    for order, (lower, upper) in enumerate(_edges(edges), start=1):
        yield {
            "attribute": attribute,
            "bin_order": order,
            "lower_bound": lower,
            "upper_bound": upper,
            "level": bin_label(lower, upper, years=years),
        }


def bin_levels(edges: tuple[float, ...]) -> dict[str, tuple[float, float]]:
    """The bins between these inner edges, lowest first: name, lower and upper bound."""
    return {
        row["level"]: (
            -math.inf if row["lower_bound"] is None else row["lower_bound"],
            math.inf if row["upper_bound"] is None else row["upper_bound"],
        )
        for row in _bin_rows("", edges)
    }


def _range_rows(attribute: str, edges: tuple[float, ...]) -> Iterator[dict[str, Any]]:
    """Every contiguous range of bins except the whole, one row per bin inside it."""
    bins, years = _edges(edges), _are_years(edges)
    for first in range(len(bins)):
        for last in range(first, len(bins)):
            if last - first + 1 == len(bins):
                continue
            segment = bin_label(bins[first][0], bins[last][1], years=years)
            for lower, upper in bins[first : last + 1]:
                yield {
                    "attribute": attribute,
                    "segment": segment,
                    "level": bin_label(lower, upper, years=years),
                    "first_bin": first + 1,
                    "last_bin": last + 1,
                    "bins": len(bins),
                }


def _technologies(settings: Settings) -> Rows:
    pairs = {
        (name.strip().lower(), category)
        for category, names in {**TECHNOLOGIES, **settings.technologies}.items()
        for name in names
    }
    return [{"technology": name, "category": category} for name, category in sorted(pairs)]


def _country_regions(settings: Settings) -> Rows:
    """One row per spelling of a country (ISO-2, ISO-3, name, usual variants), with its region."""
    regions = {code: region for region, codes in REGIONS.items() for code in codes.split()}
    regions |= {code.upper(): region for region, codes in settings.regions.items() for code in codes}
    spellings = dict(COUNTRY_SPELLINGS)
    for country in pycountry.countries:
        for key in ("alpha_2", "alpha_3", "name", "common_name", "official_name"):
            if hasattr(country, key):
                spellings.setdefault(getattr(country, key).lower(), country.alpha_2)
    rows = []
    for spelling, code in sorted(spellings.items()):
        found = pycountry.countries.get(alpha_2=code)
        name = getattr(found, "common_name", None) or getattr(found, "name", code)
        rows.append(
            {"country": spelling, "country_code": code, "country_name": name, "region": regions.get(code, "EMEA")}
        )
    return rows


def _deal_roles(settings: Settings) -> Rows:
    sides = {"new_business": settings.deals.new_business, "existing_business": settings.deals.existing_business}
    return [
        {"field": field, "name": name, "role": role}
        for role, side in sides.items()
        for field, names in side.by_field().items()
        for name in sorted(names)
    ]


def _type_words(settings: Settings) -> Rows:
    """Names listed in icp.yaml replace the words of their role in their field."""
    told = {"customer": settings.customer.by_field(), "not_prospect": settings.not_prospects.by_field()}
    # Names not on a list are not suspected either.
    told["unclear"] = {field: None if names is None else set() for field, names in told["not_prospect"].items()}
    told["former_customer"] = {field: None if names is None else set() for field, names in told["customer"].items()}
    rows: Rows = []
    for role in type_words.ROLES:
        for field in type_words.FIELDS:
            names = told.get(role, {}).get(field)
            found = type_words.words(role, field) if names is None else sorted(names)
            rows += [{"field": field, "role": role, "word": word, "is_told": names is not None} for word in found]
    return rows


def _not_prospect_accounts(settings: Settings) -> Rows:
    """Accounts named by CRM id or domain, and the company itself: the domain of its owner's address."""
    own = registrable_domain(settings.owner.rpartition("@")[2]) if "@" in settings.owner else None
    named = [
        {"reference": registrable_domain(text) or text if "." in text else text, "is_owner": False}
        for text in sorted(set(settings.not_prospects.accounts))
    ]
    return [*named, *([{"reference": own, "is_owner": True}] if own else [])]


def _trigger_strengths(settings: Settings) -> Rows:
    named = {**TRIGGER_STRENGTHS, **settings.triggers.strengths}
    named |= {f"*{strength}": strength for strength in TRIGGER_STRENGTH_POINTS}
    return [
        {"trigger": name, "strength": strength, "points": TRIGGER_STRENGTH_POINTS[strength]}
        for name, strength in sorted(named.items())
    ]
