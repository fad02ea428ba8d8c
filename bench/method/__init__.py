"""`make bench-method`: what the method finds, and what it invents, in simulated companies whose truth is known."""
