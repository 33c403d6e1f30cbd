"""Members of archives and folders whose names or kinds are not safe are refused; what others add is passed over."""

import os
import stat
import tarfile
import zipfile

import pytest

from data_prep.sources import inner_tar
from tests.data_prep import archives
from tests.data_prep.made_sources import FILES, WANTED, refused, tar_entry, write_tar


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
