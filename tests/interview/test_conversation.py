"""The interview at the prompt: typed answers become a file that the reader accepts without a rejected row."""

from __future__ import annotations

import datetime
import json
import threading
import time
from pathlib import Path

import pytest
import yaml
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from icp_pipeline.interview.answers import Answers, Step
from icp_pipeline.interview.conversation import _ROLES, DRAFT, Conversation, Stopped
from icp_pipeline.interview.interview_form import blank_form, write_interview
from icp_pipeline.interview.kept import KEYS, key_of
from icp_pipeline.interview.known import Account, Known
from icp_pipeline.interview.questions import GROUPS, UNRECORDED
from icp_pipeline.sources.declared.plan import ReadPlan
from icp_pipeline.sources.lake import LakeState, land
from icp_pipeline.sources.vendors.voice.interview_file import read_head

KNOWN = Known(
    attributes=("employees", "has_revops", "industry"),
    accounts=(
        Account("acme.example", "Acme Inc", True, ("acme.example", "sf-1")),
        Account("zeta.example", "Zeta GmbH", False, ("zeta.example",)),
    ),
    segments={"industry": ("Computer Software", "Financial Services"), "has_revops": ("false", "true")},
)
PLAN = ReadPlan(attributes=KNOWN.attributes)
DAY = datetime.date(2026, 11, 12)
ENTER, BACK, NEXT_PART, STOP, CLEAR = "\r", "\x02", "\x0e", "\x03", "\x15"
HEAD = [ENTER, "founder\r", "Founder-1\r"]
# From the first claim to the end, with no answers.
NO_MORE = [ENTER] * 2
# Skips every part after the best customers.
SKIPPED = [ENTER, NEXT_PART, NEXT_PART, ENTER, ENTER, ENTER, *NO_MORE]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "landing" / "salesforce").mkdir(parents=True)
    accounts = "Id,Name,Website\n001Hs00004kXyZaIAK,Acme Inc,acme.example\n"
    (tmp_path / "landing" / "salesforce" / "Account.csv").write_text(accounts)
    return tmp_path


def hold(home: Path, keys: list[str], known: Known = KNOWN, slowly: bool = False) -> Path:
    """Type these keys into a conversation; `slowly` leaves time for completions."""
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        talk = Conversation(known, home / "state" / DRAFT, home / "landing", pipe, DummyOutput(), DAY)

        def send() -> None:
            for key in keys:
                time.sleep(0.3)
                pipe.send_text(key)

        if not slowly:
            pipe.send_text("".join(keys))
            # A read past the end of the typed text stops instead of waiting forever.
            pipe.close()
            return talk.hold()
        typing = threading.Thread(target=send)
        typing.start()
        try:
            return talk.hold()
        finally:
            typing.join()


def landed(home: Path) -> LakeState:
    return land(home / "landing", home / "lake", PLAN)


def read(path: Path) -> dict[str, object]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


WHOLE = [
    *HEAD,
    "acme inc\r",  # a name is replaced by its domain
    "Acme onboarded in a week, ask jane@acme.example\r",
    "one owner for sales tools\r",
    "zeta.example\r",
    ENTER,
    ENTER,
    ENTER,
    "new executive\r",
    "acme.example\r",
    "the new CRO wants a forecast: now\r",
    "funding\r",
    ENTER,
    ENTER,
    ENTER,
    "Rivalytics; a spreadsheet\r",
    "security review\r",
    ENTER,
    "weekly usage; a sponsor\r",
    "yes\r",
    "flying blind # on pipeline\r",
    ENTER,
    "a forecast I can defend\r",
    ENTER,
    ENTER,
    "industry\r",
    "Financial Services\r",
    "worse\r",
    "Has RevOps\r",
    "true\r",
    "better\r",
    f"{UNRECORDED}\r",
    "whether they have a data team\r",
    "better\r",
    ENTER,
    "a data team;\r",
    "yes\r",
]


def test_a_whole_interview_is_read_back_without_a_rejected_row(home: Path) -> None:
    path = hold(home, WHOLE)
    assert path == home / "landing/voice/interviews/2026-11-12-founder-1.yaml"
    assert read(path) == {
        "date": DAY,
        "role": "founder",
        "respondent": "Founder-1",
        "best_customers": [
            {
                "account": "acme.example",
                "why": "Acme onboarded in a week, ask jane@acme.example",
                "clone": "one owner for sales tools",
            },
            {"account": "zeta.example"},
        ],
        "triggers": [
            {"account": "acme.example", "what": "new executive", "note": "the new CRO wants a forecast: now"},
            {"what": "funding"},
        ],
        "evaluation": [{"compared_with": ["Rivalytics", "a spreadsheet"], "almost_killed": "security review"}],
        "retention": [
            {"signal": "weekly usage", "expands": True},
            {"signal": "a sponsor", "expands": True},
            {"signal": "yes", "expands": False},
        ],
        "language": [
            {"phrase": "flying blind # on pipeline", "about": "pain"},
            {"phrase": "a forecast I can defend", "about": "outcome"},
        ],
        "claims": [
            {"attribute": "industry", "segment": "Financial Services", "says": "worse"},
            {"attribute": "has_revops", "segment": "true", "says": "better"},
            {"attribute": "whether they have a data team", "says": "better", "not_recorded": True},
        ],
        "missing": ["a data team"],
    }
    state = landed(home)
    assert state.rejects.num_rows == 0
    assert next(file.rows_loaded for file in state.files if file.path.endswith("founder-1.yaml")) == 19
    assert not (home / "state" / DRAFT).exists()


