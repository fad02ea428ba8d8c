"""What `icp.yaml` may say, its defaults, and the tables that SQL models read it from. No database here."""
