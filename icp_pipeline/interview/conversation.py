"""The interview at the prompt: one question per screen, back, skip, and a draft that survives Ctrl-C."""

from __future__ import annotations

import contextlib
import datetime
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText, StyleAndTextTuples
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.shortcuts import print_formatted_text
from prompt_toolkit.shortcuts.prompt import CompleteStyle
from prompt_toolkit.styles import Style
from prompt_toolkit.validation import ValidationError, Validator

from icp_pipeline.interview import answers as drafts
from icp_pipeline.interview.answers import Answers, Step, texts
from icp_pipeline.interview.interview_form import write_interview
from icp_pipeline.interview.kept import in_form, kept_of, names_in
from icp_pipeline.interview.known import Known
from icp_pipeline.interview.questions import CLAIMS, GROUPS, HEAD, MISSING, SETS, TITLES, UNRECORDED, Question
from icp_pipeline.sources.refusal import Unusable

DRAFT = "interview_draft.json"
_BACK, _SKIP_SET = "\0back", "\0skip"
_ROLES = (
    *("account executive", "sales manager", "head of sales", "customer success manager", "sales development rep"),
    *("founder", "marketing manager", "revenue operations manager", "solutions engineer", "product manager"),
)
_WORDS = {"says": ("better", "worse"), "role": _ROLES}
_STYLE = Style.from_dict(
    {"title": "bold", "done": "ansigreen", "quiet": "ansibrightblack", "ask": "bold", "bottom-toolbar": "noreverse"}
)
_MOST_SHOWN = 6


class Stopped(Exception):
    """Somebody stopped; the text says what is saved."""

    def __init__(self, answered: int) -> None:
        are_kept = (
            f"{_count(answered)} {'is' if answered == 1 else 'are'} saved: `icp interview --new` continues from there."
        )
        super().__init__(are_kept if answered else "Nothing was answered, so nothing was saved.")


