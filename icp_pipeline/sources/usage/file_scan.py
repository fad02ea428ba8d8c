"""Files of the lake as something to select from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from icp_pipeline.names import literal


def scan_of(files: Sequence[Path]) -> str:
    """Parquet files as something to select from; `file_index` is a file's place in the list."""
    return f"read_parquet([{', '.join(literal(glob_literal(path)) for path in files)}], hive_partitioning = false)"


def glob_literal(path: Path) -> str:
    """A path that DuckDB, which takes every file name for a pattern, reads as itself."""
    return re.sub(r"([*?\[])", r"[\1]", str(path))
