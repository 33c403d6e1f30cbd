"""The report: one self-contained HTML page with tables, learning curves, perturbations to look at, and where each
number comes from.  It opens from a file, without a network.
"""
