"""Archives that are cut off, altered or no archives are refused by one line that says where; nothing of them is made
up.
"""

import random
import re
import struct
import zipfile

import pytest

from data_prep.sources import open_source
from iadv_foundation.errors import UserError
from tests.data_prep import archives
from tests.data_prep.made_sources import ENDS, FILES, WANTED, patched_zip, refused, tar_entry, write_tar


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
