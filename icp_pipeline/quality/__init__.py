"""Column tags -> audit queries -> verdicts. The only room that imports Great Expectations, and lazily."""
