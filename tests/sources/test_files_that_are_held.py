"""Files that block a run: each message says what was found, expected, and to be done; all are reported at once."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from landing_folder import Landing

from icp_pipeline.errors import SourceError
from icp_pipeline.sources.declared.plan import FieldRequest, FileFormat, ReadPlan
from icp_pipeline.sources.lake import HeldFiles

GOOD = "Id,Name,Website\n001Hs00004kXyZa,Halden,halden.example\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "empty file (0 bytes): expected at least a header line", id="empty"),
        pytest.param(b"\n\n", "no header line", id="blank lines only"),
        pytest.param(b"a;b;c\n1;2;3\n", "Found: a, b, c", id="something else between semicolons"),
        pytest.param(b'"Id"x,"Name","Website"\n', "line 1: the header cannot be read", id="no delimiter after a quote"),
        pytest.param(GOOD.encode("utf-16-le"), "text is UTF-16-LE", id="utf-16 without mark"),
        pytest.param(
            (GOOD + "001Hs00004kXyZb,Müller,m.example\n").encode("cp1252"),
            "line 3: bytes that are not UTF-8; the file is probably cp1252",
            id="cp1252",
        ),
        pytest.param(
            gzip.compress(gzip.compress(GOOD.encode())), "not text but gzip data that was compressed twice", id="twice"
        ),
        pytest.param(b"\xff\x06\x00\x00sNaPpYrest", "compressed with snappy, which is not read", id="snappy"),
        pytest.param(b"PK\x03\x04rest", "not text but a ZIP or Excel file", id="zip named csv"),
        pytest.param(
            (GOOD + '001Hs00004kXyZb,"Open,b.example\n001Hs00004kXyZc,C,c.example\n').encode(),
            "a quote opened in the record of line 3 is never closed",
            id="unterminated quote",
        ),
        pytest.param(
            b"Id,Name,Website,id\n001Hs00004kXyZa,H,h.example,1\n",
            "column 'Id' occurs twice, at positions 1 and 4",
            id="duplicate needed header",
        ),
        pytest.param(
            b"Idd,Name,Website\n001Hs00004kXyZa,H,h.example\n", "missing: 'Id' or 'Account ID'", id="missing column"
        ),
        pytest.param(
            b"Acount ID,Name,Website\n001Hs00004kXyZa,H,h.example\n", "(is it 'Acount ID'?)", id="misspelt column"
        ),
        pytest.param(b"a,b,c\n1,2,3\n", "Found: a, b, c", id="something else"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_held(landing: Landing, content: bytes, reason: str) -> None:
    landing.put("salesforce/x.csv", content)
    message = landing.held()
    assert "salesforce/x.csv: " in message and reason in message
    assert "001Hs00004kXyZa" not in message, "values never stand in a message"


def test_all_held_files_are_named_in_one_error_and_the_rest_is_read(landing: Landing) -> None:
    landing.put("salesforce/a.csv", "")
    landing.put("zendesk/t.csv", "x;y\n")
    landing.put("salesforce/Account.csv", GOOD)
    with pytest.raises(HeldFiles, match=r"^2 landed files cannot be read; nothing was published:\n") as caught:
        landing.land()
    assert "salesforce/a.csv" in str(caught.value) and "zendesk/t.csv" in str(caught.value)
    statuses = {file.path: file.status for file in caught.value.state.files}
    assert statuses == {"salesforce/Account.csv": "loaded", "salesforce/a.csv": "held", "zendesk/t.csv": "held"}


def test_a_mended_file_needs_no_clean_up(landing: Landing) -> None:
    landing.put("salesforce/Account.csv", GOOD + '001Hs00004kXyZb,"cut off in the mid')
    landing.held()
    landing.put("salesforce/Account.csv", GOOD)
    assert landing.land().rows("salesforce_account", "name") == ["Halden"]
    assert not list(landing.lake.rglob("unfinished-*"))


def test_an_account_file_without_one_usable_id_is_held(landing: Landing) -> None:
    """Record IDs as Excel saves them. With one good row, the file would only have rejected rows."""
    lost = "Record ID,Company name,Company Domain Name\n1.83E+10,Halden,halden.example\n"
    landing.put("hubspot/companies.csv", lost)
    assert (
        "hubspot/companies.csv: the only cell of the required column 'Record ID' cannot be used; first line 2: id in "
        "scientific"
    ) in landing.held()
    landing.put("hubspot/companies.csv", lost + "18300000001,Brightloom,brightloom.example\n")
    landing.land()
    assert landing.counts("hubspot/companies.csv") == (2, 1, 1)


def test_a_header_without_rows_is_normal(landing: Landing) -> None:
    landing.put("salesforce/Account.csv", "Id,Name,Website\n")
    assert landing.land().counts("salesforce/Account.csv") == (0, 0, 0)
    assert landing.rows("salesforce_account") == []


def test_a_duplicate_header_that_nobody_needs_is_no_matter(landing: Landing) -> None:
    landing.put("salesforce/Account.csv", "Id,Name,Website,Note,note\n001Hs00004kXyZa,Halden,h.example,1,2\n")
    assert landing.land().rows("salesforce_account", "name") == ["Halden"]


def test_links_pipes_folders_and_odd_names_are_refused(landing: Landing, tmp_path: Path) -> None:
    outside = tmp_path / "secret.csv"
    outside.write_text(GOOD)
    folder = landing.folder / "salesforce"
    folder.mkdir()
    (folder / "link.csv").symlink_to(outside)
    for name in ("pipe.csv", "Opportunity", "accounts.xlsx"):
        os.mkfifo(folder / name)
    (folder / "folder.csv").mkdir()
    for name in ("a*.csv", "x'; DROP TABLE y;.csv", "two\nlines.csv"):
        (folder / name).write_text(GOOD)
    message = landing.held()
    assert "salesforce/link.csv: a symbolic link" in message
    for name in ("pipe.csv", "Opportunity", "accounts.xlsx"):
        assert f"salesforce/{name}: not a regular file" in message
    assert "salesforce/folder.csv: a folder where a file is expected" in message
    assert message.count("file name with control, quote or wildcard characters") == 3
    assert "two\\x0alines.csv" in message and len(message.splitlines()) == 9


def test_a_linked_folder_is_not_entered(landing: Landing, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (outside / "Account.csv").write_text(GOOD)
    (landing.folder / "salesforce").symlink_to(outside)
    assert "salesforce: a symbolic link" in landing.held()


@pytest.mark.parametrize("content", [b"anything", b""])
@pytest.mark.parametrize("name", ["a.xlsx", "a.zip", "a.tar.gz"])
def test_archives_and_workbooks_say_what_to_do(landing: Landing, name: str, content: bytes) -> None:
    landing.put(f"salesforce/{name}", content)
    assert f"salesforce/{name}: an archive or a workbook: unpack it" in landing.held()


def test_notes_and_unfinished_copies_are_left_alone(landing: Landing) -> None:
    unfinished = ("Account.csv.crdownload", "Account.csv.download", "Account.csv.temp", "Account.csv.aria2")
    for name in ("README.md", "Account.csv.part", ".DS_Store", "~$a.xlsx", *unfinished):
        landing.put(f"salesforce/{name}", "x")
    landing.land()
    assert {landing.status(f"salesforce/{name}") for name in unfinished} == {("ignored", "an unfinished copy")}
    assert landing.status("salesforce/README.md") == ("ignored", "a note, not data")
    assert landing.status("salesforce/Account.csv.part") == ("ignored", "an unfinished copy")


@pytest.mark.parametrize("folder", ["Account.csv.download", "exports.tmp"])
def test_what_still_grows_in_a_folder_is_left_alone(folder: str, landing: Landing) -> None:
    """Safari's download has its final name already. Half an export, read as a whole one, would delete the rest."""
    landing.put(f"salesforce/{folder}/Account.csv", GOOD)
    landing.land()
    assert landing.status(f"salesforce/{folder}") == ("ignored", "an unfinished copy")
    assert landing.rows("salesforce_account", "name") == []


