"""A folder and archives of every kind read alike, as a whole or as streams;
nothing unsafe, damaged or ambiguous is read.
"""

import io
import os
import random
import re
import stat
import struct
import tarfile
import tracemalloc
import zipfile

import pytest

from data_prep import guards
from data_prep.sources import inner_tar, open_source, text_lines
from iadv_foundation.errors import UserError
from tests.data_prep import archives

FILES = {"top/a/1.txt": b"one", "top/a/2.txt": b"two", "top/b/1.txt": b"three", "top/._a/1.txt": b"Finder"}
WANTED = {name: FILES[name] for name in ("top/a/1.txt", "top/a/2.txt", "top/b/1.txt")}
PATTERN = r"[ab]/\d\.txt"
ENDS = [*archives.COMPRESS, ".zip"]


def as_members(source, pattern=PATTERN):
    return dict(source.members(pattern))


def as_streams(source, pattern=PATTERN):
    return {name: b"".join(stream) for name, stream in source.streams(pattern)}


@pytest.fixture(params=[as_members, as_streams])
def read(request):
    """Each of the two ways to read: function of a path (or source) and a pattern -> dict of str to bytes."""
    return lambda source, *pattern: request.param(
        open_source(source) if isinstance(source, os.PathLike) else source, *pattern
    )


def refused(read, source, match):
    """Reading ends in one printable line of error; nothing was written beside the source."""
    beside = source.parent if isinstance(source, os.PathLike) else None
    before = beside and sorted(beside.rglob("*"))
    with pytest.raises(UserError, match=match) as caught:
        read(source)
    assert str(caught.value).isprintable() and (beside and sorted(beside.rglob("*"))) == before
    return str(caught.value)


def write_tar(path, entries):
    """A plain tar of ``TarInfo`` with their contents."""
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as opened:
        for entry, content in entries:
            opened.addfile(entry, io.BytesIO(content))
    return path


def tar_entry(name, content=b"", **attributes):
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    for attribute, value in attributes.items():
        setattr(entry, attribute, value)
    return entry, content


def patched_zip(path, name, offset, value, form="<I"):
    """Alter a field of the member's entry in the central directory of a zip archive (and nothing else)."""
    content = bytearray(path.read_bytes())
    start = content.rindex(b"PK\x01\x02", 0, content.rindex(name.encode()))
    struct.pack_into(form, content, start + offset, value)
    path.write_bytes(content)
    return path


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


def test_what_macintosh_and_pax_add_is_no_member(tmp_path, read):
    archives.write_archive(tmp_path / "x.zip", {**FILES, "__MACOSX/top/a/1.txt": b"Finder", "top/a/._1.txt": b"Finder"})
    assert read(tmp_path / "x.zip", r"(?:[ab]/.*|1)\.txt") == WANTED
    long_name = "top/" + "deep/" * 60 + "a/1.txt"
    entries = [tar_entry("top", type=tarfile.DIRTYPE), tar_entry(long_name, b"one", mtime=1.5, uname="\u0105")]
    path = write_tar(tmp_path / "x.tar", entries)
    assert b"PaxHeader" in path.read_bytes() and read(path) == {long_name: b"one"}


@pytest.mark.parametrize(
    "name",
    [
        "../../escaped.txt",
        "/escaped.txt",
        "a/../../escaped.txt",
        "..\\escaped.txt",
        "C:/escaped.txt",
        "a/\n/../../../escaped.txt",
    ],
)
@pytest.mark.parametrize("end", [".tar", ".zip"])
def test_names_that_lead_out_are_refused(tmp_path, read, end, name):
    path = archives.write_archive(tmp_path / f"x{end}", {name: b"evil", **FILES})
    refused(read, path, "leads out of the archive")


@pytest.mark.parametrize("name", ["top\n/a/3.txt", "top/\x1b[31m/a/3.txt", "\u2028/a/3.txt", "top\x7f\x85/a/3.txt"])
@pytest.mark.parametrize("end", [".tar", ".zip", ""])
def test_control_characters_in_names(tmp_path, read, end, name):
    path = (archives.write_archive if end else archives.write_folder)(tmp_path / f"x{end}", {name: b"four", **FILES})
    found = read(path)
    assert len(found) == 4 and all(one.isprintable() for one in found) and b"four" in found.values()


@pytest.mark.parametrize("name", ["top\n/a/3.txt", "top/\x1b[31m/a/3.txt"])
def test_control_characters_in_messages(tmp_path, read, name):
    twice = [tar_entry(name, b"one"), tar_entry(name, b"two")]
    refused(read, write_tar(tmp_path / "x.tar", twice), "x.tar: member top.*3.txt is there twice")
    link = tar_entry(name, type=tarfile.SYMTYPE, linkname="/etc/passwd")
    refused(read, write_tar(tmp_path / "y.tar", [link]), "y.tar: member top.*3.txt is a symbolic link")


