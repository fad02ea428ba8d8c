"""Published homes for these tests, built once and shared with the other folders."""

from orchestration.published_homes import *  # noqa: F403
