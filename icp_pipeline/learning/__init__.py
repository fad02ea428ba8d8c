"""Fits the evidence's weights (numpy, scikit-learn). Plain frames in, plain frames out; no database here."""
