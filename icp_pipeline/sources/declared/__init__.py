"""What `icp.yaml` says about files: which are mapped, how text, cells and events are to be understood.

Values only, made by the caller. Nothing here opens a file, and nothing here knows a vendor.
"""
