"""What `icp.yaml` says about files: which are mapped, and how text, cells and events are read.

Only values, made by the caller. Nothing here opens a file or knows a vendor.
"""
