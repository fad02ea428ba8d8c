"""One run of the pipeline from the lock to the published version: stages in order, guards, row counts, ICP versions.

It joins the other rooms (sources, models, rebuild, quality, learning, activation, report, warehouse), without Dagster:
`orchestration` and the dry run call it alike. What belongs to one room alone is written there, not here.
"""
