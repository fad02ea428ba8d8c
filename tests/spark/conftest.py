"""What every test in this folder needs first."""

from __future__ import annotations

import pytest
from spark_engine import spark_or_skip


@pytest.fixture(scope="session")
def needs_spark() -> None:
    """Runs before fixtures that take long."""
    spark_or_skip()
