"""The answers of one interview, and which question comes next, depending on the answers."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from icp_pipeline.interview.questions import GROUPS, UNRECORDED, Question

# Nobody names more customers than this; an endless file would not be one person's interview.
_MOST_ROUNDS = 40


@dataclass(frozen=True, order=True)
class Step:
    """One question: its group, the round within it, its position in the round."""

    group: int = 0
    round: int = 0
    place: int = 0

    @property
    def question(self) -> Question:
        """The question."""
        return GROUPS[self.group].questions[self.place]


@dataclass
class Answers:
    """The answers by step; a skipped question has no answer. `at` is the open question."""

    said: dict[Step, str] = field(default_factory=dict)
    at: Step = Step()

    @property
    def is_complete(self) -> bool:
        """Whether every question was asked."""
        return self.at.group >= len(GROUPS)

    def path(self) -> Iterator[Step]:
        """Every question that these answers lead to, from the first to the open one."""
        step = Step()
        while step.group < len(GROUPS):
            yield step
            if step == self.at:
                return
            step = self._next(step)

    def answer(self, text: str) -> None:
        """Answer the open question (empty: skip it) and go on to the next."""
        step, text = self.at, text.strip()
        if text:
            self.said[step] = text
        else:
            self.said.pop(step, None)
            if step.place == 0 and GROUPS[step.group].rounds:
                self._close_round(step)
                if step in self.said:
                    return
        self.at = self._next(step)

    def skip_group(self) -> None:
        """Skip the rest of this group; its answers stay."""
        group = self.at.group
        while self.at.group == group:
            rounds = GROUPS[group].rounds
            if rounds and self.at.place == 0 and self.at not in self.said:
                break
            self.at = self._next(self.at)
        self.at = Step(group + 1)

    def close(self) -> None:
        """After one answer was changed: open the first question that is now needed, else none."""
        self.at = Step(len(GROUPS))
        self.at = next((step for step in self.path() if step.question.is_needed and step not in self.said), self.at)

    def back(self) -> None:
        """Reopen the question before this one."""
        before = [step for step in self.path() if step != self.at]
        self.at = before[-1] if before else Step()

    def claim(self, step: Step) -> str:
        """`recorded` or `unrecorded`: what the claim of this step's round is about."""
        attribute = self.said.get(Step(step.group, step.round, 0), "")
        return "unrecorded" if attribute == UNRECORDED else "recorded"

    def file(self) -> dict[str, Any]:
        """The interview as written to its file, sections in order."""
        said = {step: self.said[step] for step in self.path() if step in self.said}
        head = {step.question.key: text for step, text in said.items() if not step.question.section}
        file: dict[str, Any] = dict(head)
        file["date"] = datetime.date.fromisoformat(head["date"])
        for entry_of, steps in _entries(said).items():
            file.setdefault(entry_of.question.section, []).extend(self._written(entry_of, steps, said))
        return file

    def _written(self, first: Step, steps: list[Step], said: dict[Step, str]) -> list[Any]:
        section = first.question.section
        if section == "missing":
            return list(texts(first.question, said[first]))
        if section == "claims":
            return [_claim(steps, said)]
        if first.question.fixed:
            question = first.question
            fixed = {key: text == "true" if key == "expands" else text for key, text in question.fixed.items()}
            return [{question.key: text} | fixed for text in texts(question, said[first])]
        entry: dict[str, Any] = {}
        for step in sorted(steps, key=lambda step: step.question.key != "account"):
            found = list(texts(step.question, said[step]))
            entry[step.question.key] = found if len(found) > 1 else found[0]
        return [entry]

    def _close_round(self, step: Step) -> None:
        """A round whose first answer is cleared is dropped: later ones move up."""
        last = max((known.round for known in self.said if known.group == step.group), default=step.round)
        for place in range(len(GROUPS[step.group].questions)):
            for number in range(step.round, last + 1):
                moved = self.said.pop(Step(step.group, number + 1, place), None)
                self.said.pop(Step(step.group, number, place), None)
                if moved is not None:
                    self.said[Step(step.group, number, place)] = moved

    def _next(self, step: Step) -> Step:
        group = GROUPS[step.group]
        if group.rounds and step.place == 0 and step not in self.said:
            return Step(step.group + 1)
        for place in range(step.place + 1, len(group.questions)):
            only = group.questions[place].only
            if not only or only == self.claim(step):
                return Step(step.group, step.round, place)
        if group.rounds and step.round + 1 < _MOST_ROUNDS:
            return Step(step.group, step.round + 1)
        return Step(step.group + 1)

    def save(self, path: Path) -> None:
        """Save the draft; only its owner may read what people said."""
        path.parent.mkdir(parents=True, exist_ok=True)
        said = [[step.group, step.round, step.place, text] for step, text in sorted(self.said.items())]
        content = {"questions": _fingerprint(), "at": [self.at.group, self.at.round, self.at.place], "said": said}
        unfinished = path.with_name(f"{path.name}.tmp")
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as draft:
            json.dump(content, draft, ensure_ascii=False, indent=1)
        unfinished.replace(path)


def load(path: Path) -> Answers | None:
    """The saved draft; None if there is none, or one with other questions."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["questions"] != _fingerprint():
            return None
        said = {Step(*place): str(text) for *place, text in content["said"]}
        return Answers(said, Step(*content["at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def texts(question: Question, answer: str) -> Iterator[str]:
    """One answer, or several if it contains them."""
    for text in answer.split(";") if question.several else [answer]:
        if text.strip():
            yield text.strip()


def _entries(said: dict[Step, str]) -> dict[Step, list[Step]]:
    """Steps that make one entry of the file, by the first of them."""
    entries: dict[Step, list[Step]] = {}
    opened: dict[tuple[int, int, str], Step] = {}
    for step in said:
        if not step.question.section:
            continue
        # Answers with a fixed value beside them are separate entries.
        own = "" if not step.question.fixed else str(step.place)
        first = opened.setdefault((step.group, step.round, own), step)
        entries.setdefault(first, []).append(step)
    return entries


def _claim(steps: list[Step], said: dict[Step, str]) -> dict[str, Any]:
    claim: dict[str, Any] = {step.question.key: said[step] for step in steps}
    unrecorded = claim.pop("not_recorded", None)
    if unrecorded is not None:
        return {"attribute": unrecorded, "says": claim.get("says", ""), "not_recorded": True}
    return claim


def _fingerprint() -> list[str]:
    """The questions, by section and key: a draft with other questions cannot be resumed."""
    return [f"{question.section}.{question.key}" for group in GROUPS for question in group.questions]