@dataclass
class Conversation:
    """One sitting. `draft` is where the answers are saved after each question, `landing` where the file is written."""

    known: Known
    draft: Path
    landing: Path
    input: Input | None = None
    output: Output | None = None
    today: datetime.date | None = None

    def __post_init__(self) -> None:
        self._out = self.output or create_output(stdout=sys.__stdout__)
        self._answers = Answers()
        # One answer was changed from the summary: there is nothing else to ask again.
        self._is_changing = False

    def hold(self) -> Path:
        """Ask everything, show it, and write the file; returns its path. Raises Stopped if somebody stops."""
        try:
            self._answers = self._opened()
            while True:
                if self._answers.is_complete:
                    if self._confirmed():
                        break
                    continue
                self._ask()
        except (KeyboardInterrupt, EOFError):
            raise Stopped(len(self._answers.said)) from None
        path = write_interview(self.landing, self._answers.file())
        self.draft.unlink(missing_ok=True)
        self._clear()
        return path

    def _opened(self) -> Answers:
        """The existing draft, if it is to be resumed; an unusable one is moved aside, not lost."""
        if not self.draft.exists():
            return Answers()
        found = drafts.load(self.draft)
        if found is None:
            self._put_aside()
            return Answers()
        who = next((text for step, text in found.said.items() if step.question.key == "respondent"), "nobody yet")
        day = datetime.datetime.fromtimestamp(self.draft.stat().st_mtime).strftime("%Y-%m-%d %H:%M")
        lines: StyleAndTextTuples = [
            ("class:title", "There is an unfinished interview\n\n"),
            ("", f"{_count(len(found.said))} of {who}, from {day}.\n\n"),
            ("class:ask", "Continue it? yes, or no to start over (the old one is kept)\n"),
        ]
        answer = self._prompt(lines, "> ", validate=_yes_or_no, toolbar="Enter yes   Ctrl-C stop")
        if answer.strip().casefold() in ("", "y", "yes"):
            return found
        self._put_aside()
        return Answers()

    def _put_aside(self) -> None:
        number = 1
        while (target := self.draft.with_name(f"{self.draft.stem}_{number}.json")).exists():
            number += 1
        self.draft.replace(target)

    def _ask(self) -> None:
        step = self._answers.at
        question = step.question
        default = self._answers.said.get(step, "")
        if question.key == "date" and not default:
            default = (self.today or datetime.date.today()).isoformat()
        answer = self._prompt(
            self._screen(step),
            "> ",
            default=default,
            completer=_Offered(self._offered(step)),
            validate=lambda text: self._problem(question, text),
            toolbar=_toolbar(question, is_first=step == Step()),
            opens=question.key in ("attribute", "segment", "says", "role"),
        )
        if answer == _BACK:
            self._answers.back()
        elif answer == _SKIP_SET:
            if not question.is_needed:
                self._answers.skip_group()
        else:
            self._answers.answer(in_form(question, answer, self.known))
            if self._is_changing:
                self._answers.close()
        self._answers.save(self.draft)

    def _problem(self, question: Question, text: str) -> str | None:
        text = in_form(question, text, self.known)
        if not text:
            return "this answer is required" if question.is_needed else None
        try:
            for each in texts(question, text):
                kept_of(question, each, self._names(), self.known)
        except Unusable as unusable:
            return str(unusable)
        return None

    def _names(self) -> frozenset[str]:
        """The accounts named so far: their names are removed from every text of the interview."""
        return names_in([text for step, text in self._answers.said.items() if step.question.key == "account"])

    def _screen(self, step: Step) -> StyleAndTextTuples:
        question = step.question
        text = question.again if step.round and question.again else question.text
        lines: StyleAndTextTuples = [*_progress(step), ("", "\n\n")]
        lines += [("class:quiet", f"  {line}\n") for line in self._before(step)]
        segment_of = self._answers.said.get(Step(step.group, step.round, 0), "") if question.key == "segment" else ""
        lines += [("class:ask", f"{text}{f' ({segment_of})' if segment_of else ''}\n")]
        several = " (separate several with ;)" if question.several else ""
        lines += [("class:quiet", f"For example: {question.example}{several}\n\n")]
        return lines

    def _before(self, step: Step) -> list[str]:
        """What was said in this part, so that nobody repeats it."""
        told = [self._line(earlier) for earlier in self._answers.path() if earlier.group == step.group]
        lines = [line for line in told[:-1] if line]
        more = [f"({len(lines) - _MOST_SHOWN} above)"] if len(lines) > _MOST_SHOWN else []
        return [*more, *lines[-_MOST_SHOWN:], ""] if lines else []

    def _line(self, step: Step) -> str:
        text = self._answers.said.get(step)
        return f"{_LABELS.get(step.question.key, step.question.key)}: {text}" if text else ""

    def _offered(self, step: Step) -> Callable[[str], Iterator[tuple[str, str]]]:
        """What completes an answer: the text and a hint beside it."""
        question = step.question
        if question.key == "account":
            return self._accounts
        words: tuple[str, ...] = _WORDS.get(question.key, ())
        if question.key == "what":
            words = tuple(name.replace("_", " ") for name in self.known.triggers)
        elif question.key == "attribute":
            words = (*self.known.claimable, UNRECORDED)
        elif question.key == "segment":
            words = self.known.segments.get(self._answers.said.get(Step(step.group, step.round, 0), ""), ())
        return lambda typed: ((word, "") for word in words if typed.casefold() in word.casefold())

    def _accounts(self, typed: str) -> Iterator[tuple[str, str]]:
        for account in self.known.like(typed):
            name = account.name if account.name != account.reference else ""
            yield account.reference, f"{name}{', customer' if account.is_customer else ''}".removeprefix(", ")

    def _confirmed(self) -> bool:
        """Show everything and ask whether to write it; a number reopens that answer."""
        self._clear()
        steps = [step for step in self._answers.path() if step in self._answers.said]
        for number, step in enumerate(steps, start=1):
            if step.place == 0 and step.round == 0:
                self._print([("class:title", f"\n{GROUPS[step.group].title}\n")])
            self._print(
                [("class:quiet", f"{number:>4}  "), ("", self._line(step)), ("class:quiet", self._dropped(step))]
            )
        if not any(step.group for step in steps):
            self._print([("", "\nOnly the speaker is known so far: there is nothing to write yet.")])
        self._print([("", "")])

        def problem(text: str) -> str | None:
            chosen = text.strip().casefold()
            if chosen in ("", "y", "yes") and not any(step.group for step in steps):
                return "nothing was answered yet: type the number of an answer, or Ctrl-B to go back"
            is_number = chosen.isdigit() and 0 < int(chosen) <= len(steps)
            return None if chosen in ("", "y", "yes") or is_number else f"yes, or a number from 1 to {len(steps)}"

        answer = self._prompt(
            [("class:ask", "Write the interview? yes, or the number of an answer to change\n")],
            "> ",
            validate=problem,
            toolbar="Enter yes   number change that answer   Ctrl-B back   Ctrl-C stop and save",
            clears=False,
        )
        if answer == _SKIP_SET:
            return False
        self._is_changing = answer.strip().isdigit()
        if answer == _BACK:
            self._answers.back()
        elif self._is_changing:
            self._answers.at = steps[int(answer) - 1]
        else:
            return True
        return False

    def _dropped(self, step: Step) -> str:
        """What will be kept of a text, if that is less than was typed."""
        question, said = step.question, self._answers.said[step]
        if question.key in ("account", "what", "attribute", "segment", "role", "respondent", "date", "says"):
            return ""
        try:
            kept = "; ".join(kept_of(question, each, self._names(), self.known) for each in texts(question, said))
        except Unusable:
            return ""
        return f"  (kept: {kept})" if kept != "; ".join(texts(question, said)) else ""

    def _prompt(
        self,
        lines: StyleAndTextTuples,
        mark: str,
        default: str = "",
        completer: Completer | None = None,
        validate: Callable[[str], str | None] | None = None,
        toolbar: str = "",
        opens: bool = False,
        clears: bool = True,
    ) -> str:
        if clears:
            self._clear()
        session: PromptSession[str] = PromptSession(
            input=self.input,
            output=self._out,
            style=_STYLE,
            key_bindings=_keys(),
            erase_when_done=True,
            complete_style=CompleteStyle.COLUMN,
            reserve_space_for_menu=8 if completer else 0,
        )
        start = session.default_buffer.start_completion
        return session.prompt(
            [*lines, ("class:ask", mark)],
            default=default,
            completer=completer,
            complete_while_typing=True,
            validator=_Valid(validate) if validate else None,
            validate_while_typing=False,
            bottom_toolbar=toolbar,
            pre_run=(lambda: start(select_first=False)) if opens and not default else None,
        )

    def _print(self, text: StyleAndTextTuples) -> None:
        print_formatted_text(FormattedText(text), output=self._out, style=_STYLE)

    def _clear(self) -> None:
        self._out.erase_screen()
        self._out.cursor_goto(0, 0)
        self._out.flush()


