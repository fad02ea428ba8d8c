"""What a run does with one table, and why, in the words that people read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from icp_pipeline.names import listed

UNCHANGED, PARTITIONS, REBUILT = "unchanged", "partitions", "rebuilt"


@dataclass(frozen=True)
class Reasons:
    """What differs between a table's last build and now: its SQL, the engine, or inputs by name."""

    sql_changed: bool
    engine_before: str | None
    inputs: Sequence[str]

    def __str__(self) -> str:
        parts = ["SQL changed"] if self.sql_changed else []
        if self.engine_before is not None:
            name = "DuckDB " if self.engine_before[:1].isdigit() else ""
            parts.append(f"engine changed (was {name}{self.engine_before})")
        settings = [name for name in self.inputs if name.startswith("settings.")]
        others = [name for name in self.inputs if name not in settings]
        if others:
            parts.append(f"inputs changed: {listed(others)}")
        if settings:
            parts.append(f"settings changed: {listed(settings)}")
        return "; ".join(parts)


@dataclass(frozen=True)
class Decision:
    """`action` is unchanged, partitions (only these, as text) or rebuilt (the whole table)."""

    action: str
    reason: str
    partitions: frozenset[str] | None = None

    @classmethod
    def unchanged(cls) -> Decision:
        """Keep the table of the version before."""
        return cls(UNCHANGED, "unchanged")

    @classmethod
    def whole(cls, reason: str) -> Decision:
        """Rebuild the whole table."""
        return cls(REBUILT, reason)

    @classmethod
    def of_partitions(cls, partitions: frozenset[str], known: int, column: str, reasons: Reasons) -> Decision:
        """Rebuild these partitions, of `known` many."""
        return cls(PARTITIONS, f"{len(partitions):,} of {known:,} partitions by {column}; {reasons}", partitions)


def counted(decisions: Iterable[Decision]) -> str:
    """`23 tables: 2 rebuilt, 1 in part, 20 unchanged`."""
    counts = Counter(decision.action for decision in decisions)
    words = {REBUILT: "rebuilt", PARTITIONS: "in part", UNCHANGED: "unchanged"}
    total = sum(counts.values())
    listed = ", ".join(f"{counts[action]} {word}" for action, word in words.items() if counts[action])
    return f"{total} table{'' if total == 1 else 's'}: {listed or 'none selected'}"
