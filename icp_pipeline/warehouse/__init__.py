"""The DuckDB file: built, carried forward, published, rolled back.

Belongs here: files, locks, links, and how a refusal of the disk or of DuckDB is named.
Does not: what the tables hold, and which are rebuilt.
"""
