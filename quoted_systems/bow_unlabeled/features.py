"""What the support vector machine sees of a document."""

import numpy as np
from scipy import sparse
from sklearn.preprocessing import normalize


def inverse_document_frequencies(counts):
    """log(documents / documents with the word): float (V,); 0 for a word that stands in none.

    Args:
        counts (scipy.sparse.csr_matrix): (documents, V).
    """
    having = np.diff(counts.tocsc().indptr)
    return np.log(counts.shape[0] / np.maximum(having, 1)) * (having > 0)


def features(counts, vectors, idf):
    """The mean of a document's word vectors, weighted by tf-idf, beside its bag of words.

    Both have length 1, but for a document without known words, where all is 0: the mean vector is normalised by its
    length, and of the bag each word that is there counts alike ("bnc": binary, no idf, cosine).

    Args:
        counts (scipy.sparse.csr_matrix): (documents, V).
        vectors (numpy.ndarray): (V, D).
        idf (numpy.ndarray): (V,).

    Returns:
        scipy.sparse.csr_matrix: float64 (documents, D + V).
    """
    means = normalize(counts @ (idf[:, None] * vectors).astype(np.float64))
    bags = normalize((counts > 0).astype(np.float64))
    return sparse.hstack([sparse.csr_matrix(means), bags], format="csr")
