"""Vectors that gensim wrote are read back equal in every format, found out by content; no code of a file is run."""

import bz2
import gzip
import lzma
import pickle
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors, Word2Vec

from iadv_foundation.errors import UserError
from word_vectors.formats import read

WORDS = ["the", "caf\u00e9", "goes", "\u65e5\u672c", "n't", "</s>", "a" * 300]


@pytest.fixture(scope="module")
def vectors():
    made = KeyedVectors(7)
    made.add_vectors(WORDS, np.random.default_rng(0).normal(size=(len(WORDS), 7)).astype(np.float32))
    return made


def save(vectors, path, form):
    """Write vectors with gensim and return the file."""
    if form == "text":
        vectors.save_word2vec_format(path)
    elif form == "binary":
        vectors.save_word2vec_format(path, binary=True)
    elif form == "gensim":
        vectors.save(str(path))
    elif form == "gensim, array beside it":
        vectors.save(str(path), sep_limit=1)
        assert Path(f"{path}.vectors.npy").is_file()
    return path


@pytest.mark.parametrize(
    "form, name",
    [
        ("text", "word2vec text"),
        ("binary", "word2vec binary"),
        ("gensim", "gensim KeyedVectors"),
        ("gensim, array beside it", "gensim KeyedVectors"),
    ],
)
def test_every_format_gives_gensims_vectors(vectors, tmp_path, form, name):
    path = save(vectors, tmp_path / "a file", form)
    found, size, words, kind = read(path, set(WORDS) | {"nowhere"})
    assert (size, words, kind) == (7, len(WORDS), name) and set(found) == set(WORDS)
    for word in WORDS:
        assert found[word].dtype == np.float32
        np.testing.assert_allclose(found[word], vectors[word], rtol=0 if form != "text" else 1e-6)
    assert set(read(path, {"goes", "x"})[0]) == {"goes"}


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("form", ["text", "binary"])
def test_packed_files_whatever_they_are_called(vectors, tmp_path, form, pack):
    path = save(vectors, tmp_path / "plain", form)
    (tmp_path / "packed").write_bytes(pack(path.read_bytes()))
    packed, plain = read(tmp_path / "packed", set(WORDS)), read(path, set(WORDS))
    assert packed[1:] == plain[1:] and all((packed[0][word] == plain[0][word]).all() for word in WORDS)


def test_binary_with_line_ends_as_the_original_program_writes_it(vectors, tmp_path):
    rows = b"".join(word.encode() + b" " + vectors[word].tobytes() + b"\n" for word in WORDS)
    (tmp_path / "a").write_bytes(f"{len(WORDS)} 7\n".encode() + rows)
    found = read(tmp_path / "a", set(WORDS))[0]
    assert all((found[word] == vectors[word]).all() for word in WORDS)


def test_binary_of_many_words_across_the_chunks_of_reading(tmp_path, monkeypatch):
    monkeypatch.setattr("word_vectors.binary_format._CHUNK", 37)
    made = KeyedVectors(3)
    made.add_vectors([f"w{n}" for n in range(500)], np.random.default_rng(1).normal(size=(500, 3)).astype(np.float32))
    found = read(save(made, tmp_path / "a", "binary"), set(made.key_to_index))[0]
    assert len(found) == 500 and all((found[word] == made[word]).all() for word in found)


def test_a_trained_model_of_gensim(tmp_path):
    model = Word2Vec([["a", "b", "c"]] * 9, vector_size=4, min_count=1, workers=1)
    model.save(str(tmp_path / "model"))
    found, size, words, _ = read(tmp_path / "model", {"a", "c"})
    assert (size, words) == (4, 3) and all((found[word] == model.wv[word]).all() for word in "ac")


def test_of_a_word_that_comes_twice_the_first_counts(tmp_path):
    (tmp_path / "a").write_text("3 2\na 1 2\nb 3 4\na 5 6\n")
    assert read(tmp_path / "a", {"a"})[0]["a"].tolist() == [1, 2]


def test_tabs_several_blanks_and_a_blank_as_word_in_a_text_file(tmp_path):
    (tmp_path / "a").write_bytes(b"4 2\na\t1\t2\nb  3  4\n  5 6\nc d 7 8\n")
    found = read(tmp_path / "a", {"a", "b", "c d"})[0]
    assert {word: vector.tolist() for word, vector in found.items()} == {"a": [1, 2], "b": [3, 4], "c d": [7, 8]}


