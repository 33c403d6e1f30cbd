"""One training update: clean loss, perturbed loss, one step of the optimiser (Eq. 10 and 16)."""

import chainer
from chainer import training

from interpretable_adv.functions.losses import cross_entropy
from interpretable_adv.links.passes import Pass
from interpretable_adv.training.objectives import LOSSES, Clean
from interpretable_adv.training.order import PermutationIterator


class AdversarialUpdater(training.updaters.StandardUpdater):
    """Chainer updater for every method of Table 3.

    Reports ``loss``, the clean cross-entropy, and for methods with a perturbation ``perturbed_loss``, weighted by
    lambda.  Where the perturbed documents are the labelled ones (AdvT family; VAT family without unlabelled documents)
    also ``perturbed_minus_clean``: by how much their cross-entropy is larger with the perturbation than without,
    without lambda.  Below zero the perturbation makes them easier: the network reads the labels off it.

    Args:
        network (chainer.Chain): see :mod:`interpretable_adv.links`.
        optimizer (chainer.Optimizer): set up for ``network``.
        method (interpretable_adv.methods.Method): the row of Table 3.
        config (interpretable_adv.settings.Config): of the run.
        labelled (interpretable_adv.documents.Documents): training documents.
        pool (interpretable_adv.documents.Documents or None): labelled and unlabelled documents D'; None where there
            are no unlabelled ones.
        vocabulary (data_prep.corpus.Vocabulary): tells the specials.
        seed (int): names everything that is drawn.
    """

    def __init__(self, network, optimizer, method, config, labelled, pool, vocabulary, seed):
        window = config.training.length_window
        iterators = {
            "main": PermutationIterator(
                labelled.lengths, config.training.batch_size, seed, "order of labelled documents", window
            )
        }
        if method.semi_supervised and pool is not None:
            iterators["pool"] = PermutationIterator(
                pool.lengths,
                config.training.unlabeled_batch_size,
                seed,
                "order of labelled and unlabelled documents",
                window,
            )
        super().__init__(iterators, optimizer)
        self.network, self.config, self.labelled, self.pool, self.seed = network, config, labelled, pool, seed
        perturbed_text = pool if "pool" in iterators else labelled
        arguments = (
            network,
            method,
            config,
            vocabulary,
            seed,
            labelled.occurring(len(vocabulary)),
            perturbed_text.occurring(len(vocabulary)),
        )
        self.perturbed = None
        if method.perturbs:
            self.perturbed = LOSSES[method.divergence](*arguments)
        if "pool" in iterators:
            self.perturbed.batches = self._pool_batches()

    def _pool_batches(self):
        while True:
            yield self.pool.batch(next(self.get_iterator("pool")), self.network.xp)

    def update_core(self):
        network, optimizer = self.network, self.get_optimizer("main")
        starts_epoch = self.get_iterator("main").position == 0
        batch = self.labelled.batch(next(self.get_iterator("main")), network.xp)
        matrix = network.embedding.matrix()
        network.cleargrads()

        one = Pass(network, matrix.array, batch, self.config.model.dropout, (self.seed, "labelled", self.iteration, 0))
        words = one.words()
        logits = one.logits(words)
        loss = cross_entropy(logits, batch, self.config.training.average_over)
        loss.backward()
        chainer.report({"loss": loss})
        passes = [one]

        if self.perturbed is not None:
            if starts_epoch:
                self.perturbed.perturber.begin_epoch(matrix.array)
            perturbed = self.perturbed(Clean(one, logits.array, words.grad), matrix.array, self.iteration)
            perturbed.loss.backward()
            chainer.report({"perturbed_loss": perturbed.loss})
            if perturbed.cross_entropy is not None:
                chainer.report({"perturbed_minus_clean": perturbed.cross_entropy - loss.array})
            if perturbed.one is not one:
                passes.append(perturbed.one)

        if self.config.training.train_embeddings:
            network.embedding.backward(matrix, [each.gradient() for each in passes])
        optimizer.update()

    def serialize(self, serializer):
        super().serialize(serializer)
        if self.perturbed is not None:
            self.perturbed.perturber.serialize(serializer["perturbed"])
