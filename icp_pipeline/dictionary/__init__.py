"""The data dictionary: every table and column with meaning, checks and origin.

Belongs here: pages built from the models' own descriptions.
Does not: the descriptions, which are beside the columns, in `sql/` and `catalog/`.
"""
