"""The commands on a GPU: a run stopped and gone on with ends with the same bits, and so does a second run."""

import pytest

from iadv_foundation.errors import TimeLimitReached
from interpretable_adv.cli import main
from pretrain_lm.cli import main as pretrain
from tests.helpers import tiny_corpus

LM = [
    "lm.embedding_size=5",
    "lm.hidden_size=8",
    "lm.bptt_length=6",
    "lm.batch_size=4",
    "lm.cutoffs=[5, 20]",
    "lm.max_epochs=1",
]
RUN = [
    "model.embedding_size=5",
    "model.hidden_size=8",
    "model.ffnn_size=6",
    "training.batch_size=8",
    "training.unlabeled_batch_size=8",
    "training.max_epochs=2",
    "perturbation.neighbours=3",
]


def options(settings):
    return [word for setting in settings for word in ("--set", setting)]


def to_the_end(command, argv, slices):
    """Repeat a command, stopped after its first update the first few times, until it ends."""
    for _ in range(slices):
        with pytest.raises(TimeLimitReached):
            command([*argv, "--time-limit", "1e-6"])
    command(argv)


@pytest.mark.parametrize("method", ["iadvt", "ivat"])
def test_stopped_and_gone_on_with_or_not_the_bits_are_the_same(device, tmp_path, method):
    number = "-1" if device.name == "@numpy" else "0"
    results = []
    for name, slices in (("whole", 0), ("again", 0), ("sliced", 4)):
        out = tmp_path / name
        tiny_corpus(out / "corpora" / "sample-sec", name="sample-sec")
        common = ["--out", str(out), "--quiet", "--device", number]
        to_the_end(pretrain, ["sample-sec", *common, *options(LM)], slices)
        to_the_end(main, ["train", "sample-sec", "--method", method, *common, *options(RUN)], slices)
        made = [
            out / "lm" / "sample-sec" / "paper" / "quick" / "seed-0",
            out / "runs" / "sample-sec" / "paper" / "quick" / method / "seed-0",
        ]
        results.append([(path / file).read_bytes() for path in made for file in ("best.npz", "metrics.json")])
    assert results[0] == results[1] == results[2]
