"""Countries as people type them: in their own languages, abbreviated, as codes; never a wrong one."""

from __future__ import annotations

import pytest

from icp_pipeline.sources.values.countries import country_code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("Brasil", "BR"), ("Nederland", "NL"), ("Sverige", "SE"), ("Polska", "PL"), ("Belgique", "BE")),
        *(("Suisse", "CH"), ("México", "MX"), ("日本", "JP"), ("Россия", "RU"), ("Deutschland", "DE")),
        *(("Korea (South)", "KR"), ("U.K.", "GB"), ("u.s.", "US"), ("KSA", "SA"), ("PRC", "CN"), ("276", "DE")),
        *(("DEU", "DE"), ("The Netherlands", "NL"), ("Russian Federation", "RU"), ("Guinea", "GN"), ("Niger", "NE")),
    ],
)
def test_a_country_is_known_by_its_name_anywhere(text: str, code: str) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize("text", ["Congo", "Nowhere", "", "  ", "Europe"])
def test_what_names_no_single_country_is_not_known(text: str) -> None:
    assert country_code(text) is None
