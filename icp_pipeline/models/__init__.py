"""SQL text -> model graph, by sqlglot.

Belongs here: parsing, tags, lineage, the rules of `icp check`, the tables that models find ready.
Does not: a database or a clock.
"""
