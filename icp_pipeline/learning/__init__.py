"""Fits the weights of the evidence (numpy, scikit-learn) and proves them on later deals.

Belongs here: statistics on plain frames: frames in, frames out.
Does not: SQL, files, and which version goes live.
"""
