"""Real job titles in eleven languages: the role and seniority they state, and those that state none."""

from pathlib import Path

import pytest

from icp_pipeline.sources.values.titles import role_of, seniority_of

_LINES = (Path(__file__).with_name("job_titles.txt")).read_text(encoding="utf-8").splitlines()
TITLES = [
    (title.strip(), *(None if word == "-" else word for word in told.split()))
    for told, *titles in (line.split(" | ") for line in _LINES)
    for title in titles
]


def test_more_than_three_hundred_titles_are_known_and_each_stands_once() -> None:
    assert len(TITLES) > 300
    assert len({title for title, _, _ in TITLES}) == len(TITLES)


@pytest.mark.parametrize(("title", "role", "seniority"), TITLES, ids=[title for title, _, _ in TITLES])
def test_a_title_tells_role_and_seniority(title: str, role: str | None, seniority: str | None) -> None:
    assert (role_of(title), seniority_of(title)) == (role, seniority)


@pytest.mark.parametrize("title", ["  ceo ", "C.E.O.", "CEO / Inhaber", "ＣＥＯ", "CEO (m/w/d)"])
def test_spelling_does_not_matter(title: str) -> None:
    assert seniority_of(title) == "c_level"


def test_a_word_inside_of_another_is_none() -> None:
    """`cto` in doctor, `vp` in mvp, `it` in italian."""
    assert [(role_of(title), seniority_of(title)) for title in ("Doctor", "MVP", "Italian", "Bedirector")] == [
        (None, None)
    ] * 4
