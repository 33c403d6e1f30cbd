"""One training step in plain PyTorch, as somebody who knows PyTorch well would write it.

======================  =======================  ===================================================================
method                  labelled batch           pool batch
======================  =======================  ===================================================================
baseline                forward, backward
AdvT, iAdvT             2 forward, 2 backward
VAT, iVAT               forward, backward        clean forward without a graph; forward and a backward to the words
                                                 alone for the perturbation; forward and backward of the loss
======================  =======================  ===================================================================

The words are looked up and dropped out once for all passes over a batch.  AdvT takes its gradient from the clean pass,
whose backward makes it and the weights' in one go.  The formulas are those of recipe ``paper``, so that with dropout 0
a step equals this project's.
"""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_sequence

from benchmarks.devices import CPU
from benchmarks.peers.pytorch import copy_lstm, reordered


class PyTorchStep:
    """A network and its optimiser; each call is one update.

    Args:
        method, config, weights, neighbours, eos, device: see :class:`benchmarks.peers.chainer_step.ChainerStep`.
        padded (bool): whether the LSTM runs over padded documents rather than over a PackedSequence.
    """

    def __init__(self, method, config, weights, neighbours=None, eos=0, device=CPU, padded=False):
        self.method, self.settings, self.eos, self.device = method, config.perturbation, eos, device.torch
        self.clipping = config.training.gradient_clipping
        self.neighbours = None if neighbours is None else torch.from_numpy(neighbours).long().to(self.device)
        self.network = Classifier(weights, config.model.dropout, padded).to(self.device)
        self.parameters = [parameter for parameter in self.network.parameters() if parameter.requires_grad]
        self.optimizer = torch.optim.Adam(self.parameters, lr=config.training.learning_rate, fused=True)

    def __call__(self, documents, labels, pool=None, start=None):
        """Update the network once; arguments and result are those of
        :meth:`benchmarks.peers.chainer_step.ChainerStep.__call__`."""
        self.optimizer.zero_grad(set_to_none=True)
        batch = Batch(documents, self.device)
        labels = torch.from_numpy(labels).long().to(self.device)[batch.order]
        embedded, mask = self.network.embedded(batch.ids)
        words = embedded.detach().requires_grad_()
        loss = F.cross_entropy(self.network(words, batch), labels)
        loss.backward()
        losses = [loss]
        if self.method.divergence == "cross_entropy":
            space = self._space(batch, words.detach(), mask)
            r = space.to_embedding(space.scaled(space.pull_back(words.grad), self._epsilon))
            losses.append(self.settings.loss_weight * F.cross_entropy(self.network(words + r, batch), labels))
            losses[-1].backward()
        embedded.backward(words.grad)
        if self.method.divergence == "kl":
            losses.append(self._virtual_adversarial_loss(Batch(pool, self.device), start))
            losses[-1].backward()
        nn.utils.clip_grad_norm_(self.parameters, self.clipping)
        self.optimizer.step()
        return [loss.item() for loss in losses]

    def weights(self):
        """The network's weights as :func:`benchmarks.step.weights_of` gives them."""
        return self.network.weights()

    @property
    def _epsilon(self):
        return self.settings.epsilon_directions if self.method.space == "directions" else self.settings.epsilon_free

    def _space(self, batch, words, mask):
        directions = None
        if self.method.space == "directions":
            directions = self.network.directions(words, self.neighbours[batch.ids], mask)
        return Space(batch, directions, (batch.ids != self.eos)[:, None])

    def _virtual_adversarial_loss(self, batch, start):
        embedded, mask = self.network.embedded(batch.ids)
        words = embedded.detach()
        with torch.no_grad():
            clean = F.log_softmax(self.network(words, batch), dim=1)
        space = self._space(batch, words, mask)
        size = words.shape[1] if self.method.space == "free" else self.neighbours.shape[1]
        drawn = torch.randn(len(words), size, device=self.device) if start is None else batch.packed(start)
        first = space.to_embedding(space.scaled(drawn * space.perturbable, self.settings.xi)).requires_grad_()
        divergence = _divergence(clean, self.network(words + first, batch))
        (gradient,) = torch.autograd.grad(divergence, first)
        r = space.to_embedding(space.scaled(space.pull_back(gradient), self._epsilon))
        return self.settings.loss_weight * _divergence(clean, self.network(embedded + r, batch))


def _divergence(clean_log_probabilities, logits):
    return F.kl_div(F.log_softmax(logits, dim=1), clean_log_probabilities, reduction="batchmean", log_target=True)


