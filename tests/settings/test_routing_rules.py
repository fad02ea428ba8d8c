"""Rules of `routing:` that cannot work are errors at the start, with the nearest name."""

from __future__ import annotations

from pathlib import Path

import pytest

from icp_pipeline.errors import SettingsError
from icp_pipeline.settings.load import load_settings
from icp_pipeline.settings.routing import DEFAULT_RULES, check_rules


def rule(name: str, when: str) -> str:
    return f"  - {{name: {name}, when: {when}, route: r_{name}, due_hours: 4}}\n"


def problem(tmp_path: Path, *rules: str) -> str:
    (tmp_path / "icp.yaml").write_text("routing:\n" + "".join(rules))
    with pytest.raises(SettingsError) as refused:
        load_settings(tmp_path)
    return str(refused.value)


def test_the_default_rules_reach_every_lead() -> None:
    check_rules(DEFAULT_RULES)
    assert [(each.name, each.route, each.due_hours) for each in DEFAULT_RULES][3:5] == [
        ("tier_1", "ae", 4),
        ("tier_2", "sdr", 24),
    ]


NOT_1, ONE_1 = "\"tier <> 'tier_1'\"", "\"tier = 'tier_1'\""
UNKNOWN_1 = "\"country is null and tier = 'tier_1'\""


@pytest.mark.parametrize(("rules", "said"), [
    ((rule("one", "{tier: [tier_1, tier_2]}"), rule("two", "{tier: tier_2, seniority: vp}")),
     "the rule 'two' can never match: its leads are all matched by 'one' before it"),
    ((rule("one", ONE_1), rule("two", NOT_1), rule("three", "{relationship: customer}")),
     "'three' can never match: its leads are all matched by 'one' and 'two' before it"),
    ((rule("one", '"country is null"'), rule("two", UNKNOWN_1)), "'two' can never match"),
    ((rule("one", '"tier = \'tier_1\' and tier = \'tier_2\'"'),), "no lead can match it"),
    ((rule("one", "{tier: tier_4}"),), "tier is never 'tier_4'. Did you mean 'tier_"),
    ((rule("one", '"senority = \'vp\'"'),), "Did you mean 'seniority'?"),
    ((rule("one", "{contry: Germany}"),), "Did you mean 'country'?"),
    ((rule("one", "{tier: tier_1}"), rule("one", "{tier: tier_2}")), "two rules are called 'one'"),
    ((rule("one", '"tier like \'tier%\'"'),), "expected =, <>, in, is null"),
])  # fmt: skip
def test_a_rule_that_can_do_nothing_is_told(tmp_path: Path, rules: tuple[str, ...], said: str) -> None:
    assert said in problem(tmp_path, *rules)


def test_rules_that_leave_something_to_the_next_are_taken(tmp_path: Path) -> None:
    rules = [
        rule("germany", "\"country = 'Germany' and tier in ('tier_1', 'tier_2')\""),
        rule("seniors", "{seniority: [c_level, vp], tier: tier_1}"),
        rule("best", "{tier: tier_1}"),
        rule("others", "\"tier <> 'tier_1'\""),
    ]
    (tmp_path / "icp.yaml").write_text("routing:\n" + "".join(rules))
    assert [each.name for each in load_settings(tmp_path).routing] == ["germany", "seniors", "best", "others"]
