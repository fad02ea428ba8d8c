"""What people write and say in free text: what is dropped from it before anybody stores or counts anything.

Belongs here: what makes free text safe to hold (addresses, numbers, names). Does not: which fields hold free text, and
what is counted in it.
"""
