"""The report for people: a self-contained page, and the ICP as text. Frames in, bytes out.

Belongs here: sections, charts, and plain words for the keys in the tables.
Does not: a database, or a figure that is in no table.
"""
