"""The data dictionary: every table and column with meaning, checks and origin.

Belongs here: pages made from the models' own text.
Does not: meanings: these stand beside the columns, in `sql/` and `models/meanings.py`.
"""
