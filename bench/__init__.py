"""How fast the pipeline is, beside bare DuckDB, dbt-duckdb and SQLMesh running the same models on the same files."""
