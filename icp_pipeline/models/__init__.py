"""SQL text -> model graph, by sqlglot.

Belongs here: parsing, tags, lineage, the rules of `icp check`.
Does not: a database or a clock; the tables that models find ready are in `catalog`.
"""
