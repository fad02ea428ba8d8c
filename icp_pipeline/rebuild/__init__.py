"""Which tables a run rebuilds, how much of each, and why. It decides and builds; it does not publish or know Dagster.

A table has a *fingerprint* (its SQL, the engine's version, the content of all that it reads) and a *content hash* (what
came out). Equal fingerprint: unchanged, the table of the version before stands. A model tagged `#by[column]` is rebuilt
for the partitions that changed only. Every decision carries its reason.
"""
