"""What every test of this folder asks first."""

from __future__ import annotations

import pytest
from spark_engine import spark_or_skip


@pytest.fixture(scope="session")
def needs_spark() -> None:
    """Comes before whatever takes long to make."""
    spark_or_skip()
