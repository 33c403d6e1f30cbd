"""Word vectors that know of meaning and sentiment, and a bag of words (Maas et al. 2011: "Full + Unlabeled + BoW")."""
