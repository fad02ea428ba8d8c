"""What customers write and say, as counts of phrases. Free text stays in this room's memory.

Only counts leave it, and for the next run, which account used which phrase that at least five accounts used.

Belongs here: reading allow-listed text, splitting it, counting who used which phrase, comparing the counts.
Does not: SQL, tables of the warehouse, and files for people. Only counts and file names are logged.
"""
