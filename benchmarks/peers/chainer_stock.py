"""The LSTM and the language model on stock Chainer links, written plainly."""

import itertools

import chainer
import chainer.functions as F
import chainer.links as L
import numpy as np

from benchmarks.devices import CPU, as_numpy

#: Where our gates i, f, o, g stand among the gates i, f, g, o of NStepLSTM.
GATES = 0, 1, 3, 2


def copy_lstm(link, w_x, w_h, b):
    """Put our weights (D, 4H), (H, 4H) and (4H,) into one layer of an NStepLSTM."""
    hidden = len(w_h)
    for position, gate in enumerate(GATES):
        columns = slice(gate * hidden, (gate + 1) * hidden)
        getattr(link, f"w{position}").array[...] = w_x[:, columns].T
        getattr(link, f"w{position + 4}").array[...] = w_h[:, columns].T
        getattr(link, f"b{position}").array[...] = b[columns]
        getattr(link, f"b{position + 4}").array[...] = 0


def ours_of_lstm(link, attribute):
    """Arrays or gradients (``attribute``: ``"array"``, ``"grad"``) of one layer of an NStepLSTM in our order (w_x, w_h,
    b).
    """

    def gates(kind, offset):
        return [as_numpy(getattr(getattr(link, f"{kind}{position + offset}"), attribute)).T for position in GATES]

    return (
        np.concatenate(gates("w", 0), axis=1),
        np.concatenate(gates("w", 4), axis=1),
        np.concatenate(gates("b", 0)) + (np.concatenate(gates("b", 4)) if attribute == "array" else 0),
    )


class StockLSTM:
    """:class:`chainer.links.NStepLSTM` over the sequences as a list.

    Args:
        problem (benchmarks.lstm.Problem)
        steps_at_once (int or None): run forward and backward over this many steps before the next ones, because a pass
            over all of them (None) takes too much memory.  Each step costs the same, but no gradient flows from one
            part to the part before.
        device (benchmarks.devices.Cpu)
    """

    def __init__(self, problem, steps_at_once=None, device=CPU):
        self.layout, self.device = problem.layout, device
        self.lstm = L.NStepLSTM(1, len(problem.w_x), len(problem.w_h), 0.0)
        copy_lstm(self.lstm[0], problem.w_x, problem.w_h, problem.b)
        self.lstm.to_device(device.chainer)
        steps = len(self.layout.batch_sizes)
        starts = range(0, steps, steps_at_once or steps)
        ends = [*starts[1:], steps]
        self.parts = [
            (self._part(problem.x, *bounds), self._part(problem.grad_h, *bounds))
            for bounds in zip(starts, ends, strict=True)
        ]

    def _part(self, packed, start, end):
        """The steps from ``start`` to ``end`` as a list of variables, longest sequence first,
        without those already over.
        """
        parts = [
            packed[(self.layout.sentence == sequence) & (self.layout.step >= start)][: end - start]
            for sequence in np.flatnonzero(self.layout.lengths > start)
        ]
        return [chainer.Variable(self.device.send(part)) for part in parts]

    def __call__(self):
        self.lstm.cleargrads()
        state = None, None
        outputs = []
        for sequences, gradients in self.parts:
            for sequence in sequences:
                sequence.cleargrad()
            if outputs:
                state = [array[:, : len(sequences)] for array in state]
            h, c, some = self.lstm(*state, sequences)
            chainer.backward(some, gradients)
            state = h.array, c.array
            outputs.append([output.array for output in some])
        return outputs

    def result(self):
        """What one call computes: arrays in the order of :data:`benchmarks.lstm.RESULT`."""
        outputs = self()
        grad_x = [[sequence.grad for sequence in sequences] for sequences, _ in self.parts]
        return self._packed(outputs), self._packed(grad_x), *ours_of_lstm(self.lstm[0], "grad")

    def _packed(self, parts):
        """Undo :meth:`_part`: arrays of each sequence in each part as one packed array."""
        packed = np.empty((len(self.layout.step), parts[0][0].shape[1]), np.float32)
        for number in range(len(self.layout.lengths)):
            its_parts = [as_numpy(part[number]) for part in parts if number < len(part)]
            packed[self.layout.sentence == number] = np.concatenate(its_parts)
        return packed


