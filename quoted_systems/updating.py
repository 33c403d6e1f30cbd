"""An update by one loss of some documents."""

import chainer
import numpy as np
from chainer import training


class DocumentUpdater(training.updaters.StandardUpdater):
    """Draws documents, and makes one step against the gradient of their loss.

    Args:
        iterator (interpretable_adv.training.order.PermutationIterator)
        optimizer (chainer.Optimizer): set up with the model.
        documents: that :meth:`loss` takes batches from.
        settings (iadv_foundation.console.configuration.Section): of this training.
        seed (int): of what :meth:`loss` draws.
    """

    def __init__(self, iterator, optimizer, documents, settings, seed):
        super().__init__(iterator, optimizer)
        self.documents, self.settings, self.seed = documents, settings, seed

    def loss(self, model, indices):
        """The loss (chainer.Variable, scalar) of the documents with these numbers, int (B,), by a chainer.Link."""
        raise NotImplementedError

    def update_core(self):
        optimizer, indices = self.get_optimizer("main"), next(self.get_iterator("main"))
        model = optimizer.target
        model.cleargrads()
        with np.errstate(over="ignore", invalid="ignore"):  # the training loop tells of divergence, in one line
            loss = self.loss(model, indices)
            loss.backward()
            optimizer.update()
        chainer.report({"loss": self.reported(loss)})

    @staticmethod
    def reported(loss):
        """What the log adds up over an epoch."""
        return loss
