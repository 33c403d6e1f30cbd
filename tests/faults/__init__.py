"""A campaign of faults: commands killed at each change to the disk and inside writes, disks that fill up, bits that
flip.

``python -m tests.faults`` writes down how each kind ended; ``tests/faults.md`` has what it wrote last.

========== =====================================================================================================
survived   the repeated command ended with the same bytes as one that was never disturbed
detected   a command refused what it read, or left it out and said so
marked     something else is shown, and that a run has no seal, so that nobody could have told
harmless   everything that is shown is what it was
silent     something else is shown, and nothing is said: a fault of the product
traceback  a command ended with a traceback: a fault of the product
========== =====================================================================================================
"""
