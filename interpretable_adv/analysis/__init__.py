"""Looking at what trained networks are sensitive to: perturbations of single texts and of whole splits (sections 6.4
and 6.5).
"""