@pytest.mark.parametrize(
    "kind, words",
    [
        (tarfile.SYMTYPE, "a symbolic link"),
        (tarfile.LNKTYPE, "a hard link"),
        (tarfile.FIFOTYPE, "a pipe"),
        (tarfile.CHRTYPE, "a device"),
        (tarfile.BLKTYPE, "a device"),
    ],
)
@pytest.mark.parametrize("name", ["top/a/3.txt", "top/link"])
@pytest.mark.parametrize("end", [".tar", ".tar.gz"])
def test_links_and_devices_in_a_tar(tmp_path, read, end, kind, words, name):
    link, _ = tar_entry(name, type=kind, linkname="top/a/1.txt")
    path = archives.write_archive(tmp_path / f"x{end}", {**FILES, name: link})
    refused(read, path, f"x{end}: member {name} is {words}; only archives of plain files")
    refused(read, inner_tar(f"y.zip: x{end}", path.read_bytes()), f"y.zip: x{end}: member {name} is {words}")


def test_sparse_files_in_a_tar(tmp_path, read):
    entry = tar_entry("top/a/3.txt", b"abc", pax_headers={"GNU.sparse.size": str(10**15), "GNU.sparse.map": "0,3"})
    refused(read, write_tar(tmp_path / "x.tar", [entry]), "member top/a/3.txt is a sparse file")


@pytest.mark.parametrize(
    "mode, words",
    [
        (stat.S_IFLNK, "a symbolic link"),
        (stat.S_IFCHR, "a device"),
        (stat.S_IFIFO, "a pipe"),
        (stat.S_IFSOCK, "a socket"),
    ],
)
def test_links_and_devices_in_a_zip(tmp_path, read, mode, words):
    path = archives.write_archive(tmp_path / "x.zip", FILES)
    with zipfile.ZipFile(path, "a") as opened:
        entry = zipfile.ZipInfo("top/a/3.txt")
        entry.external_attr = (mode | 0o777) << 16
        opened.writestr(entry, "/etc/passwd")
    refused(read, path, f"x.zip: member top/a/3.txt is {words}; only archives of plain files")


def test_modes_of_ordinary_members_of_a_zip(tmp_path, read):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as opened:
        for name, attributes in (
            ("top/", (stat.S_IFDIR | 0o755) << 16 | 0x10),
            ("top/a/1.txt", (stat.S_IFREG | 0o644) << 16),
            ("top/a/2.txt", 0x20),
            ("top/b/1.txt", 0),
            ("top/b/2.txt", stat.S_IFDIR << 16),
        ):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = attributes
            opened.writestr(entry, WANTED.get(name, b""))
    assert read(path) == WANTED


@pytest.mark.parametrize(
    "name, target",
    [("top/a/3.txt", "secret"), ("top/link", "elsewhere"), ("other", "elsewhere"), ("top/a/3.txt", "nothing")],
)
@pytest.mark.parametrize("relative", [False, True])
def test_links_out_of_a_folder(tmp_path, read, name, target, relative):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "secret").write_text("secret")
    folder = archives.write_folder(tmp_path / "f", FILES)
    goal = tmp_path / target
    (folder / name).symlink_to(os.path.relpath(goal, (folder / name).parent) if relative else goal)
    refused(read, folder, f"f: {name} is a symbolic link that leads out of the folder")


def test_links_inside_a_folder(tmp_path, read):
    folder = archives.write_folder(tmp_path / "f", FILES)
    (folder / "top/a/3.txt").symlink_to("../b/1.txt")
    (folder / "again").symlink_to("top")
    (folder / "top/b/up").symlink_to("..")
    (tmp_path / "way").symlink_to("f")
    for path in (folder, tmp_path / "way"):
        assert read(path) == {**WANTED, "top/a/3.txt": b"three"}


def test_links_to_nothing_or_to_themselves_in_a_folder(tmp_path, read):
    folder = archives.write_folder(tmp_path / "f", FILES)
    (folder / "top/notes").symlink_to("missing")
    assert read(folder) == WANTED
    (folder / "top/a/3.txt").symlink_to("missing")
    with pytest.raises(FileNotFoundError, match="3.txt"):
        read(folder)


