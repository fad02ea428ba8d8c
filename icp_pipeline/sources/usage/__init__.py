"""Product events: which count, for whom, on which day, and which stand in several files.

They are counted a part at a time and not kept. The files of the tools that record them are in `vendors`.
"""
