"""A user's own model on a GPU: its perturbations and what they say are those on the CPU."""

import chainer
import chainer.functions as F
import chainer.links as L
import numpy as np
import pytest
from chainer.backends import cuda

from interpretable_adv import perturb

WORDS, D = 30, 6
PADDED = np.array([[4, 7, 2, -1, -1], [9, -1, -1, -1, -1], [3, 13, 11, 8, 5]], np.int32)
LISTED = [row[row >= 0] for row in PADDED]


class Model(chainer.Chain):
    """Labels each text, or each word of a padded batch."""

    def __init__(self):
        super().__init__()
        np.random.seed(0)
        with self.init_scope():
            self.embed, self.inner, self.output = L.EmbedID(WORDS, D, ignore_label=-1), L.Linear(D, 8), L.Linear(8, 3)

    def of_texts(self, texts):
        return self.output(F.stack([F.average(F.tanh(self.inner(text)), axis=0) for text in texts]))

    def of_words(self, words):
        rows = self.output(F.tanh(self.inner(F.reshape(words, (-1, D)))))
        return F.reshape(rows, (*words.shape[:2], 3))


@pytest.mark.gpu
@pytest.mark.parametrize("method", ["advt", "iadvt", "vat", "ivat", "iadvt-sparse"])
@pytest.mark.parametrize("padded", [False, True])
def test_perturbations_are_those_of_the_cpu(cupy, method, padded):
    labels = np.where(PADDED < 0, -1, PADDED % 3) if padded else np.array([0, 2, 1])
    found = []
    for xp in (np, cupy):
        model = Model()
        if xp is cupy:
            model.to_device("@cupy:0")
        words, own = (PADDED, model.of_words) if padded else (LISTED, model.of_texts)
        made = perturb(own, model.embed, words, labels, method=method, epsilon=2.0, seed=1, fixed=[5])
        parts = [made.r, made.targets, *([made.alpha, made.neighbours] if made.alpha is not None else [])]
        assert xp is np or all(isinstance(each, cupy.ndarray) for each in ([made.r] if padded else made.r))
        found.append([np.concatenate([cuda.to_cpu(each) for each in part]) for part in parts])
        found[-1].append(np.array([[word["strength"] for word in made.explain(["w"] * WORDS)[2].words]]))
    for ours, expected in zip(*found, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-3, atol=1e-5)
