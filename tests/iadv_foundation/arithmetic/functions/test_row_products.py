"""However many rows come, their product is the matrix product, whatever came before."""

import numpy as np
import pytest

from iadv_foundation.arithmetic.functions.row_products import row_products

K, M, MOST = 5, 7, 70


@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-5), (np.float64, 1e-13)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_equals_the_matrix_product_for_every_number_of_rows(dtype, tolerance, order):
    random = np.random.default_rng(0)
    matrix = np.asarray(random.normal(size=(K, M)), dtype, order)
    product = row_products(matrix, MOST)
    for count in random.permutation(np.arange(1, MOST + 1)):
        rows = random.normal(size=(count, K)).astype(dtype)
        result = product(rows)
        assert result.dtype == dtype
        np.testing.assert_allclose(
            result, rows.astype(np.float64) @ matrix.astype(np.float64), rtol=tolerance, atol=tolerance
        )


def test_a_row_that_is_not_finite_spoils_no_other_call():
    matrix = np.random.default_rng(1).normal(size=(K, M)).astype(np.float32)
    product = row_products(matrix, 20)
    product(np.full((20, K), np.nan, np.float32))
    rows = np.ones((5, K), np.float32)
    np.testing.assert_allclose(product(rows), rows @ matrix, rtol=1e-5)


@pytest.mark.parametrize("most", [1, 3, 4, 16, 17, 33])
def test_takes_as_many_rows_as_were_announced(most):
    matrix = np.random.default_rng(2).normal(size=(40, M)).astype(np.float32)
    rows = np.ones((most, 40), np.float32)
    np.testing.assert_allclose(row_products(matrix, most)(rows), rows @ matrix, rtol=1e-5, atol=1e-5)
