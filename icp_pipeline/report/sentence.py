"""The ICP as sentences that sales would read, built from the criteria alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from icp_pipeline.report.words import OUTCOMES, label, listed, value

# How a trait reads in a sentence about companies; {} takes its values.
_NOUNS = ("industry", "sub_industry", "business_model")
_PHRASES = {
    "employees": ("with", "{} employees"),
    "annual_revenue_usd": ("with", "{} in annual revenue"),
    "region": ("in", "{}"),
    "country": ("in", "{}"),
    "founded_year": ("that", "were founded {}"),
    "technology": ("that", "use {}"),
    "competitor": ("that", "use the competitor {}"),
    "complementary": ("that", "use {}"),
    "cloud": ("that", "run on {}"),
    "crm": ("that", "have {} as their CRM"),
    "marketing_automation": ("that", "automate marketing with {}"),
    "lead_source": ("that", "come through {}"),
}

Criterion = Mapping[str, object]


def sentences(criteria: Sequence[Criterion], who: str = OUTCOMES.who) -> list[str]:
    """Who it is, what they must have, signals of risk, who is out; empty without criteria.

    `who` are those that the criteria describe: only outcomes say who the best customers are.
    """
    by_kind = {
        kind: [row for row in criteria if row["kind"] == kind]
        for kind in ("must_have", "positive", "negative", "disqualifier")
    }
    said = []
    if by_kind["positive"] or by_kind["must_have"]:
        said.append(f"{who} tend to be {_companies([*by_kind['must_have'], *by_kind['positive']])}.")
    if len(by_kind["positive"]) > 1:
        said.append("An account need not have every trait; the more it has, the better it fits.")
    if by_kind["must_have"]:
        said.append(f"They must be {_companies(by_kind['must_have'])}.")
    if by_kind["negative"]:
        said.append(f"Be wary of {_companies(by_kind['negative'])}.")
    if by_kind["disqualifier"]:
        said.append(f"Do not pursue {_companies(by_kind['disqualifier'], last='or')}.")
    return said


def _companies(criteria: Sequence[Criterion], last: str = "and") -> str:
    """`Computer Software companies with 200–499 employees that use Salesforce`."""
    grouped: dict[str, list[str]] = {}
    for row in criteria:
        attribute, segment = str(row["attribute"]), str(row["segment"])
        grouped.setdefault(attribute, []).append(value(attribute, segment))
    nouns = [listed(grouped[name], "or") for name in _NOUNS if name in grouped]
    rest = [(name, values) for name, values in grouped.items() if name not in _NOUNS]
    parts = [f"{' '.join(nouns)} companies" if nouns else "companies"]
    for lead in ("in", "with", "that"):
        phrases = [_phrase(name, values) for name, values in rest]
        said = [text for word, text in phrases if word == lead]
        if said:
            parts.append(f"{lead} {listed(said, last)}")
    return " ".join(parts)


def _phrase(attribute: str, values: Iterable[str]) -> tuple[str, str]:
    texts = list(values)
    if attribute in _PHRASES:
        lead, pattern = _PHRASES[attribute]
        return lead, pattern.replace("{}", listed(texts, "or"))
    for start, verb, opposite in (
        ("has_", "have", "have no"),
        ("is_", "are", "are not"),
        ("uses_", "use", "do not use"),
    ):
        if attribute.startswith(start) and texts in (["yes"], ["no"]):
            thing = _lower_first(label(attribute.removeprefix(start)))
            return "that", f"{verb if texts == ['yes'] else opposite} {thing}"
    name = _lower_first(label(attribute))
    # "Product D" of the attribute product already says its name.
    said_already = all(text.casefold().startswith(name.casefold()) for text in texts)
    return "with", listed(texts, "or") if said_already else f"{name} {listed(texts, 'or')}"


def _lower_first(text: str) -> str:
    """`Budget owner` -> `budget owner`; `CRM` and `RevOps` stay."""
    first = text.split(" ")[0]
    return text if sum(letter.isupper() for letter in first) > 1 else text[:1].lower() + text[1:]
