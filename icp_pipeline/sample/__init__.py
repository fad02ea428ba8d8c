"""A made-up company, written as the vendors' own export files, with a known truth planted in it.

Belongs here: what is true of that company, and how each vendor writes it down.
Does not: anything that reads files; this room imports no other, so that a fault cannot cancel itself out.
"""
