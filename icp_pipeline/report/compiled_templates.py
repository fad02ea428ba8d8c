"""A cache of compiled templates, beside Python's own compiled files: compiling takes half as long as the page.

The cache key is the template's name, the jinja2 version and the code with the compile options; an entry is valid while
the text is the same. If the folder is not writable, nothing is cached.
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
    """The cache for the templates in a folder; `options` is the module that configures their environment."""

    def __init__(self, folder: Path, options: Path) -> None:
        self._place = Path(cache_from_source(str(folder / "template"))).parent
        self._compiled_as = f"{version('jinja2')} {code_digest(options).hex()}"
        super().__init__(str(self._place), "%s.jinja")

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Changes if the same text would be compiled differently."""
        return super().get_cache_key(f"{self._compiled_as} {name}", filename)

    def load_bytecode(self, bucket: Bucket) -> None:
        """The cached bytes, unless they cannot be read."""
        with contextlib.suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Save it for the next process."""
        with contextlib.suppress(OSError):
            self._place.mkdir(exist_ok=True)
            super().dump_bytecode(bucket)