def test_pipes_in_a_folder_do_not_hang(tmp_path, read):
    folder = archives.write_folder(tmp_path / "f", FILES)
    os.mkfifo(folder / "top/a/3.txt")
    refused(read, folder, "f: member top/a/3.txt is a pipe")


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("share", [0.1, 0.6, 0.97])
def test_truncated_archives(tmp_path, read, end, share):
    big = {f"top/a/{index}.txt": bytes(str(hash(index) * 7919**5), "ascii") * 100 for index in range(9)}
    path = archives.write_archive(tmp_path / f"x{end}", big)
    content = path.read_bytes()
    if end == ".tar":  # Its last tenth is padding.
        share *= 0.8
    path.write_bytes(content[: int(len(content) * share)])
    message = refused(read, path, rf"^x{end} is (truncated or damaged|not a complete tar)")
    at_its_end = f"at byte {path.stat().st_size:,}, its end"
    assert (
        at_its_end in message
        if end == ".zip"
        else re.search("(in|after) member top/a/[0-8].txt|at its beginning", message)
    )


def test_damage_is_found_where_it_is(tmp_path, read):
    files = {f"top/a/{index}.txt": random.Random(index).randbytes(100_000) for index in range(9)}
    path = archives.write_archive(tmp_path / "x.tar.gz", files)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 5 // 9])
    assert re.search("(in|after) member top/a/[45].txt", refused(read, path, "x.tar.gz is truncated"))


@pytest.mark.parametrize("end", archives.COMPRESS)
def test_tar_that_ends_between_two_members(tmp_path, read, end):
    content = archives.tar_bytes({"top/a/1.txt": b"one", "top/a/2.txt": b"two"})
    path = tmp_path / f"x{end}"
    path.write_bytes(archives.COMPRESS[end](content[:1024]))
    refused(read, path, rf"^x{end} is not a complete tar")
    path.write_bytes(archives.COMPRESS[end](content[: 2048 + 512]))  # The shortest end mark.
    assert len(read(path)) == 2


def test_tar_with_an_altered_header(tmp_path, read):
    content = bytearray(archives.tar_bytes({"top/a/1.txt": b"one", "top/a/2.txt": b"two"}))
    content[1024 + 3] ^= 1
    (tmp_path / "x.tar").write_bytes(content)
    refused(read, tmp_path / "x.tar", "^x.tar is not a complete tar")


@pytest.mark.parametrize("end", [".tar.gz", ".tar.bz2", ".tar.xz", ".zip"])
def test_altered_archives(tmp_path, read, end):
    path = archives.write_archive(tmp_path / f"x{end}", {"a/1.txt": bytes(range(256)) * 40})
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)
    refused(read, path, f"^x{end} is ")


@pytest.mark.parametrize("end", ENDS)
def test_any_byte_altered(tmp_path, read, end):
    original = archives.write_archive(tmp_path / f"x{end}", FILES).read_bytes()
    for position in range(0, len(original), 1 + len(original) // 300):
        content = bytearray(original)
        content[position] ^= 1 << position % 8
        (tmp_path / f"x{end}").write_bytes(content)
        try:
            read(tmp_path / f"x{end}")
        except UserError as error:
            assert str(error).isprintable()


@pytest.mark.parametrize("name", [b"\0op", b"\xffop", b"\xe9\x80p"])
@pytest.mark.parametrize("flags", [0, 0x800])
def test_altered_names_in_a_zip(tmp_path, read, name, flags):
    path = archives.write_archive(tmp_path / "x.zip", {"top/a/1.txt": b"one"})
    path.write_bytes(path.read_bytes().replace(b"top", name))
    patched_zip(path, "/a/1.txt", 8, flags, "<H")
    try:
        read(path)
    except UserError as error:
        assert str(error).isprintable() and str(error).startswith("x.zip ")


def test_zip_that_points_beyond_any_file(tmp_path, read):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as opened:
        entry = zipfile.ZipInfo("top/a/1.txt")
        entry.extra = struct.pack("<HHQ", 1, 8, 2**64 - 1)
        opened.writestr(entry, b"one")
    refused(read, patched_zip(tmp_path / "x.zip", "top/a/1.txt", 42, 2**32 - 1), "x.zip is truncated or damaged")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"just some text",
        b"PK\x03\x04 no zip",
        b"\x1f\x8b no gzip",
        b"BZh9 no bzip2",
        b"\xfd7zXZ\x00 no xz",
        b"<html>" * 500,
    ],
)
def test_no_archive_at_all(tmp_path, read, content):
    (tmp_path / "x.tar").write_bytes(content)
    refused(read, tmp_path / "x.tar", "^x.tar is ")


@pytest.mark.parametrize("end", ENDS)
def test_wrong_members(tmp_path, read, end):
    path = archives.write_archive(tmp_path / f"x{end}", {"top/other.txt": b"one"})
    assert read(path) == {}
    with pytest.raises(UserError, match=rf"x{end}: the file for one is missing \(looked for a name like a/1.txt\)"):
        open_source(path).one_of_each({"one": r"a/1\.txt"})


