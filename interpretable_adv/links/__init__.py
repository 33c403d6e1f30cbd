"""The paper's networks (Figure 2)."""
from interpretable_adv.links.networks import SequenceTagger, TextClassifier, build_network

__all__ = ["SequenceTagger", "TextClassifier", "build_network"]
