"""The perturbation of one document by the formulas of each recipe, with Chainer's derivative through alpha."""

import dataclasses
from collections.abc import Callable

import chainer
import chainer.functions as F
import numpy as np


@dataclasses.dataclass
class Situation:
    """What the perturbation of one document of T words is made from.

    Attributes:
        method (interpretable_adv.methods.Method)
        divergence: from the perturbation, chainer.Variable (T, D), to what it is to increase, a scalar: this document's
            part of the mean over the batch.
        directions: float (T, K, D); None in the free space.
        perturbable: float (T,), 0 at words that stay as they are.
        start, choice: what is drawn: (T, D) or (T, K) of N(0, 1) where the power iteration starts; the random direction
            (T, D) or the numbers (T,) of the neighbours.
        epsilon, xi (float): lengths.
        scope, xi_scope (str): what has them, ``"sentence"`` or ``"word"``; of recipe ``paper``.
        power_iterations (int)
        settings: the perturbation's, for a choice's own numbers.
    """

    method: object
    divergence: Callable
    directions: np.ndarray | None
    perturbable: np.ndarray
    start: np.ndarray
    choice: np.ndarray
    epsilon: float
    xi: float
    scope: str
    xi_scope: str
    power_iterations: int
    settings: object

    def sum_of_directions(self, alpha):
        """Eq. 12; in the free space the coordinates are the perturbation."""
        if self.directions is None:
            return alpha
        return F.sum(F.broadcast_to(alpha[:, :, None], self.directions.shape) * self.directions, axis=1)

    def slope(self, perturbation, at):
        """The derivative of the divergence by coordinates, through ``perturbation`` of them, at an array ``at``."""
        at = chainer.Variable(np.array(at, np.float64))
        (slope,) = chainer.grad([self.divergence(perturbation(at))], [at])
        return slope.array * self.perturbable[:, None]

    def chosen(self, slope):
        """Coordinates of any length; ``slope`` () gives the derivative."""
        if self.method.choice == "random":
            return self.choice * self.perturbable[:, None]
        if self.method.choice == "gradient":
            return slope()
        one_hot = np.zeros(self.directions.shape[:2])
        if self.method.choice == "rand":
            one_hot[np.arange(len(one_hot)), self.choice] = self.perturbable
        else:
            for word, slopes in enumerate(slope()):
                usable = [k for k in range(len(slopes)) if slopes[k] != 0 and self.directions[word, k].any()]
                if usable:
                    one_hot[word, max(usable, key=lambda k: slopes[k])] = 1
        if self.method.choice == "sparse":
            steepest = (one_hot * slope()).sum(axis=1)
            for word in sorted(range(len(one_hot)), key=lambda word: -steepest[word])[self.settings.sparse_words :]:
                one_hot[word] = 0
        return one_hot

    def climbed(self, slope, step, project):
        """Coordinates after projected steps (Madry et al. 2018).

        Args:
            slope (callable): the derivative where the search starts.
            step (callable): from a slope and a length to a step of it.
            project (callable): from coordinates to those in the ball.
        """
        length = self.settings.pgd_step_size * self.epsilon
        at = project(step(slope(), length))
        for _ in range(self.settings.pgd_steps - 1):
            at = project(at + step(self.slope(self.sum_of_directions, at), length))
        return at


def unit(vectors, scope):
    """``vectors`` as one vector of length 1 (scope ``"sentence"``), or each as one (``"word"``); zero stays zero."""
    length = np.linalg.norm(vectors, axis=None if scope == "sentence" else 1, keepdims=True)
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)


def paper(situation):
    """r (T, D): Eq. 9 and 20 (free), 14, 17 and 21 (directions)."""
    this = situation

    def slope():
        start = this.start * this.perturbable[:, None] if this.method.divergence == "kl" else np.zeros_like(this.start)
        for _ in range(this.power_iterations):
            start = this.slope(this.sum_of_directions, this.xi * unit(start, this.xi_scope))
        return start

    def project(coordinates):
        axis = None if this.scope == "sentence" else 1
        return coordinates * np.minimum(
            1, this.epsilon / np.maximum(np.linalg.norm(coordinates, axis=axis, keepdims=True), 1e-300)
        )

    if this.method.choice == "pgd":
        coordinates = this.climbed(slope, lambda slope, length: length * unit(slope, this.scope), project)
    else:
        coordinates = this.epsilon * unit(this.chosen(slope), this.scope)
    return this.sum_of_directions(chainer.Variable(coordinates)).array


def released_unit(vectors, axis=None):
    """The released normalisation, chainer.Variable: d / sqrt(1e-6 + |d|^2)."""
    return vectors / F.broadcast_to(F.sqrt(1e-6 + F.sum(vectors * vectors, axis=axis, keepdims=True)), vectors.shape)


def authors(situation):
    """r (T, D) as the released code makes it.

    In the free space it takes the gradient at r = 0 (AdvT), or at a random vector of length 1 a word (VAT).  In that of
    directions r is a function of alpha with two normalisations, alpha's over a word's directions and r's over the word,
    and the gradient goes through both: at alpha = 0 (iAdvT), where the first one is not differentiable and left out, or
    at alpha = 1 / K (iVAT).  Where alpha leads is then normalised over the sentence.
    """
    this, kl = situation, situation.method.divergence == "kl"

    def word(alpha):
        return this.xi * released_unit(this.sum_of_directions(alpha), axis=1)

    def slope():
        if this.directions is None:
            start = this.xi * released_unit(chainer.Variable(this.start), axis=1).array
            return this.slope(lambda r: r, start if kl else np.zeros_like(start))
        if kl:
            uniform = np.full_like(this.start, 1 / this.start.shape[1])
            return this.slope(lambda alpha: word(F.normalize(alpha, axis=1)), uniform)
        return this.slope(word, np.zeros_like(this.start))

    def step(slope, length):
        alpha = slope if this.directions is None else F.normalize(chainer.Variable(slope), axis=1).array
        r = this.sum_of_directions(chainer.Variable(alpha)).array
        return alpha * length / np.sqrt(1e-6 + (r * r).sum())

    def project(alpha):
        r = this.sum_of_directions(chainer.Variable(alpha)).array
        return alpha * min(1, this.epsilon / np.linalg.norm(r))

    if this.method.choice == "pgd":
        return this.sum_of_directions(chainer.Variable(this.climbed(slope, step, project))).array
    alpha = chainer.Variable(np.array(this.chosen(slope), np.float64))
    r = alpha if this.directions is None else this.sum_of_directions(F.normalize(alpha, axis=1))
    return this.epsilon * released_unit(r).array


def authors_length(difference):
    """What the released code divides w_k - w by: not quite its length."""
    return np.sqrt(1e-6 + difference @ difference)


RECIPES = {"paper": paper, "authors": authors}
#: What w_k - w is divided by (Eq. 11).
LENGTHS = {"paper": np.linalg.norm, "authors": authors_length}
