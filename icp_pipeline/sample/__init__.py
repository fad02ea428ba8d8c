"""A made-up company, told as the vendors' own export files, with what was planted in it.

Belongs here: what is true of that company, and how each vendor writes it down.
Does not: anything that reads files; this room imports no other, so that a fault cannot cancel itself out.
"""
