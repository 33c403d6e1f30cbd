"""Proves that files are wholly there or not there: through kills, full disks and failures;
and that altered ones are named.
"""

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from iadv_foundation.errors import DamagedFileError, UserError
from iadv_foundation.storage import files

ROOT = Path(__file__).resolve().parents[3]
KINDS = st.one_of(
    arrays_of.boolean_dtypes(),
    arrays_of.integer_dtypes(),
    arrays_of.unsigned_integer_dtypes(),
    arrays_of.floating_dtypes(),
    arrays_of.unicode_string_dtypes(max_len=5),
    arrays_of.byte_string_dtypes(max_len=5),
)
ARRAYS = arrays_of.arrays(KINDS, arrays_of.array_shapes(min_dims=0, min_side=0, max_dims=3, max_side=4))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0/\\_", exclude_categories=["Cs", "Cc"])
NAMES = st.text(CHARACTERS, min_size=1, max_size=8)

relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def only(folder):
    """Names of all files in a folder but the locked ones, which stay."""
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


class TestArrays:
    """``save_arrays`` and ``load_arrays``."""

    @relaxed
    @given(st.dictionaries(NAMES, ARRAYS, max_size=3), JSON)
    @example({}, None)
    @example({"transposed": np.arange(6.0).reshape(2, 3).T, "empty": np.zeros((0, 3), np.float32)}, {"epoch": 3})
    def test_round_trip(self, tmp_path, arrays, metadata):
        files.save_arrays(tmp_path / "x.npz", arrays, metadata)
        loaded, described = files.load_arrays(tmp_path / "x.npz")
        assert described == metadata
        assert set(loaded) == set(arrays)
        for name, array in arrays.items():
            assert loaded[name].dtype == array.dtype and loaded[name].shape == array.shape
            np.testing.assert_array_equal(loaded[name], array)
        assert only(tmp_path) == ["x.npz"]

    def test_equal_content_gives_equal_bytes_whenever_it_is_written(self, tmp_path):
        arrays = {"b": np.arange(3), "a": np.ones((2, 2), np.float32)}
        files.save_arrays(tmp_path / "1.npz", arrays, {"x": 1, "y": 2})
        time.sleep(2.1)  # zip archives count time in steps of two seconds
        files.save_arrays(tmp_path / "2.npz", dict(reversed(arrays.items())), {"y": 2, "x": 1})
        assert (tmp_path / "1.npz").read_bytes() == (tmp_path / "2.npz").read_bytes()

    def test_objects_are_refused_and_nothing_is_written(self, tmp_path):
        with pytest.raises(ValueError, match="[Oo]bject arrays"):
            files.save_arrays(tmp_path / "x.npz", {"a": np.array([{}], dtype=object)})
        assert only(tmp_path) == []

    def test_a_missing_file_is_named(self, tmp_path):
        with pytest.raises(UserError, match="x.npz is missing"):
            files.load_arrays(tmp_path / "x.npz")


ARRAYS_WRITTEN = {"weights": np.arange(20, dtype=np.float32).reshape(4, 5), "words": np.array(["ab", "c"])}
METADATA_WRITTEN = {"epoch": 3}


@pytest.fixture(scope="module")
def intact(tmp_path_factory):
    """The bytes of a small file."""
    path = tmp_path_factory.mktemp("intact") / "x.npz"
    files.save_arrays(path, ARRAYS_WRITTEN, METADATA_WRITTEN)
    return path.read_bytes()


