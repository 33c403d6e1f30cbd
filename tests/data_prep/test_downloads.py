"""Official files from servers that answer well, badly, half or not at all:
the right file, or one line and nothing left.
"""

import errno
import gzip
import hashlib
import http.server
import os
import re
import socket
import stat
import threading

import pytest

from data_prep import downloads
from data_prep.corpora import CORPORA
from data_prep.downloads import Download, fetch
from iadv_foundation.errors import UserError

CONTENT = gzip.compress(
    b"an official file " * 2000, compresslevel=0, mtime=0
)  # the same bytes in every process that collects the tests
SHA256 = hashlib.sha256(CONTENT).hexdigest()
HALF = len(CONTENT) // 2


class Server(http.server.ThreadingHTTPServer):
    """Serves ``content`` under any name; a name says how: e.g. ``/missing/x`` or ``/no-ranges/x``.

    Attributes:
        asked (list of (str, str or None)): path and Range header of every request.
        breaks_after (int): bytes that a ``broken`` answer has.
    """

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked, self.content, self.breaks_after = [], CONTENT, HALF

    def url(self, kind="whole"):
        return f"http://127.0.0.1:{self.server_port}/{kind}/x.gz"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        content, wanted = self.server.content, self.headers["Range"]
        self.server.asked.append((self.path, wanted))
        kind = self.path.split("/")[-2]
        start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted and "no-ranges" not in kind else 0
        if kind == "missing":
            return self.send_error(404)
        if start >= len(content):
            return self.send_error(416)
        if kind == "page":
            content = b"<html>Please log in</html>"
        packs = kind == "packing" and "gzip" in self.headers["Accept-Encoding"]
        if packs:
            content = gzip.compress(content)
        self.send_response(206 if start else 200)
        if start:
            shift = 7 if kind == "shifted" else 0
            self.send_header("Content-Range", f"bytes {start + shift}-{len(content) - 1}/{len(content)}")
        if kind == "gzip-header" or packs:  # What Apache says of any file that ends with .gz.
            self.send_header("Content-Encoding", "x-gzip")
        if kind != "no-length":
            self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(content[start:][: self.server.breaks_after] if kind.startswith("broken") else content[start:])

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def wanted(*urls, **changes):
    return Download(**{"file": "x.gz", "urls": urls, "sha256": SHA256, "size": len(CONTENT), **changes})