def test_a_member_that_comes_twice(tmp_path, read):
    path = write_tar(tmp_path / "x.tar", [tar_entry("top/a/1.txt", b"one"), tar_entry("./top/a/1.txt", b"two")])
    refused(read, path, "x.tar: member top/a/1.txt is there twice")


def test_encrypted_zip(tmp_path, read):
    path = patched_zip(archives.write_archive(tmp_path / "x.zip", WANTED), "top/a/2.txt", 8, 1, "<H")
    refused(
        read, path, "x.zip: member top/a/2.txt is encrypted: unpack the archive with its password and give the folder"
    )
    assert read(path, "a/1.txt") == {"top/a/1.txt": b"one"}


def test_zip_of_a_compression_that_python_does_not_know(tmp_path, read):
    path = patched_zip(archives.write_archive(tmp_path / "x.zip", WANTED), "top/a/2.txt", 10, 9, "<H")
    refused(read, path, "x.zip is packed in a way that is not read here .*: unpack it and give the folder")


@pytest.mark.parametrize("stated", [2, 4, 2**31])
def test_zip_that_lies_about_sizes(tmp_path, read, stated):
    path = patched_zip(archives.write_archive(tmp_path / "x.zip", WANTED), "top/a/2.txt", 24, stated)
    refused(read, path, "^x.zip(: member top/a/2.txt)? is ")


@pytest.fixture
def low_limits(monkeypatch):
    monkeypatch.setattr(guards, "UNPACKED_FLOOR", 20000)
    monkeypatch.setattr(guards, "UNPACKED_RATIO", 10)


BOMB = {"top/a/1.txt": b"one", "top/a/2.txt": bytes(10**6)}


@pytest.mark.parametrize("end", [".tar.gz", ".tar.bz2", ".tar.xz", ".zip"])
def test_decompression_bombs(tmp_path, read, low_limits, end):
    path = archives.write_archive(tmp_path / f"x{end}", BOMB)
    message = refused(read, path, f"^x{end}.* unpacks from .* bytes to .* and more, over 10 times as much")
    packed, unpacked = (
        int(number.replace(",", ""))
        for number in message.split()
        if number.replace(",", "").isdecimal() and number != "10"
    )
    assert packed <= path.stat().st_size and 20000 < unpacked < 10**5
    if end != ".zip":
        refused(read, inner_tar(f"y.zip: x{end}", path.read_bytes()), f"^y.zip: x{end} unpacks from")


@pytest.mark.parametrize("end", [".tar.gz", ".tar.bz2", ".tar.xz"])
def test_bombs_in_what_is_passed_over(tmp_path, read, low_limits, end):
    path = archives.write_archive(tmp_path / f"x{end}", {"top/a/1.txt": b"one", "top/other": bytes(10**6)})
    refused(read, path, "unpacks from")
    behind = archives.tar_bytes(WANTED) + bytes(10**6)
    path.write_bytes(archives.COMPRESS[end](behind))
    refused(read, path, "unpacks from")


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("offset, stated", [(20, 2**31), (24, 100), (24, 2**31), (24, 10**6)])
def test_zip_bombs_whatever_the_header_states(tmp_path, read, low_limits, method, offset, stated):
    with zipfile.ZipFile(tmp_path / "x.zip", "w", method) as opened:
        if offset == 24:
            opened.writestr("top/other", os.urandom(10**5))  # The archive as a whole is not suspicious.
        opened.writestr("top/a/2.txt", BOMB["top/a/2.txt"])
    patched_zip(tmp_path / "x.zip", "top/a/2.txt", offset, stated)
    expected = "is truncated or damaged" if stated == 100 else "^x.zip.* unpacks from"
    refused(read, tmp_path / "x.zip", f"{expected}|is truncated or damaged" if offset == 20 else expected)


def test_zip_of_many_small_bombs(tmp_path, read, low_limits):
    path = archives.write_archive(tmp_path / "x.zip", {f"top/a/{number}.txt": bytes(19000) for number in range(10)})
    refused(read, path, "^x.zip unpacks from")


@pytest.mark.parametrize("end", ENDS)
def test_text_that_packs_well_is_no_bomb(tmp_path, read, monkeypatch, end):
    path = archives.write_archive(tmp_path / f"x{end}", {"a/1.txt": bytes(10**5)})
    assert len(read(path)["a/1.txt"]) == 10**5  # Under the floor.
    monkeypatch.setattr(guards, "UNPACKED_FLOOR", 1000)
    monkeypatch.setattr(guards, "UNPACKED_RATIO", 10**5)
    assert len(read(path)["a/1.txt"]) == 10**5  # Under the ratio.


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
