"""Compiled templates, kept where Python keeps its own compiled files: to compile them takes half as long as the page.

Each is kept under its name, the release of jinja2 and the code that says how to compile, and counts while its text is
the same; where nothing can be written, nothing is kept.
"""

from __future__ import annotations

import contextlib
from importlib.metadata import version
from importlib.util import cache_from_source
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket

from icp_pipeline.code_digest import code_digest


class CompiledTemplates(jinja2.FileSystemBytecodeCache):
    """Those of the templates in a folder; `options` is the module in which their environment gets its own."""

    def __init__(self, folder: Path, options: Path) -> None:
        self._place = Path(cache_from_source(str(folder / "template"))).parent
        self._compiled_as = f"{version('jinja2')} {code_digest(options).hex()}"
        super().__init__(str(self._place), "%s.jinja")

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Another one where the same text would be compiled to something else."""
        return super().get_cache_key(f"{self._compiled_as} {name}", filename)

    def load_bytecode(self, bucket: Bucket) -> None:
        """What was kept, unless it cannot be read."""
        with contextlib.suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it for the next process."""
        with contextlib.suppress(OSError):
            self._place.mkdir(exist_ok=True)
            super().dump_bytecode(bucket)
