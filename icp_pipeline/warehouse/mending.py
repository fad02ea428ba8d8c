"""Repairs a warehouse after a copy (links lost or followed, notes missing) before anything is built on it."""

from __future__ import annotations

from pathlib import Path

from icp_pipeline import duck
from icp_pipeline.disk import set_aside
from icp_pipeline.errors import PublishError
from icp_pipeline.warehouse.paths import live_path, versions_dir
from icp_pipeline.warehouse.shown_files import files_of_views, point_here
from icp_pipeline.warehouse.version_reader import read_version
from icp_pipeline.warehouse.versions import (
    checksum,
    is_unpacked_link,
    link_is_whole,
    live_version_file,
    point_to,
    share,
    write_note,
)

_OWN_RUN = "select cast(finished_at as varchar), (select count(*) from history.runs) from history.runs where run_id = ?"


def link_trouble(home: Path) -> str | None:
    """What is wrong with the link `icp.duckdb`, and which version is read instead; None if nothing is."""
    live = live_version_file(home)
    if live is None or link_is_whole(home):
        return None
    return f"{live_path(home)} {_state_of_link(home)}: reading {live.name}, the last live version."


def mend(home: Path) -> list[str]:
    """Repair the link and the versions' notes; returns what was done, one sentence each.

    The caller holds the home's lock. Raises PublishError if nothing says what was published.
    """
    done = [_note_again(home, database) for database in _without_note(home)]
    live, link = live_version_file(home), live_path(home)
    if live is None:
        if link.is_symlink() or link.exists():
            raise PublishError(
                f"{link} exists, but warehouse/versions holds no version: copy that folder too, with the .json beside "
                f"each version. To start with an empty home, move {link.name} away."
            )
        return done
    if not link_is_whole(home):
        state = _state_of_link(home)
        if link.exists() and not link.is_symlink():
            _clear(link, live)
        point_to(home, live)
        done.append(f"{link} {state}: it points to {live.name} again, the live version")
    done += point_here(home)
    share(home, live)
    return done


def _state_of_link(home: Path) -> str:
    link = live_path(home)
    if link.is_symlink():
        return f"pointed to {link.readlink()}, which is not a version of this home"
    if not link.exists():
        return "was missing"
    return "was a file and not a link" if link.is_file() else "was a folder and not a link"


def _clear(link: Path, live: Path) -> None:
    """A copy of the version, or the text of the link, is of no more use; any other file is kept under another name."""
    if link.is_file() and (is_unpacked_link(link) or checksum(link) == checksum(live)):
        link.unlink()
    else:
        set_aside(link)


def _without_note(home: Path) -> list[Path]:
    """Versions whose JSON was not copied with them; a run writes it first, so none of a dead run is among them."""
    databases = sorted(versions_dir(home).glob("icp_*.duckdb"))
    return [
        path
        for path in databases
        if not path.with_suffix(".json").exists() and not path.with_suffix(".json.pending").exists()
    ]


def _note_again(home: Path, database: Path) -> str:
    run_id = database.stem.removeprefix("icp_")
    try:
        with read_version(database) as connection:
            own = connection.execute(_OWN_RUN, [run_id]).fetchone()
            shown = files_of_views(connection)
    except duck.DuckError:
        own, shown = None, []
    if own is None:
        raise PublishError(
            f"{database} has no .json beside it, and its own history does not say what it is: copy the .json too, or "
            "move the file away."
        )
    # Each publication adds a run to the history that it carries on.
    about: dict[str, object] = {"run_id": run_id, "sequence": own[1], "published_at": str(own[0])[:19]}
    about |= {"size": database.stat().st_size, "sha256": checksum(database)}
    if shown:
        folder = shown[0].parent.parent
        about |= {"folder": str(folder), "files": [str(path.relative_to(folder)) for path in shown]}
    write_note(database.with_suffix(".json"), about)
    return f"{database.name} had no .json; it was rewritten from the file's own history"