class Batch:
    """Documents as PyTorch packs them: time-major, the longest document first.

    Args:
        documents (list of numpy.ndarray): int32 (length,).
        device (str): where the tensors are to be, all but ``batch_sizes``, which PyTorch wants on the CPU.

    Attributes:
        ids (torch.Tensor): int64 (N,).
        batch_sizes (torch.Tensor): int64 (T,), documents alive at each step.
        order (torch.Tensor): int64 (B,), number of each sorted document.
        step, document (torch.Tensor): int64 (N,), where each word stands among the sorted documents.
        lengths (torch.Tensor): int64 (B,), of the sorted documents.
    """

    def __init__(self, documents, device):
        packed = pack_sequence([torch.from_numpy(document) for document in documents], enforce_sorted=False)
        self.batch_sizes = packed.batch_sizes
        step = torch.repeat_interleave(torch.arange(len(self.batch_sizes)), self.batch_sizes)
        document = torch.arange(len(step)) - (self.batch_sizes.cumsum(0) - self.batch_sizes)[step]
        tensors = packed.data.long(), packed.sorted_indices, step, document, torch.bincount(document)
        self.ids, self.order, self.step, self.document, self.lengths = (tensor.to(device) for tensor in tensors)

    def packed(self, vectors):
        """A list of (length, anything), one for each document, in the order of the ids."""
        packed = pack_sequence([torch.from_numpy(each) for each in vectors], enforce_sorted=False)
        return packed.data.to(self.ids.device)


class Space:
    """Where a perturbation is looked for: free vectors, or combinations of directions.

    Args:
        batch (Batch)
        directions (torch.Tensor or None): (N, K, D).
        perturbable (torch.Tensor): bool (N, 1), words that may be perturbed.
    """

    def __init__(self, batch, directions, perturbable):
        self.batch, self.directions, self.perturbable = batch, directions, perturbable

    def to_embedding(self, coordinates):
        """r (N, D)."""
        return coordinates if self.directions is None else torch.einsum("nk,nkd->nd", coordinates, self.directions)

    def pull_back(self, gradient):
        """The gradient at the coordinates, from the one (N, D) at the words."""
        if self.directions is not None:
            gradient = torch.einsum("nd,nkd->nk", gradient, self.directions)
        return gradient * self.perturbable

    def scaled(self, vectors, length):
        """``vectors`` (N, anything) so that each document's, concatenated, have this length."""
        squares = vectors.new_zeros(len(self.batch.lengths)).index_add_(
            0, self.batch.document, vectors.square().sum(dim=1)
        )
        return vectors * (length / squares.sqrt().clamp(min=1e-12))[self.batch.document, None]


class Classifier(nn.Module):
    """The text classifier.

    nn.LSTM has two biases where one does the same; the second stays zero, so that an update is that of one.

    Args:
        weights (dict of str to numpy.ndarray): see :class:`benchmarks.peers.chainer_step.ChainerStep`.
        dropout (float): on the embeddings and after the ReLU.
        padded (bool): see :class:`PyTorchStep`.
    """

    def __init__(self, weights, dropout, padded):
        super().__init__()
        self.dropout, self.padded = dropout, padded
        size, hidden = len(weights["w_x"]), len(weights["w_h"])
        self.embed = nn.Embedding(*weights["embedding"].shape)
        self.lstm = nn.LSTM(size, hidden)
        self.ffnn = nn.Linear(hidden, len(weights["ffnn_w"]))
        self.output = nn.Linear(len(weights["ffnn_w"]), len(weights["output_w"]))
        copy_lstm(self.lstm, weights["w_x"], weights["w_h"], weights["b"])
        self.lstm.bias_hh_l0.requires_grad_(False)
        with torch.no_grad():
            for name, parameter in self._plain().items():
                parameter.copy_(torch.from_numpy(weights[name]))

    def _plain(self):
        return {
            "embedding": self.embed.weight,
            "ffnn_w": self.ffnn.weight,
            "ffnn_b": self.ffnn.bias,
            "output_w": self.output.weight,
            "output_b": self.output.bias,
        }

    def embedded(self, ids):
        """The dropped out embeddings (N, D) of ``ids`` (N,), and the dropout mask (N, D)."""
        looked_up = self.embed(ids)
        mask = F.dropout(torch.ones_like(looked_up), self.dropout)
        return looked_up * mask, mask

    def directions(self, words, neighbours, mask):
        """Unit vectors (N, K, D) from words (N, D) to their neighbours, int (N, K), under the words' dropout mask."""
        with torch.no_grad():
            return F.normalize(self.embed(neighbours) * mask[:, None] - words[:, None], dim=2)

    def forward(self, words, batch):
        """Logits (B, classes) of the sorted documents from their packed words (N, D)."""
        hidden = F.relu(self.ffnn(self._last_state(words, batch)))
        return self.output(F.dropout(hidden, self.dropout))

    def _last_state(self, words, batch):
        if not self.padded:
            _, (h, _) = self.lstm(PackedSequence(words, batch.batch_sizes))
            return h[0]
        padded = words.new_zeros(len(batch.batch_sizes), len(batch.lengths), words.shape[1])
        outputs, _ = self.lstm(padded.index_put((batch.step, batch.document), words))
        return outputs[batch.lengths - 1, torch.arange(len(batch.lengths), device=words.device)]

    def weights(self):
        """See :meth:`PyTorchStep.weights`."""
        lstm = {"w_x": self.lstm.weight_ih_l0.T, "w_h": self.lstm.weight_hh_l0.T, "b": self.lstm.bias_ih_l0}
        return {
            **{name: parameter.detach().cpu().numpy().copy() for name, parameter in self._plain().items()},
            **{name: reordered(parameter.detach().cpu().numpy()) for name, parameter in lstm.items()},
        }
