"""Tiers -> files that leave the house: import files, lists, manifest; the way in is `README.md`.

Belongs here: export targets, how each CRM wants its file, what a CRM answered, the export folder.
Does not: which tier an account has (`sql/icp`), and which rows leave (`sql/exports`).
"""
