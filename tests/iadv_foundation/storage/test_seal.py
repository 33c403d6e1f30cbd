"""A record that was altered, or that belongs to other files, is refused and named."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iadv_foundation.errors import DamagedFileError
from iadv_foundation.storage import files, seal

RECORD = {"test": {"f05": 96.026, "errors": 3}, "epochs": 6, "names": ["a", "ü"], "missing": None}


@pytest.fixture
def path(tmp_path):
    (tmp_path / "log.jsonl").write_text('{"epoch": 1}\n{"epoch": 2}\n')
    (tmp_path / "best.npz").write_bytes(b"weights")
    beside = [tmp_path / name for name in ("log.jsonl", "best.npz", "not-there.json")]
    files.write_json(tmp_path / "metrics.json", seal.sealed(RECORD, beside))
    return tmp_path / "metrics.json"


def test_what_was_sealed_is_read_as_it_was(path):
    record = seal.Record(path)
    record.check()
    record.check("log.jsonl", "best.npz", "unknown")
    assert record.content == RECORD and record.is_sealed and set(record.digests) == {"log.jsonl", "best.npz"}


def test_without_a_seal(path):
    files.write_json(path, RECORD)
    record = seal.Record(path)
    record.check()
    assert record.content == RECORD and not record.is_sealed and record.digests == {}


@pytest.mark.parametrize("name", ["log.jsonl", "best.npz"])
def test_a_file_beside_it_that_was_altered(path, name):
    (path.parent / name).write_bytes(b"other")
    with pytest.raises(DamagedFileError, match=name):
        seal.check(path, "log.jsonl", "best.npz")


def test_only_a_large_file_may_stay_behind(path):
    (path.parent / "best.npz").unlink()
    seal.check(path, "best.npz")
    (path.parent / "log.jsonl").unlink()
    with pytest.raises(DamagedFileError, match="log.jsonl is missing"):
        seal.check(path)


@given(st.data())
def test_one_flipped_bit_never_gives_another_record(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("flip") / "metrics.json"
    files.write_json(path, seal.sealed(RECORD, [], {"best.npz": "0" * 64}))
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    try:
        record = seal.Record(path)
    except DamagedFileError:
        return
    # What is left are spaces between values, and the name of the seal itself, which is then a record without one.
    assert {name: record.content[name] for name in RECORD} == RECORD


def test_lines_that_were_altered_or_cut_off(tmp_path):
    lines = [{"kind": "head", "fooled": 2}, {"text": 1}, {"text": 2}]
    written = json.loads(json.dumps(seal.sealed_lines(lines)))
    assert seal.opened_lines("x", written) == lines
    assert seal.opened_lines("x", lines) == lines  # made before there were seals
    for altered in (written[:2], [written[0], {"text": 1}, {"text": 3}], [{**written[0], "fooled": 3}, *written[1:]]):
        with pytest.raises(DamagedFileError):
            seal.opened_lines("x", altered)


@pytest.mark.parametrize(
    "record", [{}, {"test": 3}, {"test": {}}, {"test": {"error_rate": "low"}}, {"test": {"error_rate": None}}]
)
def test_a_record_that_lacks_what_is_shown_of_it_is_named(record):
    with (
        pytest.raises(DamagedFileError, match="metrics.json is damaged: it does not have"),
        seal.told_of("metrics.json"),
    ):
        f"{record['test']['error_rate']:.2f}"
    with seal.told_of("metrics.json"):
        assert f"{({'test': {'error_rate': 3}})['test']['error_rate']:.2f}" == "3.00"
