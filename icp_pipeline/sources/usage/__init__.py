"""Product events: which count, for which account, on which day, and which are in several files.

They are counted in parts and not kept. The file formats of the tools that record them are in `vendors`.
"""
