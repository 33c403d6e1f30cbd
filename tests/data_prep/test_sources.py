"""A folder and archives of every kind read alike, as a whole or as streams, and never as a whole in memory."""

import tracemalloc

import pytest

from data_prep import guards
from data_prep.sources import inner_tar, open_source, text_lines
from iadv_foundation.errors import UserError
from tests.data_prep import archives
from tests.data_prep.made_sources import ENDS, FILES, PATTERN, WANTED


@pytest.mark.parametrize("end", ENDS)
def test_archives_of_any_kind(tmp_path, read, end):
    assert read(archives.write_archive(tmp_path / f"x{end}", FILES)) == WANTED


def test_extracted_folder_from_outside_and_from_inside(tmp_path, monkeypatch, read):
    archives.write_folder(tmp_path, FILES)
    assert list(read(tmp_path).values()) == list(read(tmp_path / "top").values()) == [b"one", b"two", b"three"]
    monkeypatch.chdir(tmp_path / "top")
    assert open_source(".").name == "top" and list(read(open_source("."))) == ["a/1.txt", "a/2.txt", "b/1.txt"]


def test_archive_inside_an_archive(read):
    assert read(inner_tar("x.tar.gz: y.tar", archives.tar_bytes(FILES)), "a/1.txt") == {"top/a/1.txt": b"one"}


@pytest.mark.parametrize("end", [*ENDS, ""])
def test_streams_are_read_line_by_line_and_as_far_as_one_likes(tmp_path, end):
    files = {f"a/{number}.txt": b"first\n" + b"line\n" * 50000 for number in range(3)}
    write = archives.write_archive if end else archives.write_folder
    path = write(tmp_path / f"x{end}", files)
    kept = []
    for _, stream in open_source(path).streams(PATTERN):
        assert next(stream) == b"first\n" and stream.read(3) == b"lin" and stream.readline() == b"e\n"
        assert not kept or kept[-1].closed
        kept.append(stream)
    assert len(kept) == 3
    with pytest.raises(ValueError, match="closed"):
        kept[0].read()


@pytest.mark.parametrize("end", [".tar", ".tar.gz", ".tar.bz2", ".zip", ""])  # The dictionary of xz alone has 8 MB.
def test_a_stream_is_never_in_memory_as_a_whole(tmp_path, end):
    files = {"a/1.txt": b"0123456789abcde\n" * 2**18}
    path = (archives.write_archive if end else archives.write_folder)(tmp_path / f"x{end}", files)
    source = open_source(path)
    tracemalloc.start()
    try:
        assert sum(len(line) for _, stream in source.streams(PATTERN) for line in stream) == 2**22
        assert tracemalloc.get_traced_memory()[1] < 2**21
    finally:
        tracemalloc.stop()


def test_headers_do_not_pile_up_in_memory(tmp_path):
    header = archives.tar_bytes({"top/other": b""})[:512]
    (tmp_path / "x.tar").write_bytes(header * 20000 + bytes(1024))
    source = open_source(tmp_path / "x.tar")
    tracemalloc.start()
    try:
        assert list(source.members(PATTERN)) == [] and tracemalloc.get_traced_memory()[1] < 2**21
    finally:
        tracemalloc.stop()


def test_one_of_each(tmp_path):
    archives.write_folder(tmp_path / "f", FILES)
    source = open_source(tmp_path / "f")
    assert source.one_of_each({"two": r"a/2\.txt"}) == {"two": ("f: top/a/2.txt", b"two")}
    with pytest.raises(UserError, match=r"f: the file for nine is missing \(looked for a name like 9.txt\)"):
        source.one_of_each({"nine": r"9\.txt"})
    with pytest.raises(UserError, match="f holds several files for one: f: top/a/1.txt and top/b/1.txt"):
        source.one_of_each({"one": r"[ab]/1\.txt"})


def test_digest_of_a_folder_sees_what_is_read_and_nothing_else(tmp_path):
    archives.write_folder(tmp_path / "f", FILES)
    before = open_source(tmp_path / "f").record(PATTERN)
    (tmp_path / "f" / "notes.txt").write_text("mine")
    assert open_source(tmp_path / "f").record(PATTERN) == before
    (tmp_path / "f" / "top" / "a" / "1.txt").write_text("uno")
    assert open_source(tmp_path / "f").record(PATTERN)["sha256"] != before["sha256"]


@pytest.mark.parametrize("end", ["", ".gz", ".bz2", ".xz"])
def test_lines_of_a_compressed_file(tmp_path, monkeypatch, end):
    compress = archives.COMPRESS[f".tar{end}"]
    path = tmp_path / f"x{end}"
    path.write_bytes(compress(b"one\r\n\ntwo"))
    assert list(text_lines(path)) == [(1, b"one"), (2, b""), (3, b"two")]
    if end:
        path.write_bytes(compress(b"one\n" * 99)[:-5])
        with pytest.raises(UserError, match=rf"^x{end} is truncated or damaged after line \d+ \("):
            list(text_lines(path))
        path.write_bytes(compress(bytes(10**6)))  # One line of a million characters.
        monkeypatch.setattr(guards, "UNPACKED_FLOOR", 10**5)
        with pytest.raises(UserError, match=f"^x{end} unpacks from"):
            list(text_lines(path))


def test_nothing_there(tmp_path):
    with pytest.raises(UserError, match="there is no file or folder"):
        open_source(tmp_path / "x")
    with pytest.raises(UserError, match="there is no file"):
        list(text_lines(tmp_path / "x"))
