"""Compiled templates, kept where Python keeps its own compiled files: to compile them takes half as long as the page.

Each is kept under the digest of its text; where nothing can be written, nothing is kept.
"""

from __future__ import annotations

import contextlib
from importlib.util import cache_from_source
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket


class CompiledTemplates(jinja2.FileSystemBytecodeCache):
    """Those of the templates in a folder."""

    def __init__(self, folder: Path) -> None:
        self._place = Path(cache_from_source(str(folder / "template"))).parent
        super().__init__(str(self._place), "%s.jinja")

    def load_bytecode(self, bucket: Bucket) -> None:
        """What was kept, unless it cannot be read."""
        with contextlib.suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it for the next process."""
        with contextlib.suppress(OSError):
            self._place.mkdir(exist_ok=True)
            super().dump_bytecode(bucket)
