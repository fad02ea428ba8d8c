"""Landed files -> lake. The entry point is `lake.land`.

Belongs here: how a file is recognised and read, what a cell means, why a row is rejected.
Does not: SQL models, settings files, scoring of accounts.

Rooms; each may import only those above it:

- `declared`: what `icp.yaml` says about files, passed in by the caller
- `values`: one cell, or one column of cells, -> its normal form
- `words`: free text -> free text without addresses, numbers and names
- `text`: bytes of a file -> a table of text
- `table`: a table of text with a known header -> rows of the lake
- `usage`: product events, which are counted and not kept
- `vendors`: one module per vendor

The modules in this folder take a whole landing folder through these rooms; all rooms use `refusal`.
"""
