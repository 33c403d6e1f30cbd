"""The profile of a step says how long it takes, how much of that the host needs to ask for it, and where."""

import re
import sys
import types

from benchmarks import profile_step
from benchmarks.step import Problem


def test_a_step_is_profiled(monkeypatch, capsys):
    small = types.SimpleNamespace(
        of=lambda *arguments, settings: Problem.of(
            *arguments, vocabulary_size=300, settings=[*settings, "model.embedding_size=8"]
        )
    )
    monkeypatch.setattr(profile_step, "Problem", small)
    profile_step.main(["--method", "iadvt", "--mean", "5", "--hidden", "8"])
    printed = capsys.readouterr().out
    whole, asked = (float(seconds) for seconds in re.findall(r"([\d.]+) s ", printed.splitlines()[0]))
    assert printed.startswith("iadvt, mean 5, LSTM 8: ") and 0 < asked <= whole
    assert "packed_lstm.py" in printed and "tottime" in printed


def test_a_gpu_without_pytorchs_profiler_is_told_of(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.profiler", None)
    assert profile_step._kernels(lambda: None, None).startswith("no table of kernels: ModuleNotFoundError")
