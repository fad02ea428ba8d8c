"""The only room that imports Dagster: assets, checks, jobs, schedules, sensors. Thin: the work is elsewhere."""