class TestDamage:
    """Whatever happens to a file on disk, it is told apart from the one that was written."""

    def judge(self, path, content):
        """Load ``content``: True if it was refused as damaged, False if it gave exactly what was written."""
        path.write_bytes(content)
        try:
            loaded, metadata = files.load_arrays(path)
        except DamagedFileError as error:
            assert str(path) in str(error) and "is damaged" in str(error) and "\n" not in str(error)
            return True
        assert metadata == METADATA_WRITTEN and set(loaded) == set(ARRAYS_WRITTEN)
        for name, array in ARRAYS_WRITTEN.items():
            np.testing.assert_array_equal(loaded[name], array)
        return False

    def test_truncation_anywhere(self, tmp_path, intact):
        lengths = {*range(0, len(intact), 7), *range(len(intact) - 30, len(intact))}
        assert all(self.judge(tmp_path / "x.npz", intact[:length]) for length in lengths)

    def test_a_flipped_byte_anywhere(self, tmp_path, intact):
        """Some bytes of a zip archive mean nothing (dates, say); a flip there is harmless, every other one is found."""
        data = intact.index(ARRAYS_WRITTEN["weights"].tobytes())
        content = range(data, data + ARRAYS_WRITTEN["weights"].nbytes)
        found = {
            at: self.judge(tmp_path / "x.npz", intact[:at] + bytes([intact[at] ^ 0xFF]) + intact[at + 1 :])
            for at in {*content, *range(0, len(intact), 3)}
        }
        assert all(found[at] for at in content)
        assert sum(found.values()) > 0.6 * len(found)

    @relaxed
    @given(st.data())
    def test_any_few_flipped_bits(self, tmp_path, intact, data):
        content = bytearray(intact)
        for at in data.draw(st.lists(st.integers(0, 8 * len(intact) - 1), min_size=1, max_size=4)):
            content[at // 8] ^= 1 << at % 8
        self.judge(tmp_path / "x.npz", bytes(content))

    def test_a_flag_bit_that_makes_a_member_encrypted(self, tmp_path, intact):
        at = intact.rindex(b"PK\x01\x02") + 8
        assert self.judge(tmp_path / "x.npz", intact[:at] + bytes([intact[at] | 1]) + intact[at + 1 :])

    def test_content_changed_by_someone_who_mends_the_checksums_of_zip(self, tmp_path, intact):
        (tmp_path / "x.npz").write_bytes(intact)
        with np.load(tmp_path / "x.npz") as opened:
            entries = {name: opened[name].copy() for name in opened.files}
        entries["weights"][0, 0] += 1
        np.savez(tmp_path / "y.npz", **entries)
        assert self.judge(tmp_path / "x.npz", (tmp_path / "y.npz").read_bytes())

    def test_other_kinds_of_files(self, tmp_path):
        np.save(tmp_path / "y.npy", np.arange(3))
        np.savez(tmp_path / "z.npz", weights=np.arange(3))
        for content in (b"", b"text", (tmp_path / "y.npy").read_bytes(), (tmp_path / "z.npz").read_bytes()):
            assert self.judge(tmp_path / "x.npz", content)

    @pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"a": 1'])
    def test_json(self, tmp_path, content):
        (tmp_path / "x.json").write_bytes(content)
        with pytest.raises(DamagedFileError, match="x.json is damaged"):
            files.read_json(tmp_path / "x.json")


class TestJson:
    """``write_json`` and ``read_json``."""

    @relaxed
    @given(JSON)
    def test_round_trip(self, tmp_path, value):
        files.write_json(tmp_path / "x.json", value)
        assert files.read_json(tmp_path / "x.json") == value
        assert (tmp_path / "x.json").read_bytes().endswith(b"\n")

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": [-float("inf")]}])
    def test_what_json_cannot_hold_leaves_the_old_file(self, tmp_path, value):
        files.write_json(tmp_path / "x.json", "old")
        with pytest.raises(ValueError):
            files.write_json(tmp_path / "x.json", value)
        assert files.read_json(tmp_path / "x.json") == "old"

    def test_a_missing_file_is_named(self, tmp_path):
        with pytest.raises(UserError, match="x.json is missing"):
            files.read_json(tmp_path / "x.json")


class TestDigests:
    """Against the standard library's SHA-256 and known values."""

    def test_of_a_file(self, tmp_path):
        (tmp_path / "x").write_bytes(b"abc")
        assert (
            files.digest_of_file(tmp_path / "x") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )

    def test_of_json_does_not_depend_on_the_order_of_keys(self):
        assert files.digest_of_json({"a": 1, "b": {"c": 2, "d": 3}}) == files.digest_of_json(
            {"b": {"d": 3, "c": 2}, "a": 1}
        )
        assert files.digest_of_json({"a": 1}) != files.digest_of_json({"a": 2})


class TestFailures:
    """A block that fails leaves what was there before, and nothing else."""

    def test_file(self, tmp_path):
        files.write_text(tmp_path / "x", "old")
        with pytest.raises(ZeroDivisionError), files.replacing(tmp_path / "x") as partial:
            partial.write_text("half")
            raise ZeroDivisionError
        assert only(tmp_path) == ["x"] and (tmp_path / "x").read_text() == "old"

    def test_folder(self, tmp_path):
        with files.replacing_folder(tmp_path / "x") as partial:
            (partial / "a").write_text("old")
        with pytest.raises(ZeroDivisionError), files.replacing_folder(tmp_path / "x") as partial:
            (partial / "a").write_text("half")
            raise ZeroDivisionError
        assert only(tmp_path) == ["x"] and (tmp_path / "x" / "a").read_text() == "old"

    def test_a_new_folder_takes_the_place_of_the_old_one_and_of_leftovers(self, tmp_path):
        (tmp_path / ".x.partial-1" / "deep").mkdir(parents=True)
        (tmp_path / ".y.partial-1").mkdir()
        for name in ("a", "b"):
            with files.replacing_folder(tmp_path / "x") as partial:
                (partial / name).write_text(name)
        assert only(tmp_path) == [".y.partial-1", "x"] and only(tmp_path / "x") == ["b"]

    def test_two_processes_at_once(self, tmp_path):
        """The second one is told so; the first one keeps what it has made, and a third one may follow."""
        code = (
            "import sys\nfrom iadv_foundation.storage import files\n"
            "with files.replacing_folder(sys.argv[1]) as partial: pass"
        )
        other = [sys.executable, "-c", code, str(tmp_path / "x")]
        with files.replacing_folder(tmp_path / "x") as partial:
            (partial / "a").write_text("mine")
            done = subprocess.run(other, cwd=ROOT, capture_output=True, text=True, check=False)
            assert done.returncode == 1 and "UserError: another process is at work in" in done.stderr
        assert only(tmp_path) == ["x"] and only(tmp_path / "x") == ["a"]
        assert subprocess.run(other, cwd=ROOT, check=False).returncode == 0 and only(tmp_path / "x") == []

    def test_where_a_link_leads(self, tmp_path):
        (tmp_path / "disk" / "x").mkdir(parents=True)
        (tmp_path / "x").symlink_to("disk/x")
        for name in ("a", "b"):
            with files.replacing_folder(tmp_path / "x") as partial:
                (partial / name).write_text(name)
            assert (tmp_path / "x").is_symlink() and only(tmp_path / "disk" / "x") == [name]
        assert only(tmp_path) == ["disk", "x"] and only(tmp_path / "disk") == ["x"]

    def test_folders_on_the_way_are_made(self, tmp_path):
        files.write_text(tmp_path / "a" / "b" / "c", "x")
        assert (tmp_path / "a" / "b" / "c").read_text() == "x"


WRITER = """
import sys, signal, resource
import numpy as np
from iadv_foundation.console import cli
from iadv_foundation.storage import files
path, size = sys.argv[1], int(sys.argv[2])
number = 0
def main(argv):
    global number
    while True:
        number += 1
        files.save_arrays(path, {"a": np.full(size, number)}, number)
        print(number, flush=True)
cli.run(main, "python -m something")
"""


class TestKills:
    """SIGKILL at any moment."""

    @pytest.mark.parametrize("milliseconds", [1, 7, 13, 29])
    def test_the_file_is_always_a_whole_one(self, tmp_path, milliseconds):
        path = tmp_path / "x.npz"
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, path, "200000"], cwd=ROOT, stdout=subprocess.PIPE
        ) as writer:
            announced = [int(writer.stdout.readline()) for _ in range(2)][-1]
            time.sleep(milliseconds / 1000)
            writer.send_signal(signal.SIGKILL)
            announced = max([announced, *map(int, writer.stdout.read().split())])
        arrays, number = files.load_arrays(path)
        assert number >= announced
        np.testing.assert_array_equal(arrays["a"], np.full(200000, number))


