"""A bundle that was altered in any way is refused in one line, or says the same as before; nothing of it is run."""

import hashlib
import io
import json
import pickle
import shutil
import struct
import zipfile

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from iadv_foundation.errors import DamagedFileError, UserError
from interpretable_adv.bundle.contents import NAMES, read_bundle
from interpretable_adv.trained import open_run


def members_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members, compression=zipfile.ZIP_STORED, sums=True):
    """The bytes of a bundle with these members, by Python's own means; ``sums``: with new digests."""
    if sums:
        lines = [
            f"{hashlib.sha256(content).hexdigest()}  {name}\n"
            for name, content in members.items()
            if name != "SHA256SUMS"
        ]
        members = {**members, "SHA256SUMS": "".join(lines).encode()}
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return written.getvalue()


def same(one, other):
    """Whether two readings hold the same."""
    return (
        all(getattr(one, name) == getattr(other, name) for name in ("about", "stored", "metrics", "weights", "card"))
        and one.traits.vocabulary.words == other.traits.vocabulary.words
        and (one.traits.vocabulary.counts == other.traits.vocabulary.counts).all()
        and (one.traits.occurring == other.traits.occurring).all()
    )


@pytest.fixture(scope="module")
def written(bundles):
    """The bytes of a bundle, and what it holds."""
    path = bundles["classification"]
    return path.read_bytes(), read_bundle(path)


def outcome(path, content, expected):
    """``"refused"``, or ``"the same"``."""
    path.write_bytes(content)
    try:
        found = read_bundle(path)
    except UserError as error:
        assert str(path) in str(error) and "\n" not in str(error) and str(error).isprintable()
        return "refused"
    assert same(found, expected)
    return "the same"


