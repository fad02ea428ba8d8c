"""Models built on Spark, from Parquet to Parquet: DuckDB hands over what they read, and takes in what they make.

Belongs here: what Spark needs, which models it builds, its sessions, and how its failures are named.
Does not: what a SELECT means on Spark (`models.portable`), and where tables lie (`warehouse`).
"""
