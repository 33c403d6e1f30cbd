"""A trained network in one file to give away: a zip archive without compression that needs no corpus.

===================  ==============================================================================================
``MODEL_CARD.md``    what it is, what it reached, what it must not be used for, how it is used
``SHA256SUMS``       digest of every other member, as ``sha256sum --check`` reads them
``bundle.json``      format, corpus, origin, results (:class:`interpretable_adv.bundle.contents.About`)
``config.json``      the run's identity and its whole configuration, also settings that its method does not read
``metrics.json``     the run's results
``vocabulary.json``  words and counts by id, and which of them do not occur in the training split
``weights.npz``      the weights; those in float32 are the run's ``best.npz``, byte for byte
===================  ==============================================================================================

The start weights, the language model, the documents and the predictions of the run are not in it.
"""
