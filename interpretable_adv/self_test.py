"""What ``doctor`` and the GPU tests check of the stages: training steps on a made-up text, on any device."""

import types

import chainer
import numpy as np

from data_prep.corpus import Split, Vocabulary
from iadv_foundation.arithmetic.random import generator
from iadv_foundation.arithmetic.self_test import normal, require, require_close
from interpretable_adv.documents import Documents
from interpretable_adv.links.making import make_network
from interpretable_adv.methods import METHODS
from interpretable_adv.settings import load
from interpretable_adv.training.run import make_optimizer
from interpretable_adv.training.updater import AdversarialUpdater
from pretrain_lm.adaptive_softmax import AdaptiveSoftmax

SETTINGS = (
    "model.embedding_size=6",
    "model.hidden_size=5",
    "model.ffnn_size=4",
    "training.batch_size=8",
    "training.unlabeled_batch_size=8",
    "training.initialise=random",
    "training.max_words=0",
    "perturbation.neighbours=4",
)
WORDS, DOCUMENTS = 40, 24
CPU = "@numpy"
_REMEDY = "the arithmetic of this machine is not to be trusted: update NumPy, on a GPU CuPy and the driver"


#: The corpus whose settings a made-up text of each task has.
CORPORA = {"classification": "sample-sec", "labelling": "sample-ged"}


def new_updater(method, device, seed=0, task="classification", recipe="paper"):
    """An updater (:class:`AdversarialUpdater`) for a small network on a device.

    Args:
        method (str): a key of :data:`interpretable_adv.methods.METHODS`.
        device (chainer.backend.Device)
        seed (int): of the network and the text.
        task (str): a key of :data:`CORPORA`.
        recipe (str): ``"paper"`` or ``"authors"``.
    """
    draw = generator(seed, "self-test text")
    offsets = np.concatenate([[0], np.cumsum(draw.integers(1, 9, DOCUMENTS))])
    ids = draw.integers(Vocabulary.specials, WORDS, offsets[-1]).astype(np.int32)
    per_token = task == "labelling"
    labels = draw.integers(0, 2, len(ids) if per_token else DOCUMENTS).astype(np.int32)
    vocabulary = Vocabulary([f"word{number}" for number in range(WORDS)], np.bincount(ids, minlength=WORDS))
    text, more_text = Split(ids, offsets, labels, per_token), Split(ids[::-1].copy(), offsets, None, per_token)
    config = load(CORPORA[task], recipe, "quick", SETTINGS, method)
    corpus = types.SimpleNamespace(task=task, vocabulary=vocabulary, classes=["negative", "positive"])
    network = make_network(corpus, config, seed)
    network.to_device(device)
    return AdversarialUpdater(
        network,
        make_optimizer(network, config.training),
        METHODS[method],
        config,
        Documents([text], per_token),
        Documents([text, more_text], per_token),
        vocabulary,
        seed,
    )


def train_a_little(method, device, updates=1, **of_the_network):
    """Train a new network, of which ``of_the_network`` says what :func:`new_updater` asks for besides.

    Returns:
        dict of str to numpy.ndarray: ``loss`` and ``perturbed_loss`` of each update (updates,), and by the names of the
        parameters Adam's running means of their gradients, which differ as little as the gradients do (new weights do
        not: Adam divides by them).
    """
    updater = new_updater(method, device, **of_the_network)
    optimizer = updater.get_optimizer("main")
    losses = []
    for _ in range(updates):
        observation = {}
        with chainer.reporter.Reporter().scope(observation):
            updater.update()
        losses.append({name: float(loss.array) for name, loss in observation.items() if name.endswith("loss")})
    optimizer.catch_up()
    cpu = chainer.get_device(CPU)
    return {
        **{name: np.array([each[name] for each in losses]) for name in losses[0]},
        **{name: cpu.send(parameter.update_rule.state["m"]) for name, parameter in optimizer.target.namedparams()},
    }


def softmax_result(device):
    """An adaptive softmax with two tail clusters on a device: losses and gradients (dict of str to numpy.ndarray)."""
    with chainer.using_config("dtype", np.float32):
        softmax = AdaptiveSoftmax(8, WORDS, (5, 20))
    for name, parameter in softmax.namedparams():
        parameter.array[...] = normal(f"softmax {name}", *parameter.shape)
    softmax.to_device(device)
    cpu = chainer.get_device(CPU)
    h = chainer.Variable(device.send(normal("hidden states", 30, 8)))
    targets = device.send(generator(0, "self-test targets").integers(0, WORDS, 30).astype(np.int32))
    loss = softmax(h, targets)
    loss.grad = device.send(normal("gradient of the losses", 30))
    softmax.cleargrads()
    loss.backward()
    return {
        "loss": cpu.send(loss.array),
        "h": cpu.send(h.grad),
        "log_probability": cpu.send(softmax.log_probability(h.array)),
        "targets": cpu.send(targets),
        **{name: cpu.send(parameter.grad) for name, parameter in softmax.namedparams()},
    }


def _softmax(device):
    found = softmax_result(device)
    total = np.exp(found["log_probability"].astype(np.float64)).sum(axis=1)
    require_close({"total": total}, {"total": np.ones_like(total)}, 1e-5)
    picked = -found["log_probability"][np.arange(len(total)), found["targets"]]
    require_close(found, {"loss": picked}, 1e-5)
    return require_close(found, softmax_result(chainer.get_device(CPU)), 1e-4)


def _training_step(method):
    def check(device):
        found, again = (train_a_little(method, device) for _ in range(2))
        require(all((found[name] == again[name]).all() for name in found), "two runs differ")
        require(all(np.abs(array).max() > 0 for array in found.values()), "nothing moved")
        return require_close(found, train_a_little(method, chainer.get_device(CPU)), 1e-3)

    return check


#: One method for each divergence.
CHECKS = [("adaptive softmax", _softmax, _REMEDY)] + [
    (f"a training step of {METHODS[method].title}", _training_step(method), _REMEDY)
    for method in ("baseline", "iadvt", "ivat")
]
