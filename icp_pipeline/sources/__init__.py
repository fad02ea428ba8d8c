"""Outside file -> lake. `lake.land` is the door.

Belongs here: how a file is recognised and read, what a cell means, why a row is rejected.
Does not: SQL models, settings files, judgement of accounts.

Rooms, each of which may import those above it only:

- `declared`: what `icp.yaml` says about files, handed in by the caller
- `values`: one cell, or one column of cells, -> its normal form
- `words`: free text -> free text without addresses, numbers and names
- `text`: bytes of a file -> a table of text
- `table`: a table of text whose header is known -> rows of the lake
- `usage`: product events, which are counted and not kept
- `vendors`: one module per vendor

Here stand the modules that lead a whole landing folder through them, and `refusal`, which all rooms use.
"""
