"""Archives that unpack to far more than text does are refused, wherever the data is; text that packs well is read."""

import os
import zipfile

import pytest

from data_prep import guards
from data_prep.sources import inner_tar
from tests.data_prep import archives
from tests.data_prep.made_sources import ENDS, WANTED, patched_zip, refused


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
