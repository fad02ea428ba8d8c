"""The data dictionary: every table and column with meaning, checks and origin, made from the models' own text."""
