"""The only room that imports Dagster: assets, checks, jobs, schedules, sensors.

Belongs here: how a run looks in Dagster.
Does not: what a run does; that is in `run/`, which works without Dagster.
"""
