"""One module per folder below landing/, of the same name: its files' headers, and what it writes in a way of its own.

Rules that two vendors share belong into `table`. Vendors do not import each other. A new one is found by its name:
`../README.md` says what it has to have.
"""

import pkgutil


def folders() -> tuple[str, ...]:
    """The folders below landing/ that a module reads; known without loading any."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))
