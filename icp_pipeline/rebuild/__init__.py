"""Which tables a run rebuilds, how much of each, and why.

A table has a *fingerprint* (its SQL, the engine's version, the content of all that it reads) and a *content hash* (what
came out). With an equal fingerprint the table of the version before is kept. A model tagged `#by[column]` is rebuilt
for the partitions that changed only. Every decision carries its reason.

Belongs here: what decides whether a table is built, and builds it.
Does not: publishing, judging, the order of stages.
"""
