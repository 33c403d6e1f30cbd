"""A campaign of faults: commands killed at each write, disks that fill up, bits that flip.

``python -m tests.faults`` prints how each kind ended:

========== =====================================================================================================
survived   the repeated command ended with the same bytes as one that was never disturbed
detected   a command refused what it read, or left it out and said so
harmless   everything that is shown is what it was
silent     something else is shown, and nothing is said: a fault of the product
traceback  a command ended with a traceback: a fault of the product
========== =====================================================================================================
"""
