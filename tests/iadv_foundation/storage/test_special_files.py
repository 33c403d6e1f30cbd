"""A device, a pipe or a link that a user names is written to and read from; it is never replaced by a plain file."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from iadv_foundation.errors import UserError
from iadv_foundation.storage import files, special_files

ROOT = Path(__file__).resolve().parents[3]


def reader(path):
    """Read a named pipe in a thread; returns a function that waits for its content (bytes)."""
    found = []
    thread = threading.Thread(target=lambda: found.append(Path(path).read_bytes()), daemon=True)
    thread.start()

    def wait():
        thread.join(10)
        return found[0]

    return wait


def shell(command, tmp_path, **how):
    """Run a bash command in a folder, ``write PATH`` and ``read PATH`` being this project's functions."""
    python = (
        f"cd {tmp_path}; export PYTHONPATH={ROOT}; write() {{ {sys.executable} -c '{WRITE}' \"$1\"; }}; "
        f"read_() {{ {sys.executable} -c '{READ}' \"$1\"; }}; "
    )
    return subprocess.run(
        ["bash", "-c", python + command], capture_output=True, text=True, timeout=60, **how, check=False
    )


WRITE = (
    "import sys; from iadv_foundation.storage import files; "
    'print("before"); files.write_text(sys.argv[1], "made\\n"); print("after")'
)
READ = (
    "import sys; from iadv_foundation.storage.special_files import readable; "
    "print([readable(sys.argv[1]).read_text() for _ in range(2)])"
)


class TestWriting:
    def test_a_pipe_gets_the_text_and_stays_a_pipe(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        arrived = reader(tmp_path / "pipe")
        files.write_json(tmp_path / "pipe", {"a": 1})
        assert arrived() == b'{\n "a": 1\n}\n' and stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
        assert os.listdir(tmp_path) == ["pipe"]

    def test_a_link_to_a_pipe(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "link").symlink_to("pipe")
        arrived = reader(tmp_path / "pipe")
        files.write_text(tmp_path / "link", "x")
        assert arrived() == b"x" and (tmp_path / "link").is_symlink()

    def test_a_device_stays_a_device(self, tmp_path):
        node = tmp_path / "null"
        try:
            os.mknod(node, stat.S_IFCHR | 0o666, os.makedev(1, 3))
            node.write_text("")
        except PermissionError:
            pytest.skip("only root makes devices, and some file systems have none")
        files.write_text(node, "gone")
        assert stat.S_ISCHR(node.stat().st_mode) and os.listdir(tmp_path) == ["null"]

    @pytest.mark.parametrize("there", [True, False])
    def test_what_a_link_leads_to_is_written(self, tmp_path, there):
        (tmp_path / "far").mkdir()
        real = tmp_path / "far" / "real.json"
        if there:
            real.write_text("old")
        (tmp_path / "second").symlink_to("far/real.json")
        (tmp_path / "first").symlink_to(tmp_path / "second")
        files.write_text(tmp_path / "first", "new")
        assert real.read_text() == "new" and (tmp_path / "first").is_symlink() and (tmp_path / "second").is_symlink()
        assert os.listdir(tmp_path / "far") == ["real.json"]

    def test_what_a_link_leads_to_stays_where_writing_fails(self, tmp_path):
        (tmp_path / "real").write_text("old")
        (tmp_path / "link").symlink_to("real")
        with pytest.raises(ZeroDivisionError), files.replacing(tmp_path / "link") as partial:
            partial.write_text("half")
            raise ZeroDivisionError
        assert (tmp_path / "real").read_text() == "old" and sorted(os.listdir(tmp_path)) == ["link", "real"]

    def test_a_link_to_itself_and_a_folder_are_refused(self, tmp_path):
        (tmp_path / "a").symlink_to("b")
        (tmp_path / "b").symlink_to("a")
        with pytest.raises(UserError, match="a symbolic link that leads to itself"):
            files.write_text(tmp_path / "a", "x")
        with pytest.raises(UserError, match="is a folder: give a file"):
            files.write_text(tmp_path, "x")

    def test_who_may_read_a_file_stays_as_it_was(self, tmp_path):
        path = tmp_path / "private"
        path.write_text("old")
        path.chmod(0o600)
        files.write_text(path, "new")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600 and path.read_text() == "new"

    @pytest.mark.parametrize(
        "command, expected",
        [
            ("write /dev/stdout", "before\nmade\nafter\n"),
            ("write /dev/stdout > out; cat out", "before\nmade\nafter\n"),
            ("echo first > out; write /dev/fd/1 >> out; cat out", "first\nbefore\nmade\nafter\n"),
            ("ln -s /dev/stdout link; write link | cat", "before\nmade\nafter\n"),
            ("write >(tr a-z A-Z > up) >/dev/null; for i in {1..9}; do [ -s up ] || sleep 0.2; done; cat up", "MADE\n"),
        ],
    )
    def test_open_files_of_the_shell(self, tmp_path, command, expected):
        done = shell(command, tmp_path)
        assert (done.stdout, done.stderr) == (expected, "")

    def test_a_number_that_is_not_open_is_an_error(self, tmp_path):
        done = shell("write /dev/fd/77", tmp_path)
        assert done.returncode and "Bad file descriptor" in done.stderr or "No such file" in done.stderr


class TestReading:
    @pytest.mark.parametrize(
        "command",
        [
            "read_ <(printf 'a\\nb')",
            "printf 'a\\nb' | read_ /dev/stdin",
            "printf 'a\\nb' > f; read_ /dev/stdin < f",
            "read_ /dev/stdin <<< $'a\\nb'",
        ],
    )
    def test_what_comes_only_once_is_read_twice(self, tmp_path, command):
        done = shell(command, tmp_path)
        text = "a\nb\n" if "<<<" in command else "a\nb"
        assert (done.stdout, done.stderr) == (f"{[text, text]}\n", "")

    def test_a_named_pipe(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(b"abc",), daemon=True).start()
        assert special_files.readable(tmp_path / "pipe").read_bytes() == b"abc"
        assert special_files.readable(tmp_path / "pipe").read_bytes() == b"abc"

    def test_a_plain_file_is_read_where_it_stands(self, tmp_path):
        (tmp_path / "a").write_text("x")
        assert special_files.readable(tmp_path / "a") == tmp_path / "a"

    def test_nothing_and_a_folder(self, tmp_path):
        with pytest.raises(UserError, match="there is no file .*/a$"):
            special_files.readable(tmp_path / "a")
        with pytest.raises(UserError, match="is a folder: give the file"):
            special_files.readable(tmp_path)


def test_names_that_are_not_utf_8_stand_in_json_and_come_back(tmp_path):
    name = os.fsdecode(b"kund\xe9.csv")
    files.write_json(tmp_path / "a.json", {"file": name})
    assert (tmp_path / "a.json").read_bytes() == b'{\n "file": "kund\\udce9.csv"\n}\n'
    assert files.read_json(tmp_path / "a.json") == {"file": name}
    assert files.digest_of_json({"file": name}) == files.digest_of_json(files.read_json(tmp_path / "a.json"))
