"""One run of the pipeline, from the lock to the published version; used by `orchestration` and the dry run.

Belongs here: stages in order, guards, row counts, ICP versions: whatever joins several of the other rooms.
Does not: Dagster, and what only one room needs.
"""
