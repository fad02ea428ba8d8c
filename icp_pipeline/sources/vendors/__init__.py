"""One module per vendor: its files' headers, and what it writes in a way of its own.

Rules that two vendors share belong into `table`. Vendors do not import each other.
"""
