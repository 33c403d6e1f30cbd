"""Packing is a permutation that puts each word where the definition says."""

import numpy as np
import pytest
from hypothesis import given, strategies

from iadv_foundation.arithmetic.packing import Layout


def test_example_of_the_module():
    layout = Layout.of([3, 1, 2])
    letters = np.array(list("abcdef"))
    assert "".join(letters[layout.take]) == "aedbfc"
    assert layout.batch_sizes.tolist() == [3, 2, 1]
    assert layout.order.tolist() == [0, 2, 1]
    assert "".join(letters[layout.take][layout.last]) == "cfd"


@given(strategies.lists(strategies.integers(1, 9), min_size=1, max_size=8))
def test_every_word_is_where_its_sequence_and_step_say(lengths):
    layout = Layout.of(lengths)
    sequences = [[(index, step) for step in range(length)] for index, length in enumerate(lengths)]
    words = np.array([word for sequence in sequences for word in sequence])
    packed = words[layout.take]
    np.testing.assert_array_equal(packed[:, 0], layout.order[layout.sentence])
    np.testing.assert_array_equal(packed[:, 1], layout.step)
    np.testing.assert_array_equal(layout.unpack(packed), words)
    np.testing.assert_array_equal(packed[layout.last, 1], layout.lengths - 1)
    assert layout.batch_sizes.sum() == len(words) and (np.diff(layout.batch_sizes) <= 0).all()


@pytest.mark.parametrize("lengths", [[], [2, 0, 1]])
def test_nothing_to_pack_is_an_error(lengths):
    with pytest.raises(ValueError, match="empty"):
        Layout.of(lengths)
