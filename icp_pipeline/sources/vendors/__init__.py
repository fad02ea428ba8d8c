"""One module per folder below landing/, with the same name: its files' headers, and the vendor's special rules.

Rules that two vendors share belong in `table`. Vendors do not import each other. A new one is found by its name:
`../README.md` says what it needs.
"""

import pkgutil


def folders() -> tuple[str, ...]:
    """The folders below landing/ that a module reads; known without loading any."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))
