"""The published sample company, built once and shared with the other folders."""

from orchestration.published_homes import first_run, sample_home

__all__ = ["first_run", "sample_home"]