@hypothesis.given(data=st.data())
@hypothesis.settings(max_examples=150, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
def test_flipped_bits_are_refused_or_harmless(written, tmp_path, data):
    content, expected = written
    flipped = bytearray(content)
    for _ in range(data.draw(st.integers(1, 3))):
        flipped[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    outcome(tmp_path / "m.zip", bytes(flipped), expected)


def test_every_bit_of_the_archive_s_own_records(written, tmp_path):
    """Names, sizes, flags and digests of members: all that is not a member's content."""
    content, expected = written
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        starts = [(info.header_offset, info.header_offset + 30 + len(info.filename)) for info in archive.infolist()]
        places = [place for start, end in starts for place in range(start, end)] + list(
            range(archive.start_dir, len(content))
        )
    found = {"refused": 0, "the same": 0}
    for place in places:
        flipped = bytearray(content)
        flipped[place] ^= 1 << place % 8
        found[outcome(tmp_path / "m.zip", bytes(flipped), expected)] += 1
    assert found["refused"] > 200 and found["the same"] > 50  # such as dates


@pytest.mark.parametrize("name", [*NAMES, "SHA256SUMS"])
def test_a_member_that_was_altered_or_is_missing_is_named(written, tmp_path, name):
    content, path = written[0], tmp_path / "m.zip"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        info = archive.getinfo(name)
    flipped = bytearray(content)
    flipped[info.header_offset + 30 + len(name) + info.file_size // 2] ^= 4
    path.write_bytes(flipped)
    with pytest.raises(DamagedFileError, match=rf"m.zip is damaged \(.*{name}.*\): fetch it again"):
        read_bundle(path)
    members = members_of(io.BytesIO(content))
    members[name] += b" "
    path.write_bytes(packed(members, sums=False))
    with pytest.raises(DamagedFileError, match="SHA256SUMS"):
        read_bundle(path)
    del members[name]
    path.write_bytes(packed(members, sums=name != "SHA256SUMS"))
    with pytest.raises(UserError, match=f"{name} is missing|it has no SHA256SUMS"):
        read_bundle(path)


@pytest.mark.parametrize("name", ["../../evil.py", "/etc/evil", "weights.npz/x", "evil\x1b]0;x", "x" * 60_000])
def test_a_member_too_many(written, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "in" / "m.zip"
    path.parent.mkdir()
    path.write_bytes(packed({**members_of(io.BytesIO(written[0])), name: b"evil"}))
    with pytest.raises(DamagedFileError) as caught:
        read_bundle(path)
    assert str(caught.value).isprintable() and len(str(caught.value)) < 600
    assert [one.name for one in tmp_path.rglob("*")] == ["in", "m.zip"]


def test_members_that_unpack_to_more_than_the_file_are_not_read(written, tmp_path):
    members = members_of(io.BytesIO(written[0]))
    for kind in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        (tmp_path / "m.zip").write_bytes(packed({**members, "MODEL_CARD.md": bytes(10**7)}, kind))
        with pytest.raises(DamagedFileError, match="SHA256SUMS is packed, and a bundle's members are not"):
            read_bundle(tmp_path / "m.zip")


def test_weights_that_state_another_size_are_refused(written, tmp_path):
    """A header of an array that asks for 8 terabytes."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)})
    weights = io.BytesIO()
    with zipfile.ZipFile(weights, "w") as archive:
        archive.writestr("embedding/W.npy", header.getvalue())
    (tmp_path / "m.zip").write_bytes(packed({**members_of(io.BytesIO(written[0])), "weights.npz": weights.getvalue()}))
    with pytest.raises(DamagedFileError, match="weights.npz"):
        open_run(tmp_path / "m.zip")


class Payload:
    """Unpickled, it leaves a file behind."""

    def __reduce__(self):
        return open, ("ran", "w")


def test_nothing_is_unpickled(written, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    members, objects, arrays = members_of(io.BytesIO(written[0])), np.array([Payload()], object), io.BytesIO()
    with zipfile.ZipFile(arrays, "w") as archive:
        array = io.BytesIO()
        np.lib.format.write_array(array, objects, allow_pickle=True)
        archive.writestr("embedding/W.npy", array.getvalue())
    for weights in (pickle.dumps(Payload()), arrays.getvalue(), b"", b"PK\x03\x04"):
        (tmp_path / "m.zip").write_bytes(packed({**members, "weights.npz": weights}))
        with pytest.raises(UserError, match="weights.npz"):
            open_run(tmp_path / "m.zip")
    assert not (tmp_path / "ran").exists()


def forged(written, tmp_path, name, change):
    """A bundle with right digests, one of whose JSON members was changed."""
    members = members_of(io.BytesIO(written[0]))
    value = json.loads(members[name])
    changed = change(value)
    members[name] = json.dumps(changed if isinstance(changed, dict | list) else value).encode()
    (tmp_path / "m.zip").write_bytes(packed(members))
    return tmp_path / "m.zip"


@pytest.mark.parametrize(
    "name, change, message",
    [
        (
            "bundle.json",
            lambda found: found.update(format=2),
            "has format '2', and this version reads format 1: get the version",
        ),
        ("bundle.json", lambda found: found.update(format="\x1b" * 99), "has format"),
        ("bundle.json", lambda found: found.update(kind="a zoo"), "does not describe a bundle"),
        ("bundle.json", lambda found: [found], "does not describe a bundle"),
        ("bundle.json", lambda found: found.pop("weights"), "bundle.json: weights"),
        ("bundle.json", lambda found: found["corpus"].update(task="zoo"), "bundle.json does not fit together"),
        ("bundle.json", lambda found: found["corpus"].update(classes="ab"), "bundle.json: classes"),
        ("bundle.json", lambda found: found["corpus"].update(classes=["a"] * 9), "weights.npz is of another network"),
        ("bundle.json", lambda found: found["corpus"].update(name="sample-cac"), "config.json is of another corpus"),
        ("bundle.json", lambda found: found["corpus"].update(train_documents=0), "bundle.json: train_documents"),
        (
            "config.json",
            lambda found: found.update(format=99),
            "m.zip cannot be used by this version .it has format 99",
        ),
        ("config.json", lambda found: found.update(method="zoo"), "is a run of the method 'zoo'"),
        ("config.json", lambda found: found["model"].update(hidden_size=7), "weights.npz is of another network"),
        ("config.json", lambda found: found["model"].update(hidden_size="x"), "does not describe a run"),
        ("config.json", lambda found: [], "does not describe a run"),
        ("metrics.json", lambda found: [], "metrics.json holds no results"),
        ("vocabulary.json", lambda found: found["words"].pop(), "vocabulary.json does not fit together"),
        (
            "vocabulary.json",
            lambda found: found["words"].__setitem__(5, "another"),
            "weights.npz does not fit: its vocabulary",
        ),
        ("vocabulary.json", lambda found: found["words"].__setitem__(5, "\ud800"), "vocabulary.json"),
        ("vocabulary.json", lambda found: found["words"].__setitem__(5, 7), "vocabulary.json: words"),
        ("vocabulary.json", lambda found: found["counts"].__setitem__(5, -7), "vocabulary.json: counts"),
        ("vocabulary.json", lambda found: found["counts"].__setitem__(5, 10**30), "vocabulary.json"),
        ("vocabulary.json", lambda found: found["not_in_train"].append(10**6), "vocabulary.json does not fit together"),
        ("vocabulary.json", lambda found: {"words": []}, "vocabulary.json"),
    ],
)
def test_a_forged_bundle_is_refused_in_one_line(written, tmp_path, name, change, message):
    with pytest.raises(UserError, match=message) as caught:
        open_run(forged(written, tmp_path, name, change))
    assert "\n" not in str(caught.value) and str(caught.value).isprintable()


@pytest.mark.parametrize("content", [b"[" * 100_000, b"\xff", b"{", b"1e999"])
def test_json_that_is_none(written, tmp_path, content):
    members = members_of(io.BytesIO(written[0]))
    for name in ("bundle.json", "config.json", "metrics.json", "vocabulary.json"):
        (tmp_path / "m.zip").write_bytes(packed({**members, name: content}))
        with pytest.raises(UserError, match=name):
            open_run(tmp_path / "m.zip")


def test_weights_that_are_no_numbers(written, tmp_path):
    members = members_of(io.BytesIO(written[0]))
    from iadv_foundation.storage import files

    arrays, metadata = files.load_arrays("x", members["weights.npz"])
    arrays["ffnn/W"][0, 0] = np.nan
    changed = io.BytesIO()
    files.write_arrays(changed, arrays, metadata)
    (tmp_path / "m.zip").write_bytes(packed({**members, "weights.npz": changed.getvalue()}))
    with pytest.raises(DamagedFileError, match="weights that are no numbers"):
        open_run(tmp_path / "m.zip")


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + bytes(18), b"PK\x03\x04" + bytes(100)])
def test_what_is_no_bundle(tmp_path, content):
    (tmp_path / "m.zip").write_bytes(content)
    with pytest.raises(UserError, match="m.zip is neither a run folder nor a whole bundle"):
        open_run(tmp_path / "m.zip")


def test_cut_off_anywhere(written, tmp_path):
    content, expected = written
    for length in [*range(0, len(content), len(content) // 40), len(content) - 1]:
        assert outcome(tmp_path / "m.zip", content[:length], expected) == "refused"


def test_a_run_s_weights_alone_are_no_bundle(finished, tmp_path):
    best = next(finished.rglob("best.npz"))
    with pytest.raises(UserError, match="neither a run folder nor a whole bundle .* .it has no SHA256SUMS"):
        open_run(shutil.copy(best, tmp_path))


def test_a_member_twice(written, tmp_path):
    members, content = members_of(io.BytesIO(written[0])), io.BytesIO(written[0])
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(content, "a") as archive:
        archive.writestr("MODEL_CARD.md", members["MODEL_CARD.md"])
    (tmp_path / "m.zip").write_bytes(content.getvalue())
    with pytest.raises(DamagedFileError, match="a member stands in it twice"):
        read_bundle(tmp_path / "m.zip")


def test_a_member_that_claims_more_than_the_file(written, tmp_path):
    content = bytearray(written[0])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        place = archive.start_dir
    struct.pack_into("<II", content, place + 20, 2**32 - 2, 2**32 - 2)
    (tmp_path / "m.zip").write_bytes(content)
    with pytest.raises(UserError):
        read_bundle(tmp_path / "m.zip")