def test_back_opens_the_answer_before_and_a_blank_takes_it_away(home: Path) -> None:
    keys = [*HEAD, "acme.example\r", "fast\r", BACK, BACK, CLEAR, ENTER, *SKIPPED]
    path = hold(home, [*keys, BACK, "a data team\r", "yes\r"])
    assert read(path) == {"date": DAY, "role": "founder", "respondent": "Founder-1", "missing": ["a data team"]}


def test_a_blanked_round_does_not_take_the_next_one_with_it() -> None:
    answers = Answers()
    for text in ("2026-11-12", "founder", "founder-1", "a.example", "fast", "", "b.example", "slow", "", ""):
        answers.answer(text)
    answers.at = Step(1, 0, 0)
    answers.answer("")
    assert answers.file()["best_customers"] == [{"account": "b.example"}]
    assert answers.at == Step(1, 0, 0)
    answers.close()
    assert answers.file()["best_customers"] == [{"account": "b.example", "why": "slow"}]


def test_next_part_skips_the_rest_and_is_refused_in_the_middle_of_a_claim(home: Path) -> None:
    keys = [*HEAD, "acme.example\r", NEXT_PART, NEXT_PART, NEXT_PART, NEXT_PART, ENTER, ENTER, ENTER]
    path = hold(home, [*keys, "industry\r", NEXT_PART, "Retail\r", NEXT_PART, "better\r", ENTER, ENTER, "yes\r"])
    assert read(path)["best_customers"] == [{"account": "acme.example"}]
    assert read(path)["claims"] == [{"attribute": "industry", "segment": "Retail", "says": "better"}]
    assert landed(home).rejects.num_rows == 0


def test_stopped_by_ctrl_c_it_goes_on_where_it_was(home: Path) -> None:
    with pytest.raises(Stopped, match=r"5 answers are saved: `icp interview --new` continues"):
        hold(home, [*HEAD, "acme.example\r", "fast\r", STOP])
    draft = home / "state" / DRAFT
    assert draft.stat().st_mode & 0o077 == 0
    assert not (home / "landing" / "voice").exists()
    path = hold(home, ["yes\r", "one owner\r", ENTER, *SKIPPED, "yes\r"])
    assert read(path)["best_customers"] == [{"account": "acme.example", "why": "fast", "clone": "one owner"}]
    assert not draft.exists()


def test_stopped_at_the_first_question_nothing_is_kept(home: Path) -> None:
    with pytest.raises(Stopped, match="Nothing was answered"):
        hold(home, [STOP])
    assert not (home / "state" / DRAFT).exists()


def test_a_draft_that_is_not_gone_on_with_is_put_aside(home: Path) -> None:
    with pytest.raises(Stopped):
        hold(home, [*HEAD, "acme.example\r", STOP])
    with pytest.raises(Stopped):
        hold(home, ["no\r", ENTER, STOP])
    aside = json.loads((home / "state" / "interview_draft_1.json").read_text())
    assert [text for *_, text in aside["said"]] == ["2026-11-12", "founder", "Founder-1", "acme.example"]


def test_a_draft_of_other_questions_is_put_aside(home: Path) -> None:
    (home / "state").mkdir()
    (home / "state" / DRAFT).write_text('{"questions": ["x"], "at": [0, 0, 0], "said": []}')
    with pytest.raises(Stopped):
        hold(home, [ENTER, STOP])
    assert (home / "state" / "interview_draft_1.json").read_text().startswith('{"questions": ["x"]')


def test_tab_chooses_among_accounts_traits_and_values(home: Path) -> None:
    keys = [*HEAD, "zet", "\t", ENTER, ENTER, ENTER, NEXT_PART, NEXT_PART, NEXT_PART, NEXT_PART, ENTER, ENTER, ENTER]
    path = hold(
        home, [*keys, "indu", "\t", ENTER, "fin", "\t", ENTER, "wor", "\t", ENTER, ENTER, ENTER, ENTER], slowly=True
    )
    assert read(path)["best_customers"] == [{"account": "zeta.example"}]
    assert read(path)["claims"] == [{"attribute": "industry", "segment": "Financial Services", "says": "worse"}]


