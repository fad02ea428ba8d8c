"""What customers write and say, as counts of phrases. Free text is in this room's memory, and leaves it as counts only.

Belongs here: reading allow-listed text, taking it apart, counting who used which phrase, comparing the counts.
Does not: SQL, tables of the warehouse, and files for people. Nothing here is logged but counts and names of files.
"""
