"""One contrast for each column: do perturbations that follow the gradient help, over all such rows together?"""

import dataclasses

from .analysed import COMPARED
from .differences import Difference, Spread
from .intervals import CONFIDENCE

ADVERSARIAL = COMPARED
CONTROLS = ("baseline", "random")


@dataclasses.dataclass(frozen=True)
class Contrast:
    """Mean of the adversarial rows minus mean of the controls.

    Attributes:
        weights (dict of str to float): of each method.
        ours (results.differences.Difference): with the interval of test documents and seeds.
        published (results.differences.Difference or None): with the interval of one run a row, by our variance between
            seeds; None where nothing is published.
        apart (results.differences.Difference or None): ours minus published; None where the two cannot be compared.
    """

    weights: dict
    ours: Difference
    published: Difference | None
    apart: Difference | None

    @property
    def differ(self):
        """Whether ours and the published one differ by more than seeds (and other test documents) explain."""
        return self.apart.p < 1 - CONFIDENCE


def weights_of(methods):
    """The weights of the contrast (dict of str to float) among the rows of a table; empty without one of either kind.

    Args:
        methods (iterable of str or None): of the rows.
    """
    there = set(methods)
    sides = [(1, [name for name in ADVERSARIAL if name in there]), (-1, [name for name in CONTROLS if name in there])]
    if not all(names for _, names in sides):
        return {}
    return {name: sign / len(names) for sign, names in sides for name in names}


def find_contrast(published, column, comparable, documents=None):
    """Work the contrast out for one column.

    Args:
        published (dict of str to decimal.Decimal): method -> published number; empty for a corpus that the paper does
            not have, where the rows of the contrast are those that have runs.
        column (results.significance.Column)
        comparable (bool): whether the numbers are of the paper's data and sizes.
        documents (int or None): in the paper's test set, where that is another sample than ours.

    Returns:
        Contrast, or None where the table has no such rows, or one of them does not have two seeds on the same
        documents.
    """
    weights = weights_of(published or column.numbers)
    ours = column.difference(weights) if weights else None
    if ours is None:
        return None
    if not published:
        return Contrast(weights, ours, None, None)
    of_single = sum(weight**2 for weight in weights.values())
    of_means = sum(weight**2 / column.numbers[method] for method, weight in weights.items())
    value = float(sum(weight * float(published[method]) for method, weight in weights.items()))
    theirs = Spread.of(0.0, of_single, column.seeds).around(value)
    if not comparable:
        return Contrast(weights, ours, theirs, None)
    sampling = sampling_of_both(column.sample_of(weights), weights, documents) if documents else 0.0
    apart = Spread.of(sampling, of_single + of_means, column.seeds).around(ours.difference - value)
    return Contrast(weights, ours, theirs, apart)


def sampling_of_both(sample, weights, documents):
    """Variance that two different test sets add to ours minus published, in percent squared (float).

    Args:
        sample (results.sampling.Sample): ours.
        weights (dict of str to float): of each method.
        documents (int): in the published number's test set; its variance is that of one run of ours on as many.
    """
    return sample.variance(weights) + sample.variance_of_single_runs(weights) * sample.documents / documents
