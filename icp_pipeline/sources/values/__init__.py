"""One cell, or one column of cells, -> its normal form, by type; unusable ones are rejected with a reason.

Pure functions of text. Files, headers and other columns of the row are unknown here: that is `table`.
"""
