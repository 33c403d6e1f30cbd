"""``python -m benchmarks``: arguments, the file of records, charts and the table."""

import json
import types

import pytest

from benchmarks import cli, measuring
from benchmarks.measuring import Record
from iadv_foundation.console.cli import run
from iadv_foundation.errors import UsageError, UserError

RECORDS = [
    Record("lstm", "mean 20", 1.0, "stock Chainer", 4.0),
    Record("lstm", "mean 20", 1.0, "PyTorch", 0.5, {"mode": "padded"}),
    Record("lstm", "mean 100", 2.0, "PyTorch", 4.0),
]
GROWTH = [
    Record(
        "scaling",
        f"length {value}",
        value / 100,
        "in proportion to length 10",
        value / 100,
        {"quantity": "length", "value": value, "exponent": 1.0},
    )
    for value in (10, 20, 40)
]


@pytest.fixture(autouse=True)
def made_up_benchmarks(monkeypatch):
    """Modules that measure nothing; the options they were given."""
    given = {}

    def module(name):
        def records(options):
            given[name] = options
            yield from (RECORDS if name == "benchmarks.lstm" else GROWTH if name == "benchmarks.scaling" else [])

        return types.SimpleNamespace(run=records)

    monkeypatch.setattr(cli, "importlib", types.SimpleNamespace(import_module=module))
    monkeypatch.setattr(cli, "use_threads", lambda count: None)
    return given


def test_every_benchmark_runs_by_default_with_the_same_options(made_up_benchmarks):
    cli.main(["--threads", "3", "--repeats", "6"])
    names = "lstm", "step", "lm", "neighbours", "data", "scaling", "window"
    assert list(made_up_benchmarks) == [f"benchmarks.{name}" for name in names]
    assert set(made_up_benchmarks.values()) == {measuring.Options(repeats=6, threads=3, size="")}


def test_each_record_is_printed_and_all_stand_in_a_table_at_the_end(capsys):
    cli.main(["lstm"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [str(record) for record in RECORDS]
    assert lines[3].split() == ["benchmark", "size", "ours", "(s)", "peer", "peer", "(s)", "ratio"]
    assert lines[5].split() == ["lstm", "mean", "20", "1", "stock", "Chainer", "4", "4.00"]


def test_the_file_holds_every_record_with_the_circumstances(tmp_path):
    cli.main(["lstm", "--json", str(tmp_path / "b.json"), "--threads", "2"])
    written = json.loads((tmp_path / "b.json").read_text())
    assert [record["ratio"] for record in written] == [4.0, 0.5, 2.0]
    assert (
        written[1].items()
        >= {
            "benchmark": "lstm",
            "size": "mean 20",
            "ours_s": 1.0,
            "peer": "PyTorch",
            "peer_s": 0.5,
            "mode": "padded",
            "threads": 2,
            "repeats": 5,
        }.items()
    )
    assert "Python" in written[0]["machine"] and written[0]["device"] == "@numpy"


def test_what_was_measured_before_an_interruption_stays_in_the_file(tmp_path, monkeypatch):
    def interrupted(options):
        yield RECORDS[0]
        raise KeyboardInterrupt

    module = types.SimpleNamespace(run=interrupted)
    monkeypatch.setattr(cli, "importlib", types.SimpleNamespace(import_module=lambda name: module))
    with pytest.raises(KeyboardInterrupt):
        cli.main(["lstm", "--json", str(tmp_path / "b.json")])
    assert len(json.loads((tmp_path / "b.json").read_text())) == 1


def test_charts(tmp_path):
    cli.main(["lstm", "scaling", "--charts", str(tmp_path / "charts")])
    assert sorted(path.name for path in (tmp_path / "charts").iterdir()) == ["lstm.svg", "scaling.svg"]
    drawn = (tmp_path / "charts" / "lstm.svg").read_bytes()
    assert drawn.startswith(b"<?xml")
    cli.main(["lstm", "--charts", str(tmp_path / "charts")])
    assert (tmp_path / "charts" / "lstm.svg").read_bytes() == drawn


def test_an_unknown_name_is_a_usage_error_with_the_nearest_one(capsys):
    with pytest.raises(SystemExit) as ended:
        run(cli.main, "python -m benchmarks", ["lstn"])
    assert ended.value.code == 2
    assert "unknown benchmark 'lstn' (did you mean 'lstm'?)" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["lstm", "--repeats", "4"], "--repeats 4: write a whole number from 5 up"),
        (["lstm", "--threads", "0"], "--threads 0: write a whole number from 1 up"),
        (["step", "--size", "mean 7"], "nothing measured: no size of step with 'mean 7' in its name"),
        (["lstm", "--repeat", "5"], r"unknown option --repeat \(did you mean --repeats\?\)"),
    ],
)
def test_usage_errors(arguments, message):
    with pytest.raises(UsageError, match=message):
        cli.main(arguments)


@pytest.fixture
def a_gpu(monkeypatch):
    """Stands for GPU 0."""
    about = {"device": "@cupy:0 H100", "tf32": False}
    monkeypatch.setattr("benchmarks.devices.device_for", {0: types.SimpleNamespace(about=about)}.__getitem__)


def test_on_a_gpu_only_some_are_measured_and_the_records_name_the_card(made_up_benchmarks, a_gpu, tmp_path, capsys):
    cli.main(["--device", "0", "--json", str(tmp_path / "b.json")])
    assert list(made_up_benchmarks) == ["benchmarks.lstm", "benchmarks.step", "benchmarks.lm"]
    assert {options.device for options in made_up_benchmarks.values()} == {0}
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "--device 0: neighbours, data, scaling, window can be measured on the CPU alone, so left out"
    assert lines[-1].endswith("; device @cupy:0 H100; tf32 False")
    for record in json.loads((tmp_path / "b.json").read_text()):
        assert record["device"] == "@cupy:0 H100" and record["tf32"] is False


def test_what_is_measured_on_the_cpu_alone_is_wrong_usage_on_a_gpu(a_gpu):
    with pytest.raises(UsageError, match="^--device 0: data, window can be measured on the CPU alone$"):
        cli.main(["data", "window", "--device", "0"])


def test_a_gpu_that_is_not_there_is_one_line(monkeypatch):
    monkeypatch.setattr("iadv_foundation.arithmetic.device.find_gpus", lambda: ([], "there is no driver"))
    with pytest.raises(UserError, match="--device 3: there is no driver; use --device -1 for the CPU"):
        cli.main(["lstm", "--device", "3"])