@pytest.mark.parametrize(
    ("before", "wrong", "right"),
    [
        ([ENTER], "Jane Doe\r", "founder\r"),
        ([ENTER, "founder\r"], "Jane\r", "founder-1\r"),
        (HEAD, "Acme Incc\r", "Acme Inc\r"),
    ],
)
def test_what_the_reader_would_reject_is_not_taken(home: Path, before: list[str], wrong: str, right: str) -> None:
    with pytest.raises(Stopped):
        hold(home, [*before, wrong, STOP])
    said = json.loads((home / "state" / DRAFT).read_text())["said"]
    assert len(said) == len(before)
    (home / "state" / DRAFT).unlink()
    with pytest.raises(Stopped):
        hold(home, [*before, right, STOP])
    assert len(json.loads((home / "state" / DRAFT).read_text())["said"]) == len(before) + 1


def test_an_answer_is_changed_from_the_summary_without_asking_everything_again(home: Path) -> None:
    keys = [*HEAD, "acme.example\r", "fast\r", ENTER, ENTER, *SKIPPED]
    path = hold(home, [*keys, "5\r", CLEAR, "faster\r", "yes\r"])
    assert read(path)["best_customers"] == [{"account": "acme.example", "why": "faster"}]


def test_without_a_warehouse_anything_may_be_typed(home: Path) -> None:
    known = Known(attributes=("industry",))
    keys = [*HEAD, "Some Company\r", ENTER, ENTER, NEXT_PART, NEXT_PART, NEXT_PART, NEXT_PART, ENTER, ENTER, ENTER]
    path = hold(home, [*keys, "industry\r", "Anything\r", "better\r", ENTER, ENTER, "yes\r"], known)
    assert read(path)["claims"] == [{"attribute": "industry", "segment": "Anything", "says": "better"}]
    assert landed(home).rejects.num_rows == 0


def test_no_file_is_written_over(home: Path) -> None:
    interview = {"date": DAY, "respondent": "AE 3", "missing": ["x"]}
    paths = [write_interview(home / "landing", interview) for _ in range(3)]
    assert [path.name for path in paths] == ["2026-11-12-ae-3.yaml", "2026-11-12-ae-3-2.yaml", "2026-11-12-ae-3-3.yaml"]
    assert sorted(path.name for path in paths[0].parent.iterdir()) == sorted(path.name for path in paths)


def test_the_form_holds_every_question_and_says_nothing_until_it_is_filled_in(home: Path) -> None:
    form = blank_form(KNOWN)
    spoken = " ".join(form.replace("\n#", " ").split())
    questions = [question for group in GROUPS for question in group.questions]
    assert [question.text for question in questions if question.text not in spoken] == []
    path = home / "landing/voice/interviews/form.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(form)
    file = next(file for file in landed(home).files if file.path.endswith("form.yaml"))
    assert (file.status, file.reason) == ("ignored", "an interview in which nothing is filled in")


def test_a_filled_form_is_read_back_without_a_rejected_row(home: Path) -> None:
    filled = blank_form(KNOWN).replace("date:", "date: 2026-11-12").replace("role:", "role: founder")
    filled = filled.replace("respondent:", "respondent: founder-1")
    for key in ("account", "why", "clone", "what", "note", "signal", "phrase"):
        filled = filled.replace(
            f" {key}:\n", f" {key}: acme.example wins\n" if key != "account" else f" {key}: a.example\n"
        )
    filled = filled.replace("-\n", "- a thing\n").replace(" attribute:\n", " attribute: industry\n")
    filled = filled.replace(" segment:\n", " segment: Retail\n").replace(" says:\n", " says: worse\n")
    filled = filled.replace("missing:\n  - a thing\n  - a thing\n  -", "missing:\n  - a thing\n  - a thing\n  - more")
    path = home / "landing/voice/interviews/form.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(filled)
    state = landed(home)
    assert state.rejects.to_pylist() == []
    # 3 customers with why and clone, 3 triggers with note, 3 texts on evaluation, 6 on retention, 9 phrases, 3 claims.
    assert (
        next(file.rows_loaded for file in state.files if file.path.endswith("form.yaml")) == 9 + 6 + 3 + 6 + 9 + 3 + 3
    )


def test_every_key_that_the_reader_knows_is_asked_for() -> None:
    asked = {(question.section, question.key) for group in GROUPS for question in group.questions}
    asked |= {(question.section, key) for group in GROUPS for question in group.questions for key in question.fixed}
    # The speaker is not kept; the reader removes the names of all accounts in the interview.
    assert set(KEYS) - asked == {("language", "account")}
    assert all(key_of(question) for group in GROUPS[1:] for question in group.questions)


def test_every_job_title_that_is_offered_is_one() -> None:
    assert [read_head("role", role) for role in _ROLES] == list(_ROLES)