def test_names_whose_bytes_are_no_utf_8_are_read_and_shown_with_their_bytes(landing: Landing) -> None:
    """As a share or an archive of Windows leaves them; a folder of such a name is no vendor's."""
    for name in (b"salesforce/Gesch\xe4fte.csv", b"gesch\xe4ft/Konten.csv"):
        path = Path(os.fsdecode(os.fsencode(landing.folder) + b"/" + name))
        path.parent.mkdir(exist_ok=True)
        path.write_text(GOOD, encoding="utf-8")
    landing.land()
    assert landing.status("salesforce/Gesch\\xe4fte.csv")[0] == "loaded"
    assert landing.status("gesch\\xe4ft/Konten.csv")[0] == "ignored"
    assert len(landing.rows("salesforce_account", "name")) == len(GOOD.splitlines()) - 1


@pytest.mark.parametrize("name", ["Thumbs.db", "desktop.ini", "Account.csv:Zone.Identifier", "Icon\r"])
def test_what_windows_leaves_in_a_folder_is_left_alone(name: str, landing: Landing) -> None:
    landing.put("salesforce/Account.csv", GOOD)
    landing.put(f"salesforce/{name}", b"\xd0\xcf\x11\xe0")
    landing.land()
    name = name.replace("\r", "\\x0d")
    assert landing.status(f"salesforce/{name}") == ("ignored", "a file of the operating system, not data")


