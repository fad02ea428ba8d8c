"""All questions of an interview, in one list that both the conversation and the blank form use.

The five sets and their order are those of the interview method behind the ICP; two short parts follow with
claims that outcomes can test.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# Asked on their own screens, with completions: see `completions`.
UNRECORDED = "something that is not recorded"


@dataclass(frozen=True)
class Question:
    """One screen: `section` and `key` as in the file, the question, and an example answer.

    `again` is asked from the second round on; `several`: more than one answer, separated by ;. `fixed` is written
    beside the answer; `is_needed`: it cannot be skipped. `only`: asked if the claim of this round is recorded
    (`recorded`) or not (`unrecorded`).
    """

    section: str
    key: str
    text: str
    example: str
    again: str = ""
    several: bool = False
    fixed: dict[str, str] = field(default_factory=dict)
    is_needed: bool = False
    only: str = ""


@dataclass(frozen=True)
class Group:
    """Questions asked one after the other; with `rounds` they repeat until the first of them is skipped."""

    title: str
    questions: tuple[Question, ...]
    rounds: bool = False


HEAD = Group(
    "Who speaks",
    (
        Question("", "date", "When does this interview take place?", "2026-11-12", is_needed=True),
        Question("", "role", "What is the speaker's job title? Never a name.", "account executive", is_needed=True),
        Question(
            "",
            "respondent",
            "Which code stands for the speaker? Letters and a number; the same person has the same code each time.",
            "ae-3",
            is_needed=True,
        ),
    ),
)

SETS = (
    Group(
        "Best customers",
        (
            Question(
                "best_customers",
                "account",
                "Which is one of your three to five best customers?",
                "acme.example",
                again="Which is another of your best customers?",
            ),
            Question("best_customers", "why", "What made them a great fit?", "onboarded in a week without our help"),
            Question(
                "best_customers", "clone", "What would you clone about them, if you could?", "one owner for sales tools"
            ),
        ),
        rounds=True,
    ),
    Group(
        "Triggers",
        (
            Question(
                "triggers",
                "what",
                "What was happening at a customer's when they first reached out or answered? In one to five words.",
                "new executive",
                again="What else made customers start looking? In one to five words.",
            ),
            Question("triggers", "account", "At which customer was it?", "acme.example"),
            Question("triggers", "note", "What changed, that made them start looking?", "the new CRO wants a forecast"),
        ),
        rounds=True,
    ),
    Group(
        "Evaluation and objections",
        (
            Question(
                "evaluation",
                "compared_with",
                "What did customers compare you with?",
                "Rivalytics; a spreadsheet",
                several=True,
            ),
            Question(
                "evaluation", "almost_killed", "What almost killed deals?", "security review; no budget", several=True
            ),
            Question(
                "evaluation", "decided", "What pushed customers over the line?", "the CRM integration", several=True
            ),
        ),
    ),
    Group(
        "Expansion and retention",
        (
            Question(
                "retention",
                "signal",
                "What do customers who expand have in common, already when they buy?",
                "weekly usage by managers; a sponsor in sales",
                several=True,
                fixed={"expands": "true"},
            ),
            Question(
                "retention",
                "signal",
                "And customers who leave: what is different about them when they buy?",
                "bought for one team only",
                several=True,
                fixed={"expands": "false"},
            ),
        ),
    ),
    Group(
        "Their words: the problem",
        (
            Question(
                "language",
                "phrase",
                "Which words did customers use for their problem? As they said it.",
                "flying blind on pipeline",
                again="Which other words did they use for it?",
                fixed={"about": "pain"},
            ),
        ),
        rounds=True,
    ),
    Group(
        "Their words: the outcome",
        (
            Question(
                "language",
                "phrase",
                "Which outcome did they say they needed? As they said it.",
                "a forecast I can defend",
                again="Which other outcome did they name?",
                fixed={"about": "outcome"},
            ),
        ),
        rounds=True,
    ),
    Group(
        "Their words: where they look",
        (
            Question(
                "language",
                "phrase",
                "Where do they look for a product like this, or ask about it?",
                "a community of RevOps people",
                again="Where else?",
                fixed={"about": "channel"},
            ),
        ),
        rounds=True,
    ),
)

CLAIMS = Group(
    "Claims that outcomes can test",
    (
        Question(
            "claims",
            "attribute",
            "Which trait tells you that a customer will turn out better, or worse?",
            "industry",
            again="By which other trait?",
        ),
        Question(
            "claims",
            "not_recorded",
            "What is it that no data source records?",
            "whether they have a data team",
            is_needed=True,
            only="unrecorded",
        ),
        Question("claims", "segment", "Which value of it?", "Financial Services", is_needed=True, only="recorded"),
        Question("claims", "says", "Are these customers better or worse than others?", "better", is_needed=True),
    ),
    rounds=True,
)

MISSING = Group(
    "What is missing",
    (
        Question(
            "missing",
            "missing",
            "What would you like to know about an account that no system tells you today?",
            "whether they have a data team",
            several=True,
        ),
    ),
)

GROUPS = (HEAD, *SETS, CLAIMS, MISSING)
# The sets as shown to people: those about words count as one.
TITLES = (
    ("Best customers", 1),
    ("Triggers", 1),
    ("Evaluation and objections", 1),
    ("Expansion and retention", 1),
    ("Their words", 3),
)
