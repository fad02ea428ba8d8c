"""What an interview may contain: its sections, their keys, and the row of `lake.interview` that each becomes.

The reader, the conversation at the prompt and the blank form all use this list.
"""

from __future__ import annotations

from dataclasses import dataclass

# The head of an interview: respondent and date.
HEAD = ("date", "role", "respondent")

# How a value is read: a CRM id or domain; free text, scrubbed; a short name; one of `ABOUT`; yes or no; better or
# worse; a trait, and one of its values.
ACCOUNT, SAID, NAME, ABOUT_WORD, TRUTH, SAYS, ATTRIBUTE, SEGMENT = (
    *("account", "said", "name", "about", "truth", "says"),
    *("attribute", "segment"),
)
# What a customer's own words may be about.
ABOUT = ("pain", "outcome", "channel")


@dataclass(frozen=True)
class Key:
    """One key of a section. Keys of one `topic` make one row; `topic` None: read only to know which name to remove."""

    name: str
    reads: str
    topic: str | None
    column: str = "item"


@dataclass(frozen=True)
class Section:
    """One list of an interview. `plain` is the key used if an entry is just a text."""

    name: str
    keys: tuple[Key, ...]
    plain: str | None = None

    @property
    def has_account(self) -> bool:
        """Whether its entries name an account, so that no text may be stored beside them."""
        return any(key.reads == ACCOUNT for key in self.keys)


# Required columns of a topic's row, as columns of `lake.interview`.
NEEDED = {
    "best_customer": ("account_key",),
    "trigger": ("item",),
    "retention": ("item",),
    "language": ("item",),
    "claim": ("attribute", "segment", "says"),
}

SECTIONS = (
    Section(
        "best_customers",
        (
            Key("account", ACCOUNT, "best_customer", "account_key"),
            Key("why", SAID, "reason"),
            Key("clone", SAID, "clone"),
        ),
        plain="account",
    ),
    Section(
        "triggers",
        (
            Key("account", ACCOUNT, "trigger", "account_key"),
            Key("what", NAME, "trigger"),
            Key("note", SAID, "reason"),
        ),
        plain="what",
    ),
    Section(
        "evaluation",
        (
            Key("compared_with", SAID, "compared_with"),
            Key("almost_killed", SAID, "almost_killed"),
            Key("decided", SAID, "decided"),
        ),
    ),
    Section(
        "retention",
        (Key("signal", SAID, "retention"), Key("expands", TRUTH, "retention", "expands")),
        plain="signal",
    ),
    Section(
        "language",
        (
            Key("account", ACCOUNT, None),
            Key("phrase", SAID, "language"),
            Key("about", ABOUT_WORD, "language", "about"),
        ),
        plain="phrase",
    ),
    Section(
        "claims",
        (
            Key("attribute", ATTRIBUTE, "claim", "attribute"),
            Key("segment", SEGMENT, "claim", "segment"),
            Key("says", SAYS, "claim", "says"),
            Key("not_recorded", TRUTH, "claim", "is_not_recorded"),
        ),
    ),
    Section("missing", (Key("missing", SAID, "missing"),), plain="missing"),
)