@pytest.mark.parametrize(
    "folder", ["#recycle", "@eaDir", "lost+found", "$RECYCLE.BIN", "~snapshot", "@Recently-Snapshot"]
)
def test_what_a_share_keeps_of_deleted_exports_is_not_landed(folder: str, landing: Landing) -> None:
    """A deleted export of last month, read again, would bring back records that the CRM has deleted since."""
    landing.put("salesforce/Account.csv", GOOD)
    landing.put(f"salesforce/{folder}/Account.csv", GOOD.replace("001Hs", "001Ht"))
    landing.land()
    assert landing.status(f"salesforce/{folder}") == ("ignored", "a folder of the operating system, not data")
    assert len(landing.rows("salesforce_account", "name")) == len(GOOD.splitlines()) - 1


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("declared", ["cp1252", "latin-1", "cp1250"])
def test_a_file_in_utf_8_is_read_as_such_although_another_encoding_is_declared(
    declared: str, mark: str, landing: Landing
) -> None:
    """The vendor's older exports used the Windows encoding, the newer do not: read as Windows they contain `MÃ¼hle`."""
    text = "Id,Name,Website\n001Hs00004kXyZa,{},h.example\n"
    landing.put("salesforce/old.csv", text.format("Weiß").encode(declared))
    landing.put("salesforce/new.csv", (mark + text.format("Mühle").replace("XyZa", "XyZb")).encode())
    found = landing.land(ReadPlan(vendors={"salesforce": FileFormat(encoding=declared)})).rows(
        "salesforce_account", "name"
    )
    assert sorted(found) == ["Mühle", "Weiß"]


def test_an_unknown_folder_is_ignored_but_a_misspelt_one_is_not(landing: Landing) -> None:
    landing.put("zoho/Accounts.csv", "x,y\n1,2\n")
    assert landing.land().status("zoho/Accounts.csv")[0] == "ignored"
    landing.put("salesfroce/Account.csv", GOOD)
    assert "Did you mean 'salesforce'?" in landing.held()


def test_no_account_file_says_what_to_put_where(landing: Landing) -> None:
    landing.put("zendesk/t.csv", "Id,Created at\n1,2026-01-01\n")
    with pytest.raises(SourceError, match=r"no account file in .*put a Salesforce Account export into .*salesforce"):
        landing.land(accounts=False)


def test_an_empty_landing_folder_says_the_same(landing: Landing) -> None:
    with pytest.raises(SourceError, match="no account file"):
        landing.land(accounts=False)
    landing.folder.rmdir()
    with pytest.raises(SourceError, match="no account file"):
        landing.land(accounts=False)


def test_a_configured_field_that_no_file_has_is_an_error(landing: Landing) -> None:
    landing.put("salesforce/Account.csv", GOOD)
    plan = ReadPlan(fields=(FieldRequest("crm", "salesforce_account", "CRM_Used__c", "categorical"),))
    with pytest.raises(SourceError, match=r"no column 'CRM_Used__c' in salesforce/Account.csv.*'crm'"):
        landing.land(plan)


def test_a_declared_encoding_is_used(landing: Landing) -> None:
    landing.put("salesforce/Account.csv", "Id,Name,Website\n001Hs00004kXyZb,Müller,m.example\n".encode("cp1252"))
    assert landing.land(ReadPlan(vendors={"salesforce": FileFormat(encoding="cp1252")})).rows(
        "salesforce_account", "name"
    ) == ["Müller"]


_PACKED = gzip.compress(b"".join(b'{"event":"x","uuid":"%d"}\n' % number for number in range(3000)))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(_PACKED[: len(_PACKED) // 2], id="half of it"),
        pytest.param(_PACKED[:-4], id="all but its end"),
        pytest.param(_PACKED[:200] + b"\xff\xff\xff\xff" + _PACKED[204:], id="bytes changed"),
        pytest.param(_PACKED + b"and more", id="something after it"),
    ],
)
def test_packed_events_that_are_damaged_hold_the_run(content: bytes, landing: Landing) -> None:
    landing.put("usage/e.jsonl.gz", content)
    assert "usage/e.jsonl.gz: not readable as gzip: it is damaged or its copy is not complete" in landing.held()
