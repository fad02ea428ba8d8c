"""What people write and say in free text: what is removed before anything is stored or counted.

Belongs here: what makes free text safe to hold (addresses, numbers, names).
Does not: which fields hold free text, and what is counted in it.
"""
