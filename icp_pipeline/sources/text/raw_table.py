"""The wanted columns of one file as text, before any of it is interpreted."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa


@dataclass
class RawTable:
    """The wanted columns of a file, by position in its header; `lines` is where each kept record starts.

    `padded` are the lines of kept records that had no cells for their last columns.
    """

    columns: dict[int, pa.Array]
    lines: np.ndarray
    rejected: list[tuple[int, str | None, str]] = field(default_factory=list)
    padded: list[int] = field(default_factory=list)

    @property
    def rows_read(self) -> int:
        """Records seen, kept or not."""
        return len(self.lines) + len(self.rejected)