def test_words_that_are_not_utf_8_do_not_make_a_text_file_binary(tmp_path):
    (tmp_path / "a").write_bytes(b"2 2\n\x93\x01 1 2\nb 3 4\n")
    assert read(tmp_path / "a", {"b"})[0]["b"].tolist() == [3, 4]


class TestATextFileIsNeverTakenForABinaryOne:
    """Digits read as float32 would be vectors, too."""

    WORDS = [f"w{number}" for number in range(200)]
    NUMBERS = " ".join(["0.125"] * 16)

    @pytest.mark.parametrize(
        "change, words",
        [
            (lambda lines: [lines[0], lines[1].replace("0.125", "nan", 1), *lines[2:]], "not finite"),
            (lambda lines: [lines[0], lines[1].replace("0.125", "inf", 1), *lines[2:]], "not finite"),
            (lambda lines: ["200 17", *lines[1:]], "line 2: a word and 17 numbers expected"),
            (lambda lines: [line.replace(".", ",") for line in lines], "line 2: a word and 16 numbers expected"),
            (lambda lines: [lines[0], lines[1] + "x", *lines[2:]], "line 2: a word and 16 numbers expected"),
        ],
    )
    def test_a_first_line_that_does_not_fit_is_named(self, tmp_path, change, words):
        lines = ["200 16", *(f"{word} {self.NUMBERS}" for word in self.WORDS)]
        (tmp_path / "a").write_text("\n".join(change(lines)) + "\n")
        with pytest.raises(UserError, match=words):
            read(tmp_path / "a", set(self.WORDS))


class Harmful:
    """An object whose pickle calls a function when it is read."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_no_code_of_a_pickle_is_run(tmp_path):
    (tmp_path / "a").write_bytes(pickle.dumps(Harmful(tmp_path / "harm")))
    with pytest.raises(UserError, match="save_word2vec_format"):
        read(tmp_path / "a", {"a"})
    assert not (tmp_path / "harm").exists()
    pickle.loads((tmp_path / "a").read_bytes())
    assert (tmp_path / "harm").exists()


@pytest.mark.parametrize("form", ["text", "binary"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_truncated_file_is_named(vectors, tmp_path, form, pack):
    path = save(vectors, tmp_path / "a", form)
    packed = pack(path.read_bytes())
    path.write_bytes(packed[: len(packed) * 2 // 3])
    with pytest.raises(UserError, match="/a is truncated|/a, line"):
        read(path, set(WORDS))


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "NUMBER-OF-WORDS DIMENSIONS"),
        (b"the 0.1 0.2\n", "NUMBER-OF-WORDS DIMENSIONS"),
        (b"0 5\n", "NUMBER-OF-WORDS DIMENSIONS"),
        (b"5 99999999999\na 1\n", "NUMBER-OF-WORDS DIMENSIONS"),
        (b"PK\x03\x04 zip", "a zip archive: unpack it"),
        (b"2 2\na 1 2\nb 3\n", "line 3: a word and 2 numbers expected"),
        (b"2 2\na 1 2\nb 3 x\n", "line 3"),
        (b"2 2\na 1 2\nb 3 inf\n", "not finite"),
        (b"1 1\na " + np.float32(np.nan).tobytes(), "not finite"),
        (b"1 3\n" + b"\xff" * 100_000, "neither word2vec text nor word2vec binary"),
        (b"1 3\n" + b"x" * 100_000, "line 2"),
        (b"\x80\x04K\x01.", "save_word2vec_format"),
    ],
)
def test_what_is_no_word2vec_file_is_said(tmp_path, content, words):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(UserError, match=words):
        read(tmp_path / "a", {"a", "b"})


def test_no_file(tmp_path):
    with pytest.raises(UserError, match="there is no file"):
        read(tmp_path / "a", set())


def test_a_missing_array_beside_is_named(vectors, tmp_path):
    path = save(vectors, tmp_path / "a", "gensim, array beside it")
    Path(f"{path}.vectors.npy").unlink()
    with pytest.raises(UserError, match="a.vectors.npy is missing"):
        read(path, {"the"})