def memory_of_lstm(problem):
    """Bytes that :class:`StockLSTM` needs for a pass over all steps, about.

    NStepLSTM stacks its weights anew for each step; all the stacks and all their gradients stay until the pass is over.
    """
    weights = problem.w_x.nbytes + problem.w_h.nbytes
    gates = 4 * problem.grad_h.nbytes
    return 2 * weights * len(problem.layout.batch_sizes) + 10 * gates


class StockLanguageModel(chainer.Chain):
    """The language model on EmbedID and NStepLSTM, with an adaptive softmax of stock functions.

    Args:
        model (pretrain_lm.model.LanguageModel): whose sizes, dropout and weights it takes over (ids must be ranked).
        learning_rate (float): Adam's alpha.
        clipping (float): largest norm of the gradient.
        device (benchmarks.devices.Cpu)

    Attributes:
        optimizer (chainer.optimizers.Adam)
    """

    def __init__(self, model, learning_rate, clipping, device=CPU):
        super().__init__()
        vocabulary_size, embedding = model.embedding.W.shape
        hidden = len(model.lstm.w_h)
        self.dropout, self.cutoffs = model.dropout, model.output.cutoffs
        with self.init_scope():
            self.embedding = L.EmbedID(vocabulary_size, embedding, initialW=model.embedding.W.array)
            self.lstm = L.NStepLSTM(1, embedding, hidden, 0.0)
            self.head = _linear(model.output.head)
            self.projections = chainer.ChainList(*(_linear(tail.projection) for tail in model.output.tails))
            self.words = chainer.ChainList(*(_linear(tail.words) for tail in model.output.tails))
        copy_lstm(self.lstm[0], *(parameter.array for parameter in (model.lstm.w_x, model.lstm.w_h, model.lstm.b)))
        self.to_device(device.chainer)
        self.state = None, None
        self.optimizer = chainer.optimizers.Adam(alpha=learning_rate)
        self.optimizer.setup(self)
        self.optimizer.add_hook(chainer.optimizer_hooks.GradientClipping(clipping))

    def update(self, inputs, targets):
        """One step of training on a window.

        Args:
            inputs, targets (numpy.ndarray): int (T, B).

        Returns:
            float: the loss, summed over steps and averaged over streams.
        """
        inputs, targets = (self.device.send(ids) for ids in (inputs, targets))
        h, c, outputs = self.lstm(*self.state, F.separate(self._drop(self.embedding(inputs.T))))
        loss = self._loss(self._drop(F.concat(outputs, axis=0)), targets.T.reshape(-1)) / inputs.shape[1]
        self.cleargrads()
        loss.backward()
        self.optimizer.update()
        self.state = h.array, c.array
        return float(loss.array)

    def _drop(self, x):
        return F.dropout(x, self.dropout)

    def _loss(self, h, targets):
        """Negative log-likelihood of the targets (N,), summed."""
        bounds = (*self.cutoffs, len(self.embedding.W))
        head_targets = targets.copy()
        loss = 0
        for tail, (begin, end) in enumerate(itertools.pairwise(bounds)):
            rows = self.xp.flatnonzero((targets >= begin) & (targets < end))
            head_targets[rows] = bounds[0] + tail
            if rows.size:
                logits = self.words[tail](self.projections[tail](h[rows]))
                loss += F.sum(F.softmax_cross_entropy(logits, targets[rows] - begin, reduce="no"))
        return loss + F.sum(F.softmax_cross_entropy(self.head(h), head_targets, reduce="no"))


def _linear(weight):
    """A linear layer without bias that starts from ``weight``, a chainer.Parameter (out, in)."""
    outputs, inputs = weight.shape
    return L.Linear(inputs, outputs, nobias=True, initialW=weight.array)
