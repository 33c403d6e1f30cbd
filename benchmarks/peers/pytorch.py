"""The LSTM and the language model in plain PyTorch."""

import numpy as np
import torch
from torch import nn
from torch.nn.utils import rnn

from benchmarks.devices import CPU

#: Where our gates i, f, o, g stand among PyTorch's i, f, g, o.
GATES = 0, 1, 3, 2


def reordered(matrix):
    """Columns (..., 4H) with the gates o and g exchanged, which turns our order into PyTorch's and back."""
    parts = np.split(matrix, 4, axis=-1)
    return np.concatenate([parts[gate] for gate in GATES], axis=-1)


def copy_lstm(lstm, w_x, w_h, b):
    """Put our weights (D, 4H), (H, 4H) and (4H,) into a one-layer ``torch.nn.LSTM``."""
    with torch.no_grad():
        lstm.weight_ih_l0.copy_(torch.from_numpy(reordered(w_x).T))
        lstm.weight_hh_l0.copy_(torch.from_numpy(reordered(w_h).T))
        lstm.bias_ih_l0.copy_(torch.from_numpy(reordered(b)))
        lstm.bias_hh_l0.zero_()


def ours_of_lstm(lstm):
    """Weights of a one-layer ``torch.nn.LSTM`` in our order (w_x, w_h, b), as arrays."""
    w_x, w_h, b, other_b = (
        weight.detach().cpu().numpy()
        for weight in (lstm.weight_ih_l0, lstm.weight_hh_l0, lstm.bias_ih_l0, lstm.bias_hh_l0)
    )
    return reordered(w_x.T), reordered(w_h.T), reordered(b + other_b)


class _TorchLSTM:
    """``torch.nn.LSTM`` on one problem; subclasses say how a batch is laid out.

    Args:
        problem (benchmarks.lstm.Problem)
        device (benchmarks.devices.Cpu)
    """

    def __init__(self, problem, device=CPU):
        self.layout = problem.layout
        self.lstm = nn.LSTM(len(problem.w_x), len(problem.w_h))
        copy_lstm(self.lstm, problem.w_x, problem.w_h, problem.b)
        self.lstm.to(device.torch)
        self.x = self._laid_out(problem.x).to(device.torch).requires_grad_()
        self.grad_h = self._laid_out(problem.grad_h).to(device.torch)

    def __call__(self):
        self.lstm.zero_grad(set_to_none=True)
        self.x.grad = None
        h = self._h()
        h.backward(self.grad_h)
        return h

    def result(self):
        """What one call computes: arrays in the order of :data:`benchmarks.lstm.RESULT`."""
        h = self()
        weights = self.lstm.weight_ih_l0, self.lstm.weight_hh_l0, self.lstm.bias_ih_l0
        gradients = (reordered(weight.grad.cpu().numpy().T) for weight in weights)
        return self._packed(h.detach().cpu()), self._packed(self.x.grad.cpu()), *gradients


class PackedTorchLSTM(_TorchLSTM):
    """On a ``PackedSequence``, whose order of words is ours."""

    def _laid_out(self, packed):
        return torch.from_numpy(packed.copy())

    def _packed(self, tensor):
        return tensor.numpy()

    def _h(self):
        batch_sizes = torch.from_numpy(self.layout.batch_sizes)
        h, _ = self.lstm(rnn.PackedSequence(self.x, batch_sizes))
        return h.data


class PaddedTorchLSTM(_TorchLSTM):
    """On a batch padded to its longest sequence, (T, B, D); the gradient at the padding's hidden states is zero."""

    def _laid_out(self, packed):
        padded = np.zeros((len(self.layout.batch_sizes), len(self.layout.lengths), packed.shape[1]), np.float32)
        padded[self.layout.step, self.layout.sentence] = packed
        return torch.from_numpy(padded)

    def _packed(self, tensor):
        return tensor.numpy()[self.layout.step, self.layout.sentence]

    def _h(self):
        h, _ = self.lstm(self.x)
        return h


class TorchLanguageModel(nn.Module):
    """The language model on ``nn.Embedding``, ``nn.LSTM`` and ``nn.AdaptiveLogSoftmaxWithLoss``.

    Args:
        model (pretrain_lm.model.LanguageModel): whose sizes, dropout and weights it takes over (ids must be ranked).
        learning_rate (float): Adam's.
        clipping (float): largest norm of the gradient.
        device (benchmarks.devices.Cpu)

    Attributes:
        optimizer (torch.optim.Adam)
    """

    def __init__(self, model, learning_rate, clipping, device=CPU):
        super().__init__()
        vocabulary_size, embedding = model.embedding.W.shape
        hidden = len(model.lstm.w_h)
        self.clipping, self.state, self.device = clipping, None, device.torch
        self.embedding = nn.Embedding(vocabulary_size, embedding)
        self.dropout = nn.Dropout(model.dropout)
        self.lstm = nn.LSTM(embedding, hidden)
        self.output = nn.AdaptiveLogSoftmaxWithLoss(hidden, vocabulary_size, list(model.output.cutoffs), div_value=4.0)
        self._take_over(model)
        self.to(self.device)
        self.optimizer = torch.optim.Adam(self.parameters(), lr=learning_rate, fused=True)

    def _take_over(self, model):
        copy_lstm(self.lstm, *(parameter.array for parameter in (model.lstm.w_x, model.lstm.w_h, model.lstm.b)))
        pairs = [(self.embedding, model.embedding.W), (self.output.head, model.output.head)]
        for (projection, words), tail in zip(self.output.tail, model.output.tails, strict=True):
            pairs += [(projection, tail.projection), (words, tail.words)]
        with torch.no_grad():
            for layer, parameter in pairs:
                layer.weight.copy_(torch.from_numpy(parameter.array))

    def update(self, inputs, targets):
        """One step of training on a window.

        Args:
            inputs, targets (numpy.ndarray): int64 (T, B).

        Returns:
            float: the loss, summed over steps and averaged over streams.
        """
        inputs, targets = (torch.from_numpy(ids).to(self.device) for ids in (inputs, targets))
        h, (state_h, state_c) = self.lstm(self.dropout(self.embedding(inputs)), self.state)
        self.state = state_h.detach(), state_c.detach()
        mean = self.output(self.dropout(h).flatten(0, 1), targets.flatten()).loss
        loss = mean * len(inputs)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters(), self.clipping)
        self.optimizer.step()
        return loss.item()
