"""How fast the pipeline is, compared with bare DuckDB, dbt-duckdb and SQLMesh on the same models and files."""
