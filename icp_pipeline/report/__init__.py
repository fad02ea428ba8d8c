"""The report for people: one self-contained page and the one-page ICP as text. Frames in, bytes out; no warehouse here."""