def visible(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


def failing(download, folder):
    with pytest.raises(UserError) as caught:
        fetch(download, folder, quiet=True)
    message = str(caught.value)
    assert (
        "\n" not in message
        and message.startswith("cannot download x.gz (")
        and message.endswith("): fetch it by hand and give it as --source")
        and all(url in message for url in download.urls)
    )
    assert not (folder / "x.gz").exists()
    return message


def test_fetched_once_then_cached(tmp_path, server):
    path = fetch(wanted(server.url()), tmp_path / "out" / "downloads", quiet=True)
    assert path == tmp_path / "out" / "downloads" / "x.gz" and path.read_bytes() == CONTENT
    assert fetch(wanted(server.url()), path.parent, quiet=True) == path and server.asked == [("/whole/x.gz", None)]
    assert visible(path.parent) == ["x.gz"]
    path.write_bytes(CONTENT[:-1] + b"?")
    assert fetch(wanted(server.url()), path.parent, quiet=True).read_bytes() == CONTENT and len(server.asked) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~_umask()


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_cache_that_cannot_be_written_to_is_read(tmp_path, server, monkeypatch):
    (tmp_path / "x.gz").write_bytes(CONTENT)
    monkeypatch.setattr(downloads, "_alone", None)
    assert fetch(wanted(server.url()), tmp_path, quiet=True) == tmp_path / "x.gz"


@pytest.mark.parametrize("sha256", [SHA256, None])
@pytest.mark.parametrize("size", [len(CONTENT), None])
@pytest.mark.parametrize("kind", ["whole", "no-length", "gzip-header", "packing"])
def test_byte_by_byte_whatever_the_headers(tmp_path, server, kind, size, sha256):
    assert fetch(wanted(server.url(kind), size=size, sha256=sha256), tmp_path, quiet=True).read_bytes() == CONTENT
    assert visible(tmp_path) == ["x.gz"]


def test_next_mirror_after_a_missing_file(tmp_path, server):
    assert fetch(wanted(server.url("missing"), server.url()), tmp_path, quiet=True).read_bytes() == CONTENT
    assert [path for path, _ in server.asked] == ["/missing/x.gz", "/whole/x.gz"]


@pytest.mark.parametrize(
    "kind, answered",
    [("whole", [f"bytes={HALF}-"]), ("no-ranges", [f"bytes={HALF}-"]), ("shifted", [f"bytes={HALF}-", None])],
)
def test_goes_on_with_a_partial_file(tmp_path, server, kind, answered):
    (tmp_path / "x.gz.partial").write_bytes(CONTENT[:HALF])
    assert fetch(wanted(server.url(kind)), tmp_path, quiet=True).read_bytes() == CONTENT
    assert [asked for _, asked in server.asked] == answered and visible(tmp_path) == ["x.gz"]


@pytest.mark.parametrize(
    "partial", [CONTENT, CONTENT + b"more", b"of another version"], ids=["whole", "longer", "other"]
)
def test_begins_anew_after_a_partial_file_that_is_of_no_use(tmp_path, server, partial):
    (tmp_path / "x.gz.partial").write_bytes(partial)
    assert fetch(wanted(server.url()), tmp_path, quiet=True).read_bytes() == CONTENT
    assert [asked for _, asked in server.asked] == [f"bytes={len(partial)}-", None] and visible(tmp_path) == ["x.gz"]


def test_a_connection_that_breaks_again_and_again(tmp_path, server):
    server.breaks_after = len(CONTENT) // 4 + 1
    assert fetch(wanted(server.url("broken")), tmp_path, quiet=True).read_bytes() == CONTENT
    assert len(server.asked) == 4


def test_truncated_by_a_server_that_cannot_go_on(tmp_path, server):
    message = failing(wanted(server.url("broken-no-ranges")), tmp_path)
    assert f"the connection broke after {HALF:,} of {len(CONTENT):,} bytes" in message
    assert len(server.asked) == 2 and visible(tmp_path) == ["x.gz.partial"]
    assert fetch(wanted(server.url()), tmp_path, quiet=True).read_bytes() == CONTENT
    assert server.asked[-1] == ("/whole/x.gz", f"bytes={HALF}-")


def test_wrong_checksum_is_deleted_and_the_next_mirror_tried(tmp_path, server):
    other = "0" * 64
    message = failing(wanted(server.url(), server.url("no-length"), sha256=other), tmp_path)
    assert f"expected {other} but got {SHA256}. Deleted" in message and message.count("got") == 2
    assert "may have been" not in message
    assert not visible(tmp_path)


@pytest.mark.parametrize("kind", ["page", "whole"])
def test_something_else_where_no_checksum_is_known(tmp_path, server, kind):
    server.content = CONTENT if kind == "page" else b"plain"
    message = failing(wanted(server.url(kind), sha256=None, size=None), tmp_path)
    assert "something else than an archive arrived" in message and not visible(tmp_path)


def test_another_size_is_seen_before_the_transfer(tmp_path, server):
    message = failing(wanted(server.url(), sha256=None, size=10**9), tmp_path)
    assert f"{len(CONTENT):,} bytes are offered, 1,000,000,000 expected" in message and not visible(tmp_path)
    message = failing(wanted(server.url("no-length"), sha256=None, size=10**9), tmp_path)
    assert f"{len(CONTENT):,} bytes arrived, 1,000,000,000 expected; deleted" in message and not visible(tmp_path)


def test_a_cached_file_of_another_size_without_checksum(tmp_path, server):
    (tmp_path / "x.gz").write_bytes(CONTENT[:HALF])
    assert fetch(wanted(server.url(), sha256=None), tmp_path, quiet=True).read_bytes() == CONTENT


def test_connection_refused_and_unknown_host(tmp_path, server):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/x.gz"
        assert f"{url}: no connection (Connection refused)" in failing(wanted(url), tmp_path)
    assert "HTTP 404 Not Found" in failing(wanted(server.url("missing")), tmp_path)
    assert not visible(tmp_path)


def test_a_server_that_does_not_answer(tmp_path, server, monkeypatch):
    monkeypatch.setattr(downloads, "TIMEOUT", (0.2, 0.2))
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x.gz"
        assert f"{url}: no answer in time" in failing(wanted(url), tmp_path)


def test_proxy_of_the_environment(tmp_path, server, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.server_port}")
    assert fetch(wanted("http://far.invalid/whole/x.gz"), tmp_path, quiet=True).read_bytes() == CONTENT
    assert server.asked == [("http://far.invalid/whole/x.gz", None)]


def test_full_disk_is_not_taken_for_a_bad_address(tmp_path, server):
    (tmp_path / "x.gz.partial").symlink_to("/dev/full")
    with pytest.raises(OSError) as caught:
        fetch(wanted(server.url(), server.url()), tmp_path, quiet=True)
    assert caught.value.errno == errno.ENOSPC and caught.value.filename == str(tmp_path)
    assert not visible(tmp_path) and len(server.asked) == 1


@pytest.mark.parametrize("sha256", [SHA256, None])
def test_two_at_once_transfer_it_once(tmp_path, server, sha256):
    found, download = [], wanted(server.url(), sha256=sha256)
    both = [threading.Thread(target=lambda: found.append(fetch(download, tmp_path, True))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert [path.read_bytes() for path in found] == [CONTENT] * 2 and len(server.asked) == 1


def test_what_is_stated_of_the_official_files():
    stated = [
        download
        for corpus in CORPORA.values()
        for download in (*corpus.downloads, corpus.unlabeled_download)
        if download
    ]
    assert len({download.file for download in stated}) == len(stated) > 4
    for download in stated:
        assert (
            all(re.fullmatch(r"https?://[^/]+/.+", url) for url in download.urls)
            and "give it as --" in download.by_hand
        )
        assert download.sha256 is None or re.fullmatch("[0-9a-f]{64}", download.sha256)
        assert all(url.endswith("/" + download.file) for url in download.urls)
