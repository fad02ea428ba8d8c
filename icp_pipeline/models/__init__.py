"""SQL text -> model graph, by sqlglot only. No database and no clock here."""
