"""Outside file -> lake: one module per vendor, and the reader they share. No Dagster, no SQL models."""