class TestFullDisk:
    """One clear line, exit status 1, the old file untouched and no new one."""

    def fill(self, folder, **options):
        path = folder / "x.npz"
        files.save_arrays(path, {"a": np.arange(10)}, "old")
        done = subprocess.run(
            [sys.executable, "-c", WRITER, path, "1000000"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            **options,
            check=False,
        )
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("python -m something: error: ") and done.stderr.count("\n") == 1
        assert files.load_arrays(path)[1] == "old"
        assert only(folder) == ["x.npz"]
        return done.stderr

    def test_a_limit_on_the_size_of_files(self, tmp_path):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

        assert "File too large" in self.fill(tmp_path, preexec_fn=limit)

    def test_a_full_file_system(self, tmp_path):
        with tiny_file_system(tmp_path / "disk") as disk:
            assert "no space left on the disk" in self.fill(disk)


@contextlib.contextmanager
def tiny_file_system(folder):
    """A file system of 256 KiB in memory; only root can make one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", folder]
    made = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False)
    if not made or made.returncode:
        pytest.skip("cannot mount a file system here (needs root on Linux)")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def test_metadata_is_not_confused_with_arrays_of_that_name(tmp_path):
    files.save_arrays(tmp_path / "x.npz", {"metadata": np.arange(2)}, {"metadata": 1})
    loaded, metadata = files.load_arrays(tmp_path / "x.npz")
    assert json.dumps(metadata) == '{"metadata": 1}' and list(loaded) == ["metadata"]
