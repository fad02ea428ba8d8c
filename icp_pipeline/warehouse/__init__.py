"""The DuckDB file: built, carried forward, published, rolled back.

Belongs here: files, locks, links, and errors of the disk and of DuckDB in words.
Does not: what the tables hold, and which are rebuilt.
"""
