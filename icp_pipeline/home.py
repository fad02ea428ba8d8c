"""Where things lie: the home folder of one company, and the project that the SQL comes from."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from icp_pipeline.errors import IcpError

PACKAGE = Path(__file__).resolve().parent
# In a wheel all that a checkout has beside the package lies inside it (`setup.py`).
IS_CHECKOUT = not (PACKAGE / "_project").is_dir()
PROJECT = PACKAGE.parent if IS_CHECKOUT else PACKAGE / "_project"
SQL = PROJECT / "sql"
# Linux takes paths of 4,096 bytes, and names inside a home need some of them.
_LONGEST = 3_700


@dataclass(frozen=True)
class Home:
    """The folders of design section 3.2, under one root."""

    root: Path
    # Only a dry run reads another home's files.
    landing_folder: Path | None = None

    @property
    def landing(self) -> Path:
        """Files as the vendors wrote them."""
        return self.landing_folder or self.root / "landing"

    @property
    def lake(self) -> Path:
        """Parquet by content; can be deleted and is then rebuilt."""
        return self.root / "lake"

    @property
    def live(self) -> Path:
        """The link analysts open."""
        return self.root / "warehouse" / "icp.duckdb"

    @property
    def exports(self) -> Path:
        """One folder per run, and the link `latest`."""
        return self.root / "exports"

    @property
    def latest(self) -> Path:
        """The link RevOps opens."""
        return self.exports / "latest"

    @property
    def state(self) -> Path:
        """Dagster's storage, locks, data docs."""
        return self.root / "state"


def find_home(option: Path | None) -> Home:
    """`--home`, else the environment's ICP_HOME, else the checkout's `data/`; raises IcpError where there is none."""
    # Files of variables end lines with blanks, or as Windows does, and neither is seen in a message.
    named = os.environ.get("ICP_HOME", "").strip()
    chosen = option or (Path(named) if named else None)
    if chosen is None and not IS_CHECKOUT:
        raise IcpError("which home? Give its folder with --home DIR, or set ICP_HOME.")
    root = _found(chosen or PROJECT / "data")
    refuse_name(root)
    return Home(root)


def _found(chosen: Path) -> Path:
    """The path itself, which need not exist; raises IcpError where the system cannot even look for it."""
    try:
        root = chosen.expanduser().resolve()
        with suppress(FileNotFoundError, NotADirectoryError):
            root.stat()
    # A loop of links, or `~somebody` who is not known.
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise IcpError(
            f"{str(chosen)[:200]}: this home cannot be reached ({reason}): choose another folder."
        ) from error
    if len(os.fsencode(root)) > _LONGEST:
        raise IcpError(
            f"{str(root)[:200]}...: a home's path may be at most {_LONGEST:,} bytes long: choose a shorter one."
        )
    return root


def refuse_name(root: Path) -> None:
    """Raise IcpError for a path that a library would read as something else, and write to another place."""
    path = str(root)
    try:
        path.encode()
    except UnicodeEncodeError:
        shown = os.fsencode(path).decode("utf-8", "replace")
        raise IcpError(f"{shown}: a home's path must be valid UTF-8: rename the folder.") from None
    # DuckDB takes the first for patterns, the address of Dagster's history the others for its own signs.
    found = re.search(r"[*?\[\]{}]|%[0-9A-Fa-f]{2}", path)
    if found:
        raise IcpError(f"{root}: a home's path may not contain {found[0]!r}: rename the folder.")


def refuse_gone(root: Path) -> None:
    """Raise IcpError for a home that was moved or is not mounted: a new one in its place would be empty."""
    if not root.is_dir():
        raise IcpError(
            f"{root} is gone: it was moved, or its disk is not mounted. Nothing was published. Give its new place with "
            "--home or ICP_HOME, and restart `icp dev`, or the services icp-webserver and icp-daemon."
        )


def enter_home(home: Home) -> None:
    """Tell Dagster, and every process it starts, which home this is and where its instance file lies."""
    try:
        home.state.mkdir(parents=True, exist_ok=True)
        # As the run's lock and Dagster's history are about to.
        with tempfile.TemporaryFile(dir=home.state):
            pass
    except OSError as error:
        raise IcpError(
            f"{home.state} cannot be written to ({error.strerror}). The last version stays live. Fix its owner, mode "
            "or mount, or free disk space. `icp explain`, `diff`, `versions` and `check` need no write access."
        ) from error
    _find_room_for_temporary_files(home)
    os.environ["ICP_HOME"] = str(home.root)
    os.environ["ICP_STATE"] = str(home.state / "dagster")
    os.environ["DAGSTER_HOME"] = str(PROJECT)
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "yes"
    os.environ["GX_ANALYTICS_ENABLED"] = "False"


def _find_room_for_temporary_files(home: Home) -> None:
    """In a container whose root is read-only there may be none, and SQLite and others need some."""
    with suppress(FileNotFoundError):
        # The last that Python tries is the working directory, where nobody wants to find them.
        if tempfile.gettempdir() != os.getcwd():  # noqa: PTH109
            return
    folder = home.state / "tmp"
    folder.mkdir(exist_ok=True)
    os.environ["TMPDIR"] = os.environ["SQLITE_TMPDIR"] = tempfile.tempdir = str(folder)
