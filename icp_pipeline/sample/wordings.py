"""What people write in the made-up company: deal notes, loss reasons, survey comments, ticket subjects.

A few phrases are planted: the better an account does, the likelier it uses them; the rest is what everybody writes.
They have their own random streams, so that nothing else changes with them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from icp_pipeline.sample.market import WorldFrames
from icp_pipeline.sample.streams import Flags, Floats, Ints, pick, stream

# Used by the given share of good accounts (the top third by quality), of bad ones (the bottom third), of the others.
GOOD_PHRASES = {
    "they are flying blind on pipeline": (0.5, 0.05, 0.2),
    "the forecast lives in spreadsheets": (0.4, 0.1, 0.2),
    "wants a single source of truth for the board": (0.3, 0.06, 0.12),
}
BAD_PHRASES = {
    "just looking for a cheap tool": (0.04, 0.4, 0.15),
    "one person does everything by hand": (0.08, 0.3, 0.15),
}
_GERMAN = {
    "sie haben keine Übersicht über die Pipeline": (0.5, 0.1, 0.2),
    "die Vertriebssteuerung läuft über Tabellen": (0.3, 0.2, 0.2),
}
_NOTES = (
    *("evaluation together with finance", "demo went well", "budget is approved for next year", "security review done"),
    *(
        "they asked for references",
        "procurement is involved",
        "kick-off planned after the summer",
        "legal has the contract",
    ),
    *(
        "the team sits in two offices",
        "integration is a must",
        "a pilot with one team first",
        "they compare three vendors",
    ),
    *("decision expected by the end of the quarter", "the owner changed during the evaluation"),
)
# What a form writes into every note, so that it is meaningless.
BOILERPLATE = "Created from the website form."
# Used in that share of the notes on deals that were won, and lost.
ENDED_PHRASES = {
    "the champion wants to be live before the board meeting": (0.3, 0.07),
    "asked twice for a discount": (0.06, 0.25),
}
LOST = {
    "Price too high": 0.3,
    "No budget this year": 0.2,
    "Went silent": 0.2,
    "Chose Rivalytics": 0.18,
    "Missing feature": 0.12,
}
_LOST_OF_GOOD = LOST | {"Price too high": 0.12, "Chose Rivalytics": 0.36}
_HAPPY = ("saves us hours every week", "one place for the whole team", "finally a forecast that holds", "great support")
_UNHAPPY = ("reports are slow", "too many clicks for a simple update", "hard to set up", "support takes days")
_TASKS = ("Add", "Remove", "Rename", "Export", "Import", "Question about", "Problem with", "Cannot find")
_THINGS = (
    *("a user", "an invoice", "contacts", "a dashboard", "the currency", "a password", "a field", "the weekly mail"),
    *("an integration", "a filter", "two records", "the trial balance", "a chart", "the mobile app"),
)
_SUBJECTS = {f"{task} {thing}": 1.0 for task in _TASKS for thing in _THINGS}
_SUBJECTS_OF_GOOD = _SUBJECTS | {"Roll out to another team": 0.12 * len(_SUBJECTS)}
_SUBJECTS_OF_BAD = _SUBJECTS | {"Export everything to a spreadsheet": 0.12 * len(_SUBJECTS)}


def deal_notes(frames: WorldFrames, deals: pd.DataFrame) -> np.ndarray:
    """`Description` of each deal, blank for one in thirty. Some name a person or an address, as notes do."""
    rng = stream(frames.seed, "deal notes")
    account = deals["account"].to_numpy()
    is_german = (frames.accounts["country"] == "Germany").to_numpy()[account]
    planted = [*GOOD_PHRASES.items(), *BAD_PHRASES.items()]
    said = [(phrase, _draw(rng, frames, account, shares) & ~is_german) for phrase, shares in planted]
    said += [(phrase, _draw(rng, frames, account, shares) & is_german) for phrase, shares in _GERMAN.items()]
    is_won = deals["is_won"].to_numpy()
    said += [
        (phrase, rng.random(len(account)) < np.where(is_won, won, lost))
        for phrase, (won, lost) in ENDED_PHRASES.items()
    ]
    chatter = rng.integers(0, len(_NOTES), (len(account), 2))
    has_form, has_contact = rng.random(len(account)) < 0.45, rng.random(len(account)) < 0.08
    blank = rng.random(len(account)) < 0.03
    domains = frames.accounts["domain"].to_numpy(dtype=object)[account]
    notes = []
    for row in range(len(account)):
        sentences = [
            _NOTES[chatter[row, 0]],
            *(phrase for phrase, flags in said if flags[row]),
            _NOTES[chatter[row, 1]],
        ]
        text = " ".join(f"{sentence[0].upper()}{sentence[1:]}." for sentence in sentences)
        text += f" Call +1 555 01{row % 90 + 10} or write to buyer{row}@{domains[row]}." if has_contact[row] else ""
        text += f" {BOILERPLATE}" if has_form[row] else ""
        notes.append("" if blank[row] else text)
    return np.array(notes, dtype=object)


def loss_reasons(frames: WorldFrames, deals: pd.DataFrame, topic: str) -> np.ndarray:
    """Why each deal was lost, from a picklist; blank for one in eight, and for deals that were not lost."""
    rng = stream(frames.seed, f"loss reasons {topic}")
    good, _ = _thirds(frames, deals["account"].to_numpy())
    size = len(deals)
    reasons = np.where(good, pick(rng, _LOST_OF_GOOD, size), pick(rng, LOST, size))
    is_lost = (deals["is_closed"] & ~deals["is_won"]).to_numpy()
    return np.where(is_lost & (rng.random(size) >= 0.125), reasons, "")


def survey_comments(frames: WorldFrames, scores: Ints) -> np.ndarray:
    """A comment with every second answer, by its score."""
    rng = stream(frames.seed, "survey comments")
    size = len(scores)
    happy, unhappy = (np.array(texts, dtype=object)[rng.integers(0, 4, size)] for texts in (_HAPPY, _UNHAPPY))
    return np.where(rng.random(size) < 0.5, "", np.where(scores >= 8, happy, unhappy))


def ticket_subjects(frames: WorldFrames, account: Ints) -> np.ndarray:
    """The subject of each ticket."""
    rng = stream(frames.seed, "ticket subjects")
    good, bad = _thirds(frames, account)
    of_good, of_bad, of_others = (
        pick(rng, shares, len(account)) for shares in (_SUBJECTS_OF_GOOD, _SUBJECTS_OF_BAD, _SUBJECTS)
    )
    return np.where(good, of_good, np.where(bad, of_bad, of_others))


def _thirds(frames: WorldFrames, account: Ints) -> tuple[Flags, Flags]:
    quality: Floats = frames.accounts["quality"].to_numpy()
    low, high = np.quantile(quality, [1 / 3, 2 / 3])
    return quality[account] >= high, quality[account] < low


def _draw(rng: np.random.Generator, frames: WorldFrames, account: Ints, shares: tuple[float, float, float]) -> Flags:
    """Which deals contain a phrase. An account that uses it does so in each of its deals."""
    luck = rng.random(len(frames.accounts))
    good, bad = _thirds(frames, account)
    return luck[account] < np.where(good, shares[0], np.where(bad, shares[1], shares[2]))
