"""Column tags -> audit queries -> verdicts; imports Great Expectations, and lazily.

Belongs here: what a tag checks, and how a verdict reads.
Does not: what follows from a verdict: the run decides that.
"""
