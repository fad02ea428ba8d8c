"""The tables that no model builds: `lake`, `settings` and `history`.

Belongs here: their columns, types and meanings, required columns and cells, how records merge.
Does not: how a file is read (`sources`), how settings and runs fill a table, what models build (`sql/`).

The tables are in text files, lake tables in any file under `lake/`:

    ticket -- One row per support ticket; its text is not read.
        #headers[id] #cells[id] #identity[id] #modified[modified_at]
        id:id domain:domain status created_at:datetime amount:money(currency) currency:currency
        priority -- A column with a meaning of its own; else `words.txt` says what a name means everywhere.

Types in `lake` are those of cells (`sources/values/by_type.py`; the default is `text`, and everything but `bigint`
and `day` is text for the models), elsewhere those of DuckDB (the default is `varchar`). Tags are the fields of
`kinds.Kind`.
"""
