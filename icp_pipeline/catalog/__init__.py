"""What the tables hold that no model makes: `lake`, `settings` and `history`.

Belongs here: their columns, types and meanings, what a file or a row must have, how records merge.
Does not: how a file is read (`sources`), how settings and runs fill a table, what models make (`sql/`).

The tables stand in text files, lake tables in any file under `lake/`:

    ticket -- One row per support ticket; its text is not read.
        #headers[id] #cells[id] #identity[id] #modified[modified_at]
        id:id domain:domain status created_at:datetime amount:money(currency) currency:currency
        priority -- A column with a meaning of its own; else `words.txt` says what a name means everywhere.

Types in `lake` are those of cells (`sources/values/by_type.py`; `text` where none is named, and everything but `bigint`
and `day` is text for the models), elsewhere those of DuckDB (`varchar` where none is named). Tags are the fields of
`kinds.Kind`.
"""
