"""Training and scoring the classifiers."""
