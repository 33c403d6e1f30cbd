"""A folder and archives of every kind read alike; nothing unsafe, damaged, missing or ambiguous is read."""
import io
import tarfile

import pytest

from core.errors import UserError
from data_prep.sources import inner_tar, open_source, text_lines
from tests.data_prep import archives

FILES = {"top/a/1.txt": b"one", "top/a/2.txt": b"two", "top/b/1.txt": b"three", "top/._a/1.txt": b"Finder"}
PATTERN = r"[ab]/\d\.txt"


def members(path, pattern=PATTERN):
    return dict(open_source(path).members(pattern))


@pytest.mark.parametrize("end", [*archives.COMPRESS, ".zip"])
def test_archives_of_any_kind(tmp_path, end):
    expected = {name: FILES[name] for name in ("top/a/1.txt", "top/a/2.txt", "top/b/1.txt")}
    assert members(archives.write_archive(tmp_path / f"x{end}", FILES)) == expected


def test_extracted_folder_from_outside_and_from_inside(tmp_path, monkeypatch):
    archives.write_folder(tmp_path, FILES)
    assert list(members(tmp_path).values()) == list(members(tmp_path / "top").values()) == [b"one", b"two", b"three"]
    monkeypatch.chdir(tmp_path / "top")
    assert open_source(".").name == "top" and list(members(".")) == ["a/1.txt", "a/2.txt", "b/1.txt"]


def test_archive_inside_an_archive():
    assert dict(inner_tar("x.tar.gz: y.tar", archives.tar_bytes(FILES)).members("a/1.txt")) == {"top/a/1.txt": b"one"}


@pytest.mark.parametrize("name", ["../../escaped.txt", "/escaped.txt", "a/../../escaped.txt", "..\\escaped.txt",
                                  "C:/escaped.txt"])
@pytest.mark.parametrize("end", [".tar", ".zip"])
def test_names_that_lead_out_are_refused(tmp_path, end, name):
    path = archives.write_archive(tmp_path / f"x{end}", {name: b"evil", **FILES})
    with pytest.raises(UserError, match="leads out of the archive"):
        members(path)
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_no_files(tmp_path, kind):
    link = tarfile.TarInfo("top/a/3.txt")
    link.type, link.linkname = kind, "/etc/passwd"
    assert "top/a/3.txt" not in members(archives.write_archive(tmp_path / "x.tar", {**FILES, "top/a/3.txt": link}))


@pytest.mark.parametrize("end", [*archives.COMPRESS, ".zip"])
@pytest.mark.parametrize("share", [0.1, 0.6, 0.97])
def test_truncated_archives(tmp_path, end, share):
    big = {f"top/a/{index}.txt": bytes(str(hash(index) * 7919 ** 5), "ascii") * 100 for index in range(9)}
    path = archives.write_archive(tmp_path / f"x{end}", big)
    content = path.read_bytes()
    if end == ".tar":  # Its last tenth is padding.
        share *= 0.8
    path.write_bytes(content[:int(len(content) * share)])
    with pytest.raises(UserError, match=rf"^x{end} is (truncated or damaged|not a complete tar)") as caught:
        members(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("end", [".tar.gz", ".tar.bz2", ".tar.xz", ".zip"])
def test_altered_archives(tmp_path, end):
    path = archives.write_archive(tmp_path / f"x{end}", {"a/1.txt": bytes(range(256)) * 40})
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)
    with pytest.raises(UserError, match=f"^x{end} is "):
        members(path)


@pytest.mark.parametrize("content", [b"", b"just some text", b"PK\x03\x04 no zip", b"\x1f\x8b no gzip"])
def test_no_archive_at_all(tmp_path, content):
    path = tmp_path / "x.tar"
    path.write_bytes(content)
    with pytest.raises(UserError, match="^x.tar is "):
        members(path)


def test_a_member_that_comes_twice(tmp_path):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as opened:
        for content in (b"one", b"two"):
            entry = tarfile.TarInfo("top/a/1.txt")
            entry.size = 3
            opened.addfile(entry, io.BytesIO(content))
    (tmp_path / "x.tar").write_bytes(stream.getvalue())
    with pytest.raises(UserError, match="x.tar: member top/a/1.txt is there twice"):
        members(tmp_path / "x.tar")


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
def test_lines_of_a_compressed_file(tmp_path, end):
    compress = archives.COMPRESS[f".tar{end}"]
    (tmp_path / f"x{end}").write_bytes(compress(b"one\r\n\ntwo"))
    assert list(text_lines(tmp_path / f"x{end}")) == [(1, b"one"), (2, b""), (3, b"two")]
    if end:
        (tmp_path / f"x{end}").write_bytes(compress(b"one\n" * 99)[:-5])
        with pytest.raises(UserError, match=f"^x{end} is truncated"):
            list(text_lines(tmp_path / f"x{end}"))


def test_nothing_there(tmp_path):
    with pytest.raises(UserError, match="there is no file or folder"):
        open_source(tmp_path / "x")
    with pytest.raises(UserError, match="there is no file"):
        list(text_lines(tmp_path / "x"))
