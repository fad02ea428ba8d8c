"""The embedded table has for every account what the frames have, and stays small."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest
from page_text import codes, fit, table, text
from report_frames import ABOUT, FILES, PRIOR, TIERS, account_frames, all_frames

from icp_pipeline.report import accounts_section
from icp_pipeline.report.figures import signed
from icp_pipeline.report.packing import dictionary, letter, letters, letters_by_account, packed, steps
from icp_pipeline.report.page import PAGE, render
from icp_pipeline.tiers import TIERS as TIER_NAMES


def test_letters_come_back_as_codes_past_the_backslash_and_the_surrogates() -> None:
    wanted = [0, 56, 57, 58, 92, 55_000, 55_260, 55_261, 60_000]
    text = letters(np.array(wanted))
    assert codes(text) == wanted
    assert "\\" not in text and text.encode()


def test_every_letter_stands_for_one_code() -> None:
    alphabet = [letter(code) for code in range(57_000)]
    assert len(set(alphabet)) == len(alphabet)


def test_a_dictionary_keeps_rows_apart_and_counts_missing_as_a_value() -> None:
    frame = pd.DataFrame({"a": ["x", "x", None, "x"], "b": [1.0, 2.0, 1.0, 1.0]})
    entries, found = dictionary(frame)
    assert entries == [["x", 1.0], ["x", 2.0], [None, 1.0]]
    assert found.tolist() == [0, 1, 2, 0]


def test_a_dictionary_of_nothing() -> None:
    entries, found = dictionary(pd.DataFrame({"a": []}))
    assert entries == [] and len(found) == 0
    assert letters_by_account(np.zeros(0, dtype=np.int64), found, 2) == ["", ""]


def test_letters_are_sorted_into_accounts() -> None:
    places, found = np.array([2, 0, 2]), np.array([5, 1, 7])
    assert [codes(text) for text in letters_by_account(places, found, 3)] == [[1], [], [5, 7]]


def test_steps_add_up_again() -> None:
    assert np.cumsum(steps([10, 7, 7, -1])).tolist() == [10, 7, 7, -1]


def test_the_same_content_packs_to_the_same_text() -> None:
    assert packed({"a": [1, "é"]}) == packed({"a": [1, "é"]})


def test_the_evidence_of_every_account_adds_up_to_its_fit() -> None:
    frames = account_frames(60)
    shown = table(render(frames, ABOUT, FILES)[PAGE])
    points = frames["evidence"].groupby("account_id")["points"].sum()
    assert len(shown["ids"]) == 60
    for place, account_id in enumerate(shown["ids"]):
        assert fit(shown["icps"][0], place) == pytest.approx(points[account_id], abs=1e-9)


def test_the_prior_is_one_of_the_pieces() -> None:
    standing = table(render(account_frames(20), ABOUT, FILES)[PAGE])["icps"][0]
    starts = [piece for piece in standing["pieces"] if piece[0] == ""]
    assert starts == [["", "", PRIOR]]
    assert all(starts[0] in [standing["pieces"][code] for code in codes(text)] for text in standing["evidence"])


@pytest.mark.parametrize(
    ("basis", "chance", "success"),
    [("outcomes", "won_and_best", "Won and best"), ("outcomes", "best", "Best"), ("wins", "won", "Won"),
     ("proxy", "advanced", "Advanced")],
)  # fmt: skip
def test_the_chance_is_named_after_what_the_version_was_learned_from(basis: str, chance: str, success: str) -> None:
    frames = all_frames(10)
    frames["versions"] = frames["versions"].assign(basis=basis, chance=chance)
    assert table(render(frames, ABOUT, FILES)[PAGE])["icps"][0]["success"] == success


def test_accounts_stand_in_working_order_with_their_facts() -> None:
    frames = account_frames(50)
    shown = table(render(frames, ABOUT, FILES)[PAGE])
    standing = shown["icps"][0]
    by_id = frames["standings"].set_index("account_id")
    tiers = [TIERS.index(by_id.loc[account_id, "tier"]) for account_id in shown["ids"]]
    assert codes(standing["tier"]) == tiers == sorted(tiers)
    scores = np.cumsum(standing["fit"]) / 10
    assert scores.tolist() == pytest.approx(by_id.loc[shown["ids"], "fit_score"].tolist())
    facts = frames["accounts"].set_index("account_id")
    domains = ["" if pd.isna(name) else name for name in facts.loc[shown["ids"], "domain"]]
    assert shown["domains"] == domains
    priorities = by_id.loc[shown["ids"], "priority_score"].tolist()
    first = tiers.count(0)
    assert priorities[:first] == sorted(priorities[:first], reverse=True)


def test_triggers_history_and_moves_are_those_of_the_account() -> None:
    frames = account_frames(50)
    shown = table(render(frames, ABOUT, FILES)[PAGE])
    standing = shown["icps"][0]
    places, names, ages, alone, counted = standing["triggers"]["rows"]
    per_account = [shown["ids"][place] for place in np.cumsum(places)]
    assert set(per_account) == set(frames["triggers"]["account_id"])
    first = per_account.index(per_account[0])
    assert [standing["triggers"]["names"][names[first]], ages[first], alone[first], counted[first + 1]] == [
        "Funding round", 12, 980, 250,
    ]  # fmt: skip
    entry = standing["history"]["values"][codes(standing["history"]["codes"][0])[0]]
    assert entry == ["2026-10-01", None, TIERS[codes(standing["tier"])[0]], "New account", "2026.10.1"]
    moved = [standing["moved"]["values"][code] for code in codes(standing["moved"]["codes"])]
    assert sum(entry is not None for entry in moved) == frames["standings"]["from_tier"].notna().sum()
    assert next(entry for entry in moved if entry) == ["tier_3", "Its traits changed"]


def test_the_history_of_an_account_is_in_the_order_of_publication_whatever_the_days() -> None:
    frames = account_frames(50)
    first = frames["tier_history"]
    ahead = first.assign(as_of=pd.Timestamp("2027-10-01"), from_tier=first["to_tier"], to_tier="tier_2", place=2)
    right = ahead.assign(as_of=pd.Timestamp("2026-10-02"), from_tier="tier_2", to_tier="tier_3", place=3)
    frames["tier_history"] = pd.concat([right, ahead, first])
    standing = table(render(frames, ABOUT, FILES)[PAGE])["icps"][0]["history"]
    days = [[standing["values"][code][0] for code in codes(text)] for text in standing["codes"]]
    assert days == [["2026-10-01", "2027-10-01", "2026-10-02"]] * 50


def test_what_is_unknown_comes_with_what_it_would_add() -> None:
    shown = table(render(all_frames(30), ABOUT, FILES)[PAGE])
    standing = shown["icps"][0]
    place = shown["ids"].index("sf-001Hs000000000029")
    (code,) = codes(standing["unknown"]["codes"][place])
    assert standing["unknown"]["values"][code] == ["Industry", [["Software", 0.63], ["Retail", -0.3]]]
    assert [text for text in standing["unknown"]["codes"] if text] == [standing["unknown"]["codes"][place]]


def test_the_lines_of_what_if_come_in_their_order_and_only_for_accounts_that_have_some() -> None:
    shown = table(render(all_frames(30), ABOUT, FILES)[PAGE])
    lines = shown["icps"][0]["what_if"]
    place = shown["ids"].index("sf-001Hs000000000029")
    assert [lines["values"][code] for code in codes(lines["codes"][place])] == [
        ["Industry", "Software", 0.63, 1, 1],
        ["Employees", "200–499", 0.81, 1, 0],
        ["Ownership", None, 0.0, 2, 0],
    ]
    assert [text for text in lines["codes"] if text] == [lines["codes"][place]]


def test_who_is_held_back_or_about_to_move_is_marked() -> None:
    shown = table(render(account_frames(20), ABOUT, FILES)[PAGE])
    for key, account_id, said in (
        ("withheld", "sf-001Hs000000000002", "committee_size 15+ -0.40"),
        ("candidate", "sf-001Hs000000000001", "tier_2"),
    ):
        column = shown["icps"][0][key]
        marked = [column["values"][code] for code in codes(column["codes"])]
        assert marked[shown["ids"].index(account_id)] == said
        assert len([value for value in marked if value]) == 1


def test_figures_that_are_none_do_not_reach_the_page() -> None:
    frames = account_frames(10)
    frames["standings"].loc[0, "fit_score"] = float("nan")
    frames["standings"].loc[1, "engagement_score"] = float("inf")
    shown = table(render(frames, ABOUT, FILES)[PAGE])
    place = shown["ids"].index("sf-001Hs000000000000")
    assert np.cumsum(shown["icps"][0]["fit"])[place] == -1


def test_an_account_outside_an_icp_has_no_tier_in_it() -> None:
    frames = all_frames(10, ("primary", "emea"))
    inside = frames["standings"]["account_id"] != "sf-001Hs000000000003"
    frames["standings"] = frames["standings"][inside | (frames["standings"]["icp_id"] == "primary")]
    shown = table(render(frames, ABOUT, FILES)[PAGE])
    place = shown["ids"].index("sf-001Hs000000000003")
    assert [icp["id"] for icp in shown["icps"]] == ["primary", "emea"]
    assert codes(shown["icps"][0]["tier"])[place] < 5
    assert codes(shown["icps"][1]["tier"])[place] == 5


def test_50_000_accounts_with_names_of_no_pattern_make_less_than_3_mb() -> None:
    frames = account_frames(50_000)
    page = render({**frames, **{name: all_frames(1)[name] for name in ("criteria", "versions")}}, ABOUT, FILES)[PAGE]
    assert len(page) < 3_000_000
    assert len(table(page)["ids"]) == 50_000


def test_what_does_not_fit_is_left_out_from_the_end_and_said() -> None:
    frames = account_frames(3_000)
    whole = accounts_section.view(frames, ["primary"])
    cut = accounts_section.view(frames, ["primary"], most=len(whole.data) // 2)
    assert whole.embedded == whole.total == 3_000
    assert 500 < cut.embedded < 2_000 and len(cut.data) <= len(whole.data) // 2
    assert cut.first == whole.first


def test_a_page_that_holds_a_part_says_which_and_where_the_others_are() -> None:
    frames = account_frames(30)
    frames["accounts_counted"] = pd.DataFrame({"accounts": [202_019]})
    said = text(render(frames, ABOUT, FILES)[PAGE])
    shown = table(render(frames, ABOUT, FILES)[PAGE])
    last = frames["standings"].set_index("account_id").loc[shown["ids"][-1]]
    assert TIERS.index(last["tier"]) == codes(shown["icps"][0]["tier"])[-1]
    where = TIER_NAMES[last["tier"]]
    if pd.notna(last["priority_score"]):
        where += f" with priority {signed(last['priority_score'])}"
    assert "shows 30 of 202,019 accounts" in said and f"then priority), down to {where}." in said
    assert "For the others, icp explain shows any account's scorecard by domain, CRM id or name" in said
    assert "accounts_review.csv lists them all; in SQL, see exports.accounts_review" in said
    frames["accounts_counted"] = pd.DataFrame({"accounts": [30]})
    assert "To stay small enough to mail" not in text(render(frames, ABOUT, FILES)[PAGE])


def test_rows_in_any_order_give_the_same_table() -> None:
    frames = account_frames(200)
    shuffled = {
        name: frame.sample(frac=1, random_state=random.Random(3).randrange(99)) for name, frame in frames.items()
    }
    assert accounts_section.view(frames, ["primary"]) == accounts_section.view(shuffled, ["primary"])
