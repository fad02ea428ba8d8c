"""A table of text whose header is known -> rows of the lake: recognition, normal forms, derived columns, counts.

What several vendors share is here; what one vendor alone does is in `vendors`, how a cell is read in `values`.
"""
