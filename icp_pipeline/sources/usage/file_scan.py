"""Files of the lake as SQL sources."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from icp_pipeline.names import literal


def scan_of(files: Sequence[Path]) -> str:
    """Parquet files as a SQL source; `file_index` is a file's position in the list."""
    return f"read_parquet([{', '.join(literal(glob_literal(path)) for path in files)}], hive_partitioning = false)"


def glob_literal(path: Path) -> str:
    """A path escaped for DuckDB, which treats every file name as a pattern."""
    return re.sub(r"([*?\[])", r"[\1]", str(path))
