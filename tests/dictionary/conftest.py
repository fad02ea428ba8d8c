"""Published homes for these tests; they are built once and shared with the other folders."""

from orchestration.published_homes import *  # noqa: F403
