"""Every file of an audience, read back by a strict reader of its tool's rules: sizes at the limits, hostile names."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from export_frames import write_targets
from hypothesis import given, settings
from hypothesis import strategies as st

from icp_pipeline.activation.audience_files import AUDIENCES, LISTS, AudienceFile, Chosen
from icp_pipeline.activation.safe_cells import starts_formula
from icp_pipeline.activation.target import Target
from icp_pipeline.activation.targets import AUDIENCE_FILES, TARGETS
from icp_pipeline.settings.crm_fields import CrmFields

ALL: tuple[Target, ...] = tuple(target for target in TARGETS if target.model == LISTS)
LINKEDIN = [
    *("companyname", "companywebsite", "companyemaildomain", "linkedincompanypageurl", "stocksymbol"),
    *("industry", "city", "state", "companycountry", "zipcode"),
]
# By file: its header, the rows a part may have, and its maximum size.
RULES = {
    "linkedin_company_list": (LINKEDIN, 300_000, 20_000_000),
    "sales_navigator_accounts": (["Account Name", "Website", "Country"], 1_000, 20_000_000),
    "apollo_accounts": (["Account Name", "Account Website (Domain)", "ICP Tier"], 10_000, 100_000_000),
    "6sense_accounts": (["Account Name", "Country", "Domain"], 25_000, 100_000_000),
    "domains": (["domain"], 1_048_575, 100_000_000),
}


def lists(names: list[str | None], audience: str = "tier_1", domains: list[str | None] | None = None) -> pd.DataFrame:
    places = range(len(names))
    return pd.DataFrame(
        {
            "audience": audience,
            "account_id": [f"sf-{place:06}" for place in places],
            "name": pd.Series(names, dtype="object"),
            "domain": pd.Series(domains or [f"company{place}.example" for place in places], dtype="object"),
            "country": "Germany",
            "country_code": "DE",
            "tier": None if audience == "exclusions" else "tier_1",
        }
    )


def write(
    folder: Path, *frames: pd.DataFrame, fields: CrmFields | None = None, files: tuple[Target, ...] = ALL
) -> None:
    rows = pd.concat(frames, ignore_index=True)
    order = ["tier_1", "target_accounts", "exclusions"]
    audiences = pd.DataFrame({"audience": order, "audience_order": range(3)})
    audiences["accounts"] = [int((rows["audience"] == name).sum()) for name in order]
    audiences["kept_out"] = [2, 0, None]
    by_model = {LISTS: rows, AUDIENCES: audiences}
    for target, file in write_targets(files, by_model, folder, fields):
        assert (folder / file.name).is_file() and target.purpose_of(file)


def read_strictly(path: Path) -> list[list[str]]:
    """Read as the tools do: UTF-8 without a mark, commas, doubled quotes, no short or long row, one line per cell."""
    content = path.read_bytes()
    assert not content.startswith(b"\xef\xbb\xbf") and content.endswith(b"\n") and b"\r" not in content
    rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
    assert len(rows) == content.count(b"\n") and {len(row) for row in rows} == {len(rows[0])}
    assert " " not in path.name
    return rows


def parts(folder: Path, kind: str) -> list[list[list[str]]]:
    """The rows of a file's parts in order, each checked against the tool's rules."""
    header, most, size = RULES[kind]
    found = sorted(folder.glob(f"{kind}*.csv"), key=lambda path: int(re.sub(r"\D", "", path.stem[len(kind) :]) or 1))
    read = []
    for path in found:
        first, *rows = read_strictly(path)
        expected = [name for name in header if name != "ICP Tier"] if folder.name == "exclusions" else header
        assert first == expected and len(rows) <= most and path.stat().st_size <= size
        for row in rows:
            assert not any(starts_formula(cell) for cell in row)
            assert not {unicodedata.category(letter) for letter in "".join(row)} & {"Cc", "Zl", "Zp", "Cs"}
        read.append(rows)
    return read


def test_what_a_file_takes_of_a_small_audience_is_chosen_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[tuple[str, list[str]]] = []
    choose = AudienceFile.chosen

    def counted(list_: AudienceFile, rows: pd.DataFrame) -> Chosen:
        chosen.append((list_.file, rows["account_id"].tolist()))
        return choose(list_, rows)

    monkeypatch.setattr(AudienceFile, "chosen", counted)
    write(tmp_path, lists(["Acme", "=Evil"]))
    write(tmp_path / "next", lists(["Other"]))
    # Once in each of the two exports.
    assert sorted(item for item in chosen if item[1]) == sorted(
        (f"{kind}.csv", ids) for kind in RULES for ids in (["sf-000000"], ["sf-000000", "sf-000001"])
    )
    assert parts(tmp_path / "next" / "audiences" / "tier_1", "domains") == [[["company0.example"]]]


@pytest.mark.parametrize("size", [0, 299, 300, 1_000, 1_001, 25_001])
def test_sizes_at_the_limits_of_the_tools(tmp_path: Path, size: int) -> None:
    write(
        tmp_path,
        lists([f"Company {place}" for place in range(size)]),
        lists(["Rival"], "exclusions", ["rival.example"]),
    )
    folder = tmp_path / "audiences" / "tier_1"
    sizes = {kind: [len(rows) for rows in parts(folder, kind)] for kind in RULES}
    assert sizes["linkedin_company_list"] == ([size] if size >= 300 else [])
    assert sizes["sales_navigator_accounts"] == [1_000] * (size // 1_000) + (
        [size % 1_000] if size % 1_000 or not size else []
    )
    assert sizes["6sense_accounts"] == ([25_000, 1] if size == 25_001 else [size])
    assert sum(sizes["apollo_accounts"]) == sum(sizes["domains"]) == size and max(sizes["apollo_accounts"]) <= 10_000
    assert (folder / "sales_navigator_accounts_1.csv").is_file()
    said = (tmp_path / "audiences" / "README.md").read_text(encoding="utf-8")
    assert ("not written: LinkedIn Ads needs 300 companies" in said.partition("## target_accounts")[0]) == (size < 300)


def test_no_part_is_too_short_for_linkedin(tmp_path: Path) -> None:
    linkedin = replace(AUDIENCE_FILES[0], max_rows=1_000)
    write(tmp_path, lists([f"Company {place}" for place in range(2_001)]), files=(linkedin,))
    assert [len(rows) for rows in parts(tmp_path / "audiences" / "tier_1", "linkedin_company_list")] == [667, 667, 667]
    by_size = replace(AUDIENCE_FILES[0], max_bytes=40_000)
    write(tmp_path / "b", lists([f"Company {place}" for place in range(2_001)]), files=(by_size,))
    folder = tmp_path / "b" / "audiences" / "tier_1"
    sizes = [len(rows) for rows in parts(folder, "linkedin_company_list")]
    assert sum(sizes) == 2_001 and max(sizes) - min(sizes) <= len(sizes)
    assert all(path.stat().st_size <= 40_000 for path in folder.iterdir())


HOSTILE = st.one_of(
    st.none(),
    # DuckDB gives no lone surrogates.
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.sampled_from(
        [
            *(
                "=1+1",
                " =cmd|'/c calc'!A1",
                "\uff1dSUM(A1)",
                "@x",
                "+49",
                "-",
                "\t=1",
                "\u200b=1",
                "#N/A",
                "'",
                "\x00\x01",
            ),
            *('The "Quiet", Bakery', "Müller\r\nGmbH", "", " ", "\u202egnp.exe", "a" * 256, "x;y", "日本 株式会社"),
        ]
    ),
)


@settings(deadline=None, max_examples=25)
@given(names=st.lists(HOSTILE, max_size=12), domains=st.lists(HOSTILE, max_size=12))
def test_no_name_and_no_domain_breaks_a_file(
    tmp_path_factory: pytest.TempPathFactory, names: list[str | None], domains: list[str | None]
) -> None:
    folder = tmp_path_factory.mktemp("lists")
    size = min(len(names), len(domains))
    rows = lists(names[:size], "tier_1", domains[:size] or None)
    linkedin = replace(AUDIENCE_FILES[0], at_least=0)
    write(folder, rows, files=(linkedin, *(target for target in ALL if target != AUDIENCE_FILES[0])))
    own = folder / "audiences" / "tier_1"
    review = list(csv.DictReader(io.StringIO((folder / "audiences" / "left_out_review.csv").read_text("utf-8-sig"))))
    for file in AUDIENCE_FILES:
        kind = file.file.removesuffix(".csv")
        held = sum(len(part) for part in parts(own, kind))
        left_out = sum(file.file in row["not_in"].split(", ") for row in review)
        assert held + left_out == len(rows), kind


def test_what_is_left_out_is_listed_with_its_reason_and_nothing_is_altered(tmp_path: Path) -> None:
    names = ["=Evil Corp", None, "No Domain", "  Spaced \n Out  ", None, "x" * 256]
    domains = ["evil.example", "nameless.example", None, "spaced.example", None, "long.example"]
    write(tmp_path, lists(names, "tier_1", domains), lists(["Twin A", "Twin B"], "exclusions", ["twin.example"] * 2))
    folder = tmp_path / "audiences" / "tier_1"
    assert [row[0] for row in parts(folder, "sales_navigator_accounts")[0]] == ["Spaced Out", "No Domain"]
    assert parts(folder, "apollo_accounts")[0] == [
        ["", "nameless.example", "Tier 1"],
        ["Spaced Out", "spaced.example", "Tier 1"],
        ["No Domain", "", "Tier 1"],
    ]
    assert parts(folder, "6sense_accounts") == [[["Spaced Out", "Germany", "spaced.example"]]]
    assert [row[0] for row in parts(folder, "domains")[0]] == [
        "evil.example",
        "long.example",
        "nameless.example",
        "spaced.example",
    ]
    assert parts(tmp_path / "audiences" / "exclusions", "domains") == [[["twin.example"]]]
    assert "| `domains.csv` | 1 | 1 with a domain shared with another account |" in (
        tmp_path / "audiences" / "README.md"
    ).read_text(encoding="utf-8")
    review = (tmp_path / "audiences" / "left_out_review.csv").read_text("utf-8-sig")
    rows = {(row["account_id"], row["reason"]): row for row in csv.DictReader(io.StringIO(review))}
    formula = "a name that a spreadsheet would run as a formula"
    assert rows["sf-000000", formula]["name"] == "'=Evil Corp"
    assert rows["sf-000000", formula]["not_in"] == (
        "linkedin_company_list.csv, sales_navigator_accounts.csv, apollo_accounts.csv, 6sense_accounts.csv"
    )
    assert ("sf-000004", "no name and no domain") in rows and ("sf-000002", "no domain") in rows
    said = (tmp_path / "audiences" / "README.md").read_text(encoding="utf-8")
    assert "| `domains.csv` | 4 | 2 with no domain |" in said
    assert "try a wider audience; 1 with a name of more than 255 characters;" in said
    assert "6 accounts; 2 more match but are kept out." in said


def test_tools_that_nobody_could_verify_are_told_in_the_settings(tmp_path: Path) -> None:
    fields = CrmFields.model_validate(
        {"sales_navigator": {"account_name": "Company", "website": "Company website"}, "linkedin": {"country": "name"}}
    )
    names = [f"Company {place}" for place in range(300)]
    write(tmp_path, lists(names), fields=fields)
    folder = tmp_path / "audiences" / "tier_1"
    header = read_strictly(folder / "sales_navigator_accounts_1.csv")[0]
    assert header == ["Company", "Company website", "Country"]
    assert read_strictly(folder / "linkedin_company_list.csv")[1][8] == "Germany"
    write(tmp_path / "b", lists(names))
    assert read_strictly(tmp_path / "b/audiences/tier_1/linkedin_company_list.csv")[1][:4] == [
        *("Company 0", "company0.example", "company0.example", ""),
    ]
    assert read_strictly(tmp_path / "b/audiences/tier_1/linkedin_company_list.csv")[1][8] == "DE"
