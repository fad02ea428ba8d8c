"""What a reader raises inside this room. Neither leaves it: `lake` turns them into rejects and one SourceError."""

from __future__ import annotations


class Unusable(Exception):
    """A cell cannot be used; the text is the reason, without the value."""


class Held(Exception):
    """A whole file cannot be read as what it seems to be; the text says what was found, expected and what to do."""


class Ignored(Exception):
    """A known file that is not used; the text says what it is, `account_columns` which of its columns are about
    accounts, so that somebody looks at it.
    """

    def __init__(self, message: str, account_columns: str | None = None) -> None:
        super().__init__(message)
        self.account_columns = account_columns
