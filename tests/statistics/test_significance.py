"""p- and q-values: correct far into the tail, and the same arithmetic wherever tests are made."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from outcome_world import ROOT
from scipy.stats import false_discovery_control, norm

from icp_pipeline import duck
from icp_pipeline.models.graph import model_files

# Segments are tested before pairs of them, and both before anything is live: separate tables, one arithmetic.
PLACES = (
    "segments/significance.sql",
    "segments/pair_significance.sql",
    "icp/significance.sql",
    "voice/significance.sql",
)
EFFECTS = "icp_id varchar, outcome varchar, attribute varchar, segment varchar, effect double, standard_error double, "
RECENT = "icp_id varchar, attribute varchar, segment varchar, difference double, standard_error double"


def texts() -> dict[str, str]:
    """The text of every model by its path in sql/."""
    return {path.relative_to(ROOT / "sql").as_posix(): text for path, text in model_files(ROOT / "sql").items()}


def significance_of(effects: pd.DataFrame) -> pd.DataFrame:
    """segments.significance of these effects."""
    with duck.connect() as connection:
        connection.execute("create schema segments")
        connection.execute(f"create table segments.segment_effects ({EFFECTS} is_complement boolean)")
        connection.execute(f"create table segments.recent_effects ({RECENT})")
        connection.register("given", effects.assign(icp_id="primary", outcome="quality", segment="s"))
        connection.execute("insert into segments.segment_effects by name select * from given")
        return connection.execute(f"select * from ({texts()[PLACES[0]]}) as tests order by attribute").df()


def test_p_value_is_the_normal_one_for_every_z() -> None:
    """The model's arithmetic compared with scipy, far into the tail."""
    sizes = np.round(np.concatenate([np.linspace(0, 8, 161), np.linspace(8.5, 36, 56)]), 6)
    names = [f"z{number:03d}" for number in range(len(sizes))]
    effects = pd.DataFrame({"attribute": names, "effect": sizes, "standard_error": 1.0, "is_complement": False})
    found = significance_of(effects)
    np.testing.assert_allclose(found["z"], sizes, atol=1e-9)
    np.testing.assert_allclose(found["p_value"], 2 * norm.sf(found["z"]), rtol=2e-7)
    np.testing.assert_allclose(found["q_value"], false_discovery_control(found["p_value"]), rtol=1e-9)


@pytest.mark.parametrize("error", [0.0, 0.000001])
def test_where_everybody_turned_out_alike_there_is_no_test(error: float) -> None:
    """An effect divided by zero is infinite or NaN, which would sort before all p-values."""
    effects = pd.DataFrame(
        {"attribute": ["a", "b"], "effect": [0.0, 2.0], "standard_error": [error, 1.0], "is_complement": False}
    )
    found = significance_of(effects)
    assert found["attribute"].tolist() == ["b"] and found["n_tests"].tolist() == [1]


def test_all_tables_of_p_and_q_values_say_the_same_arithmetic() -> None:
    """A model can only read what comes before it, so the CTEs are in three files; word for word the same."""
    arithmetic = set()
    for place in PLACES:
        _, start, rest = texts()[place].partition("-- Two-sided p-value")
        arithmetic.add(start + rest.partition("\nselect\n")[0])
    assert len(arithmetic) == 1


@pytest.mark.parametrize("mark", ["1.26551223", "p_rank", "order by p_value"])
def test_no_other_model_makes_p_or_q_values_of_its_own(mark: str) -> None:
    assert [path for path, text in texts().items() if mark in text] == sorted(PLACES)
