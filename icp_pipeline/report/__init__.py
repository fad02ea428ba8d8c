"""The report for people: a self-contained page, and the ICP as text. Frames in, bytes out.

Belongs here: sections, drawings, and the plain words for what the tables call by key.
Does not: a database, or a figure that no table holds.
"""
