"""A look at what the paper is about, in a minute: two small networks that travel with the code explain a sentence side
by side.

``advt.zip`` and ``iadvt.zip`` are model bundles (:mod:`interpretable_adv.bundle`) of the quick runs of AdvT-Text and
iAdvT-Text on ``sample-sec``, seed 0; each holds a card that says how it was made and what it must not be used for.
"""

from pathlib import Path

MODELS = {"advt": Path(__file__).parent / "advt.zip", "iadvt": Path(__file__).parent / "iadvt.zip"}
#: Explained where the user gives none; written for this, in no corpus.
SENTENCE = "A moving and very funny film , with a dull and predictable end ."
