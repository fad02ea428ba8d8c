"""A made-up company's exports in the vendors' real formats, with planted truth. Reads nothing of the pipeline."""
