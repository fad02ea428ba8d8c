"""Remarks on a file that was read: not what was rejected, which is reported line by line."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from icp_pipeline.catalog.kinds import KINDS


@dataclass
class FileNotes:
    """Findings about one file, by warning code: the number of lines, and the first of them."""

    found: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, code: str, lines: list[int]) -> None:
        """Add these lines to a finding."""
        if lines:
            self.count(code, len(lines), min(lines))

    def count(self, code: str, lines: int, first: int) -> None:
        """Add so many lines to a finding, of which this is the first."""
        before, earliest = self.found.get(code, (0, first))
        self.found[code] = (before + lines, min(earliest, first))

    def table(self, path: str) -> pa.Table:
        """`lake.file_note` rows."""
        rows = [
            {"path": path, "code": code, "lines": lines, "first_line": first}
            for code, (lines, first) in sorted(self.found.items())
        ]
        return pa.Table.from_pylist(rows, schema=KINDS["file_note"].schema)