_LABELS = {
    "account": "customer",
    "why": "great fit because",
    "clone": "would clone",
    "what": "happened",
    "note": "what changed",
    "compared_with": "compared with",
    "almost_killed": "almost killed deals",
    "decided": "decided",
    "signal": "in common",
    "phrase": "said",
    "attribute": "trait",
    "not_recorded": "not recorded",
    "segment": "value",
    "missing": "missing",
}


def _progress(step: Step) -> StyleAndTextTuples:
    """Which of the five sets this is, and how many are done."""
    group = GROUPS[step.group]
    if group is HEAD:
        return [("class:title", "Who speaks"), ("class:quiet", "   then five sets of questions, about 30 minutes")]
    ends = [sum(length for _, length in TITLES[: number + 1]) for number in range(len(TITLES))]
    if group in (CLAIMS, MISSING):
        bar: StyleAndTextTuples = [("class:done", "■" * len(TITLES)), ("class:quiet", "   and at last")]
        return [*bar, ("class:title", f"   {group.title}")]
    place = SETS.index(group)
    number = next(index for index, end in enumerate(ends) if place < end)
    left = len(TITLES) - number - 1
    return [
        ("class:done", "■" * number),
        ("", "□"),
        ("class:quiet", "·" * left),
        ("class:quiet", f"   {number + 1} of {len(TITLES)}"),
        ("class:title", f"   {group.title}"),
    ]


def _toolbar(question: Question, is_first: bool) -> str:
    """What the keys do at this question."""
    keys = ["Enter next" if question.is_needed else "Enter next, empty to skip"]
    if question.key in ("account", "what", "attribute", "segment", "role", "says"):
        keys.append("Tab choose")
    if not is_first:
        keys.append("Ctrl-B back")
    if question.section and not question.is_needed:
        keys.append("Ctrl-N next part")
    return "   ".join([*keys, "Ctrl-C stop and save"])


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("c-b")
    def _back(event: KeyPressEvent) -> None:
        event.app.exit(result=_BACK)

    @keys.add("c-n")
    def _skip(event: KeyPressEvent) -> None:
        event.app.exit(result=_SKIP_SET)

    return keys


def _yes_or_no(text: str) -> str | None:
    return None if text.strip().casefold() in ("", "y", "yes", "n", "no") else "yes or no"


def _count(answers: int) -> str:
    return "1 answer" if answers == 1 else f"{answers} answers"


class _Valid(Validator):
    """Rejects an answer with a reason below it."""

    def __init__(self, problem: Callable[[str], str | None]) -> None:
        self._problem = problem

    def validate(self, document: Document) -> None:
        if problem := self._problem(document.text):
            raise ValidationError(message=problem, cursor_position=len(document.text))


class _Offered(Completer):
    """What matches the text so far, inserted as a whole."""

    def __init__(self, offered: Callable[[str], Iterator[tuple[str, str]]]) -> None:
        self._offered = offered

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        typed = document.text_before_cursor
        with contextlib.suppress(ValueError):
            for text, beside in self._offered(typed):
                yield Completion(text, start_position=-len(typed), display_meta=beside)
