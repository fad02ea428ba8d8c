"""Bytes of a file -> a table of text with line numbers: encodings, delimiters, Parquet, compression.

Nothing here knows what a column means; that is in `table`. What a single cell means is in `values`.
"""
