"""`language` in icp.yaml: off by default, only columns of allow-listed texts, and the nearest name for a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from icp_pipeline.errors import SettingsError
from icp_pipeline.settings.language import LanguageSettings
from icp_pipeline.settings.load import load_settings


def settings(folder: Path, text: str) -> LanguageSettings:
    (folder / "icp.yaml").write_text(text, encoding="utf-8")
    return load_settings(folder).language


def test_nothing_is_read_until_it_is_switched_on(tmp_path: Path) -> None:
    assert not settings(tmp_path, "").enabled


def test_a_column_takes_the_place_of_another_and_false_leaves_a_text_out(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        "language:\n  enabled: true\n  fields:\n    loss_reason: hubspot.deal.Lost Because\n    next_step: false\n"
        "    call: false\n    nps_comment: nps.response.Why\n",
    )
    read = {field.source: (field.kind, field.headers) for field in found.text_fields()}
    assert read["loss_reason"] == ("hubspot_deal", ("Lost Because",))
    assert read["nps_comment"] == ("survey_response", ("Why",))
    assert "next_step" not in read and "call" not in read
    assert read["deal_description"] == ("salesforce_opportunity", ("Description",))


def test_without_a_field_named_loss_reasons_are_not_looked_for() -> None:
    assert "loss_reason" not in {field.source for field in LanguageSettings(enabled=True).text_fields()}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("language: {enable: true}", r"icp.yaml:1: language.enable: unknown setting. Did you mean 'enabled'\?"),
        (
            "language: {fields: {los_reason: x}}",
            r"'los_reason' is not a text that is read. Did you mean 'loss_reason'\?",
        ),
        ("language: {fields: {nps_comment: zendesk.ticket.Body}}", r"expected nps.response.<column as exported>"),
        ("language: {fields: {loss_reason: salesforce.oportunity.X}}", r"Did you mean 'salesforce.opportunity'\?"),
        ("language: {fields: {call: nps.response.Why}}", "is read from landing/voice/transcripts and has no column"),
        ("language: {stop_phrases: ['  ']}", "found an empty one"),
    ],
)
def test_what_cannot_be_meant_is_named(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=message):
        settings(tmp_path, text)
