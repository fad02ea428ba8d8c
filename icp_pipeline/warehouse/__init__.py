"""The DuckDB file: build, carry history forward, publish, roll back. Nothing about vendors or statistics here."""
