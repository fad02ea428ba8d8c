"""A small round of the claims benchmark: planted effects are told from null ones, whoever claims them."""

from __future__ import annotations

import pandas as pd
import pytest

from bench.claims import PLANTED, Company, judged_claims, report

pytestmark = pytest.mark.slow


def test_true_claims_are_supported_false_ones_contradicted_and_null_ones_left() -> None:
    companies = [Company(7_500 + place, 1_000, 1.0, place % 2 == 1) for place in range(4)]
    found = pd.concat([judged_claims(company) for company in companies], ignore_index=True)
    planted, null = found[found["kind"] != "null"], found[found["kind"] == "null"]
    assert len(planted) == len(companies) * len(PLANTED)
    assert set(planted["kind"]) == {"true", "false"}, "both ways round were said"
    # Only effects of .8 log-odds and more are promised; a smaller one may stay undecided, but is never reversed.
    wanted = planted["kind"].map({"true": "supported", "false": "contradicted"})
    opposite = planted["kind"].map({"true": "contradicted", "false": "supported"})
    strong = planted["effect"].abs() >= 0.8
    assert strong.sum() >= 8
    assert (planted["verdict"] == wanted)[strong].mean() >= 0.9
    assert not (planted["verdict"] == opposite).any()
    assert null["verdict"].isin(["supported", "contradicted"]).mean() <= 0.1
    assert len(null[null["names_best"]]) >= 10
    text = report(found, len(companies), 1_000)
    assert "| 1 | industry Computer Software |" in text and "| 1 | drawn |" in text
