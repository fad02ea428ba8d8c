"""Lead routing: an ordered list of rules, of which the first match decides; checks that each can match."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import Field, field_validator

from icp_pipeline.errors import nearest
from icp_pipeline.settings.filter_terms import Clauses, Column, FilterError, Term
from icp_pipeline.settings.section import Section
from icp_pipeline.tiers import RELATIONSHIPS, TIERS

# Columns for conditions, with their possible values; None if the sources decide.
CONDITIONS: dict[str, tuple[str, ...] | None] = {
    "tier": tuple(TIERS),
    "grade": tuple(f"{letter}{digit}" for letter in "ABCD" for digit in "123"),
    "relationship": tuple(RELATIONSHIPS),
    "seniority": ("c_level", "vp", "director", "manager", "individual", "entry"),
    "country": None,
    "form": None,
}
# Known for every lead; any of the others may be unknown.
_ALWAYS_KNOWN = ("tier", "relationship")
_COLUMNS = {name: Column(name, "text", True, False) for name in CONDITIONS}
_LONGEST = 50
_MOST_CASES, _MOST_VALUES = 200_000, 6


class RoutingRule(Section):
    """One rule. `when` is a condition such as "tier = 'tier_1' and country = 'Germany'", or values by column."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    when: str | dict[str, str | tuple[str, ...]]
    route: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    due_hours: Annotated[int, Field(gt=0)] | None = None

    @field_validator("when")
    @classmethod
    def when_can_be_meant(cls, when: str | dict[str, str | tuple[str, ...]]) -> str | dict[str, str | tuple[str, ...]]:
        """Check that columns and values exist; raises ValueError with the nearest known one."""
        for term in (term for clause in _clauses(when) for term in clause):
            _check_values(term)
        return when


def check_rules(rules: Sequence[RoutingRule]) -> None:
    """Raise ValueError for two rules with one name, and for a rule that can never match because earlier ones do."""
    names = [rule.name for rule in rules]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"routing: two rules are called '{name}'; give each its own name")
    clauses = [_clauses(rule.when) for rule in rules]
    reached: set[int] = set()
    takers: dict[int, set[int]] = {}
    for case in _cases(clauses):
        matching = [place for place, each in enumerate(clauses) if _is_met(each, case)]
        if matching:
            reached.add(matching[0])
            for place in matching[1:]:
                takers.setdefault(place, set()).add(matching[0])
    for place, rule in enumerate(rules):
        if place not in reached:
            earlier = " and ".join(f"'{names[other]}'" for other in sorted(takers.get(place, ())))
            because = f"its leads are all matched by {earlier} before it" if earlier else "no lead can match it"
            raise ValueError(f"routing: the rule '{rule.name}' can never match: {because}. Move it up, or remove it")


def rule_rows(rules: Sequence[RoutingRule]) -> list[dict[str, Any]]:
    """Rows of `settings.routing_rules`."""
    return [
        {"position": place, "name": rule.name, "route": rule.route, "due_hours": rule.due_hours}
        for place, rule in enumerate(rules, start=1)
    ]


def term_rows(rules: Sequence[RoutingRule]) -> list[dict[str, Any]]:
    """Rows of `settings.routing_terms`: one per rule, clause, term and value."""
    return [
        {
            "position": place,
            "clause": clause,
            "term": number,
            "column_name": term.column.name,
            "operator": term.operator,
            "is_negated": term.is_negated,
            "letter_case": term.letter_case,
            "text_value": value,
        }
        for place, rule in enumerate(rules, start=1)
        for clause, terms in enumerate(_clauses(rule.when), start=1)
        for number, term in enumerate(terms, start=1)
        for value in term.values or (None,)
    ]


def _clauses(when: str | dict[str, str | tuple[str, ...]]) -> Clauses:
    if isinstance(when, str):
        from icp_pipeline.settings.filters import filter_clauses  # sqlglot, which most settings do not need

        return filter_clauses(when, _COLUMNS)
    for name in when:
        if name not in _COLUMNS:
            raise FilterError(f"unknown column '{name}'.{nearest(name, _COLUMNS)} Known: {', '.join(_COLUMNS)}")
    if not when:
        raise FilterError("it has no condition; name at least one of " + ", ".join(_COLUMNS))
    values = {name: (value,) if isinstance(value, str) else value for name, value in when.items()}
    return [tuple(Term(_COLUMNS[name], "=", of_column) for name, of_column in values.items())]


def _check_values(term: Term) -> None:
    known = CONDITIONS[term.column.name]
    if term.operator not in ("=", "is_null"):
        raise FilterError(f"{term.column.name} {term.operator}: expected =, <>, in, is null, with and, or, not")
    for value in term.values:
        if known is not None and str(value) not in known:
            raise FilterError(
                f"{term.column.name} is never '{str(value)[:_LONGEST]}'.{nearest(str(value), known)} "
                f"Known: {', '.join(known)}"
            )


def _cases(rules: Sequence[Clauses]) -> Iterator[dict[str, str | None]]:
    """Every lead that the rules can distinguish: the values they name, one that none names, and unknown."""
    named: dict[str, set[str]] = {}
    for term in (term for clauses in rules for clause in clauses for term in clause):
        named.setdefault(term.column.name, set()).update(str(value) for value in term.values)
    choices = []
    for name, values in named.items():
        known = CONDITIONS[name]
        others = ["another one"] if known is None else sorted(set(known) - values)[:1]
        choices.append([*sorted(values), *others, *([] if name in _ALWAYS_KNOWN else [None])])
    # Rules that name hundreds of countries and forms distinguish more leads than can be checked at every start.
    if math.prod(map(len, choices)) > _MOST_CASES:
        choices = [values[:_MOST_VALUES] for values in choices]
    for combination in itertools.product(*choices):
        yield dict(zip(named, combination, strict=True))


def _is_met(clauses: Clauses, case: dict[str, str | None]) -> bool:
    return any(all(_holds(term, case[term.column.name]) for term in clause) for clause in clauses)


def _holds(term: Term, value: str | None) -> bool:
    if term.operator == "is_null":
        return (value is None) != term.is_negated
    return value is not None and (value in map(str, term.values)) != term.is_negated


def _rule(route: str, due_hours: int | None = None, **when: str) -> RoutingRule:
    return RoutingRule(name=next(iter(when.values())), when=dict(when), route=route, due_hours=due_hours)


DEFAULT_RULES = (
    _rule("none", relationship="not_prospect"),
    _rule("customer_success", relationship="customer"),
    _rule("owner", relationship="open_deal"),
    _rule("ae", 4, tier="tier_1"),
    _rule("sdr", 24, tier="tier_2"),
    _rule("nurture", tier="tier_3"),
    _rule("self_serve", tier="not_icp"),
    _rule("enrich", tier="unscored"),
)
