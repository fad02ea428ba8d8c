"""The report for people: a self-contained page and the ICP as text. Frames in, bytes out; no warehouse here."""
