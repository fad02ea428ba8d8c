"""The encoding of a file: what its bytes show, advice that names it, and never text that nobody wrote."""

from __future__ import annotations

import re

import pytest
from landing_folder import Landing

from icp_pipeline.sources.declared.plan import FileFormat, ReadPlan
from icp_pipeline.sources.text.encodings import lines_encoded_twice

NAMES = {
    "cp1252": ("Müller GmbH", "Société Générale", "São Paulo Comércio", "“Ørsted” – Häagen’s"),
    "cp1251": ("Газпром нефть", "Ромашка", "Московский завод"),
    "cp932": ("青葉通信", "株式会社日本製造", "東京電力"),
    "euc_jp": ("青葉通信株式会社", "株式会社日本製造", "東京電力"),
    "gb18030": ("华为技术有限公司", "中国石油天然气集团", "上海汽车"),
    "big5": ("鴻海精密工業股份有限公司", "台灣積體電路製造", "聯發科技"),
    "cp949": ("삼성전자 주식회사", "현대자동차", "한국전력공사"),
    "cp1253": ("Ελληνικά Πετρέλαια", "Εθνική Τράπεζα", "Αθήνα"),
}
ORDER = "abcdefgh"


def text(names: tuple[str, ...]) -> str:
    rows = (f"001Hs00004kXyZ{ORDER[place]},{name},h{place}.example\n" for place, name in enumerate(names))
    return "Id,Name,Website\n" + "".join(rows)


def declared(encoding: str) -> ReadPlan:
    return ReadPlan(vendors={"salesforce": FileFormat(encoding=encoding)})


@pytest.mark.parametrize("encoding", NAMES)
def test_following_the_advice_reads_the_file_right(encoding: str, landing: Landing) -> None:
    landing.put("salesforce/a.csv", text(NAMES[encoding]).encode(encoding))
    advice = re.search(r"line 2: bytes that are not UTF-8; .*Declare `encoding: (\w+)`", landing.held())
    assert advice is not None and advice[1] == encoding
    landing.land(declared(advice[1]))
    assert landing.rows("salesforce_account", "name", path="salesforce/a.csv") == list(NAMES[encoding])


@pytest.mark.parametrize("encoding", [name for name in NAMES if name != "cp1252"])
@pytest.mark.parametrize("wrong", ["cp1252", "latin-1", "mac-roman"])
def test_a_declared_encoding_that_reads_every_byte_into_nonsense_holds_the_file(
    encoding: str, wrong: str, landing: Landing
) -> None:
    landing.put("salesforce/a.csv", text(NAMES[encoding]).encode(encoding))
    message = landing.held(declared(wrong))
    assert f"Declare `encoding: {encoding}`" in message and f"encoding: {wrong}`:" not in message


@pytest.mark.parametrize(
    "names",
    [
        NAMES["cp1252"],
        ("Müller",),
        ("“Smith’s” – Sons", "O’Neil’s", "Price: 5 €"),
        ("Crème brûlée à la crème", "Ærø", "Åäö Öl"),
        ("Łódź", "Příbram", "Škoda Plzeň"),
    ],
    ids=["western", "one letter", "marks alone", "many accents", "central"],
)
def test_a_right_declaration_gives_no_false_alarm(names: tuple[str, ...], landing: Landing) -> None:
    encoding = "cp1250" if "Łódź" in names else "cp1252"
    landing.put("salesforce/a.csv", text(names).encode(encoding))
    landing.land(declared(encoding))
    assert landing.rows("salesforce_account", "name", path="salesforce/a.csv") == list(names)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_a_mark_at_the_beginning_names_the_encoding(encoding: str, landing: Landing) -> None:
    landing.put("salesforce/a.csv", text(("Mühle",)).encode(encoding))
    landing.land(declared("cp1252"))
    assert landing.rows("salesforce_account", "name", path="salesforce/a.csv") == ["Mühle"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_without_a_mark_it_is_named_to_be_declared(encoding: str, landing: Landing) -> None:
    landing.put("salesforce/account.csv", text(("Mühle",)).encode(encoding))
    assert f"declare `encoding: {encoding}`" in landing.held()
    landing.land(declared(encoding))
    assert landing.rows("salesforce_account", "name", path="salesforce/account.csv") == ["Mühle"]


def test_letters_that_were_encoded_twice_are_found_line_by_line() -> None:
    broken = ["Müller", "Straße", "O’Neil", "São", "£ 5", "Pál"]
    lines = [name.encode().decode("cp1252", "replace") for name in broken[:5]] + ["PÃ\xa1l"]
    assert lines_encoded_twice("Id\n" + "\n".join(lines)) == [2, 3, 4, 5, 6, 7]
    whole = ["Müller", "Ângela", "Ã", "Ãngelo", "Â", "São", "Straße", "10 €", "“x”", "Ã la", "GÃO", "Â-"]
    assert lines_encoded_twice("\n".join(whole)) == []


def test_letters_that_were_encoded_twice_are_a_note_on_the_file(landing: Landing) -> None:
    landing.put("salesforce/a.csv", text(("Müller", "Mühle".encode().decode("cp1252"))))
    landing.land()
    assert landing.notes() == [("salesforce/a.csv", "ENCODED_TWICE", 1, 3)]


def test_lone_returns_end_lines_as_older_macs_write_them(landing: Landing) -> None:
    landing.put("salesforce/a.csv", text(("Kirn", "Halden")).replace("\n", "\r"))
    landing.land()
    assert landing.rows("salesforce_account", "name", path="salesforce/a.csv") == ["Kirn", "Halden"]
