"""``lm``: one training update of the language model against plain PyTorch and stock Chainer."""

import numpy as np

from benchmarks.devices import CPU, device_for
from benchmarks.inputs import ragged_lengths, zipf_ids
from benchmarks.measuring import Record, alternate
from data_prep.corpus import Split
from iadv_foundation.training import Adam
from pretrain_lm.adaptive_softmax import cutoffs_for
from pretrain_lm.batches import WindowIterator
from pretrain_lm.model import LanguageModel
from pretrain_lm.running_text import Text
from pretrain_lm.updater import TruncatedBpttUpdater

HIDDEN = 256, 1024
VOCABULARY = 87000
EMBEDDING = 256
STREAMS = 32
STEPS = 35
DROPOUT = 0.5
LEARNING_RATE = 0.001
CLIPPING = 5.0
DOCUMENTS = 320
MEAN_LENGTH = 240
SEED = 0


def made_up_text(documents=DOCUMENTS, mean_length=MEAN_LENGTH, vocabulary_size=VOCABULARY):
    """A text of Zipf-distributed words (pretrain_lm.running_text.Text)."""
    offsets = np.cumsum([0, *ragged_lengths(documents, mean_length)])
    return Text([Split(zipf_ids(int(offsets[-1]), vocabulary_size, SEED), offsets, None, per_token=False)])


def new_model(hidden, vocabulary_size=VOCABULARY, embedding=EMBEDDING, cutoffs=None, dropout=DROPOUT):
    """A language model with fresh weights, as :func:`pretrain_lm.pretrain.build_model` makes it."""
    cutoffs = cutoffs_for(vocabulary_size) if cutoffs is None else cutoffs
    model = LanguageModel(vocabulary_size, embedding, hidden, cutoffs, dropout=dropout)
    model.initialize(SEED, scale=0.1)
    return model


def new_updater(model, text, streams=STREAMS, steps=STEPS, clipping=CLIPPING, device=CPU):
    """Our side, set up as :func:`pretrain_lm.pretrain.pretrain` does, but that the state is never reset.

    ``model`` goes to the device (:class:`benchmarks.devices.Cpu`).
    """
    model.to_device(device.chainer)
    optimizer = Adam(LEARNING_RATE, clipping).setup(model)
    iterator = WindowIterator(text, streams, steps, SEED)
    return TruncatedBpttUpdater(iterator, optimizer, streams, SEED, reset_probability=0, device=device.chainer)


def windows_of(text, streams=STREAMS, steps=STEPS):
    """Yield the inputs and targets, int64 (steps, streams), of the full windows that our side reads, over and over."""
    iterator = WindowIterator(text, streams, steps, SEED)
    while True:
        window = next(iterator)
        if len(window.inputs) == steps * streams:
            yield tuple(ids.astype(np.int64).reshape(steps, streams) for ids in (window.inputs, window.targets))


def run(options):
    """Yield the records of all sizes that ``options`` (:class:`benchmarks.measuring.Options`) wants."""
    device = device_for(options.device)
    for hidden in HIDDEN:
        size = f"LSTM {hidden}"
        if options.wants(size):
            yield from measure(size, new_model(hidden), made_up_text(), options.repeats, device=device)


def measure(size, model, text, repeats, streams=STREAMS, steps=STEPS, device=CPU):
    """Yield the records of one model (pretrain_lm.model.LanguageModel) on one device,
    each peer in turns with ours alone.
    """
    updater = new_updater(model.copy("copy"), text, streams, steps, device=device)
    for peer, update in _peers(size, model, windows_of(text, streams, steps), device):
        medians = alternate({"ours": updater.update, "peer": update}, repeats, device.synchronise)
        words = {
            f"{side}words_per_s": streams * steps / medians[name] for side, name in (("", "ours"), ("peer_", "peer"))
        }
        yield Record("lm", size, medians["ours"], peer, medians["peer"], words)


def _peers(size, model, windows, device):
    """Yield (name, update as a callable), each made when it is asked for: it holds large weights and Adam's moments."""
    from benchmarks.peers.chainer_stock import StockLanguageModel

    def over_windows(network):
        return lambda: network.update(*next(windows))

    arguments = model, LEARNING_RATE, CLIPPING, device
    stock = device.stock_chainer(f"lm: {size}", lambda: over_windows(StockLanguageModel(*arguments)))
    if stock is not None:
        yield "stock Chainer", stock
    if device.have_pytorch():
        from benchmarks.peers.pytorch import TorchLanguageModel

        yield "PyTorch", over_windows(TorchLanguageModel(*arguments))
