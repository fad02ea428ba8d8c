"""Every error a user can meet. A message says what, where, what was expected and what to do next."""

import difflib
from collections.abc import Iterable


class IcpError(Exception):
    """Base of all expected errors: the command line prints them as one line, without a trace."""


class SettingsError(IcpError):
    """`icp.yaml` says something that cannot be used."""


class SourceError(IcpError):
    """A landed file cannot be read as what it seems to be; the file is held, nothing of it is loaded."""


class ModelError(IcpError):
    """A file under `sql/` breaks the contract of `sql/README.md`."""


class SparkError(IcpError):
    """Spark stopped, does not see the folder of tables, or could not build a table; the last version stays live."""


class CheckError(IcpError):
    """Data broke a critical check; nothing is published."""


class PublishError(IcpError):
    """The finished run could not be made the live one; the last one stays."""


class LockedError(IcpError):
    """Another run holds this home folder."""


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint such as ` Did you mean 'bands'?`, or an empty string when nothing is near."""
    folded = {name.casefold(): name for name in known}
    match = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return f" Did you mean '{folded[match[0]]}'?" if match else ""
