"""What `icp.yaml` may say, its defaults, and the tables in which SQL models read it.

Belongs here: keys, their checks, the names that people give to things (CRM fields, ICP filters).
Does not: a database, or what is done with a setting.
"""
