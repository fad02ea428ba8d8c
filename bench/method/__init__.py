"""`make bench-method`: what the method finds, and what it makes up, in made-up companies whose truth is known."""
