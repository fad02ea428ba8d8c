"""A table of text with a known header -> rows of the lake: recognition, normal forms, derived columns, counts.

What several vendors share is here; what is special to one vendor is in `vendors`, how a cell is read in `values`.
"""
