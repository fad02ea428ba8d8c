"""Models built on Spark, from Parquet to Parquet: DuckDB passes their inputs, and takes in their results.

Belongs here: what Spark needs, which models it builds, its sessions, and how its errors are named.
Does not: what a SELECT means on Spark (`models.portable`), and where tables are stored (`warehouse`).
"""
