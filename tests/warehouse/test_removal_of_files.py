"""Files and folders are removed with everything in them; what cannot be removed is an error unless it may stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from icp_pipeline.disk import remove


def test_a_file_a_folder_and_a_link_to_a_folder_are_removed_and_what_is_linked_stays(tmp_path: Path) -> None:
    folder, linked = tmp_path / "folder", tmp_path / "linked"
    for each in (folder, linked):
        (each / "inner").mkdir(parents=True)
        (each / "inner" / "file").write_text("x")
    link = tmp_path / "link"
    link.symlink_to(linked)
    for path in (folder, link, linked / "inner" / "file", tmp_path / "missing"):
        remove(path)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["inner", "linked"]


def test_what_cannot_be_removed_is_an_error_unless_it_may_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.touch()

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "unlink", refuse)
    remove(path, if_possible=True)
    with pytest.raises(PermissionError):
        remove(path)
    assert path.exists()
