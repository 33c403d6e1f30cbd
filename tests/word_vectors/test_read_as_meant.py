"""Vectors that are easily misread: each file gives what its author wrote, or is refused for the true reason."""

import gzip
import io
import struct

import gensim
import numpy as np
import pytest

from iadv_foundation.errors import UserError
from word_vectors.formats import read

#: The numbers are exact in float16, so that each kind of file holds the same ones.
ROWS = {"the": [0.5, -1.25, 2.0], "film": [-0.75, 0.125, 1.0], "caf\u00e9": [3.0, -0.5, 0.25], "is": [1.5, 0.0, -2.5]}


def binary(rows, kind="f", count=None, order="<", end=b""):
    """A word2vec binary file, made by ``struct`` alone."""
    body = b"".join(
        word.encode() + b" " + struct.pack(f"{order}{len(numbers)}{kind}", *numbers) + end
        for word, numbers in rows.items()
    )
    return f"{len(rows) if count is None else count} {len(next(iter(rows.values())))}\n".encode() + body


def text(rows, count=None):
    return (
        f"{len(rows) if count is None else count} 3\n"
        + "".join(f"{word} {' '.join(map(str, numbers))}\n" for word, numbers in rows.items())
    ).encode()


def found_in(tmp_path, content, wanted=tuple(ROWS)):
    (tmp_path / "v").write_bytes(content)
    found, size, words, kind = read(tmp_path / "v", set(wanted))
    assert all(vector.shape == (size,) and vector.dtype == np.float32 for vector in found.values())
    return {word: vector.tolist() for word, vector in found.items()}, words, kind


@pytest.mark.parametrize(
    "content, kind",
    [
        (binary(ROWS), "word2vec binary"),
        (binary(ROWS, end=b"\n"), "word2vec binary"),
        (binary(ROWS, "d"), "word2vec binary, float64"),
        (binary(ROWS, "e"), "word2vec binary, float16"),
        (binary(ROWS, "d", end=b"\n"), "word2vec binary, float64"),
        (binary(ROWS, order=">"), "word2vec binary"),
        (binary(ROWS, "d", order=">"), "word2vec binary, float64"),
        (text(ROWS), "word2vec text"),
        (b"\xef\xbb\xbf" + text(ROWS), "word2vec text"),
        (text(ROWS) + b"\n\n", "word2vec text"),
        (text(ROWS).replace(b"\n", b"\n\n"), "word2vec text"),
        (text(ROWS).replace(b"\n", b"\r\n\r\n"), "word2vec text"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_every_number_is_the_author_s(tmp_path, content, kind, pack):
    assert found_in(tmp_path, pack(content)) == (ROWS, 4, kind)


def test_rows_are_read_across_the_pieces_of_reading(tmp_path, monkeypatch):
    monkeypatch.setattr("word_vectors.binary_format._CHUNK", 11)
    for kind in "fde":
        assert found_in(tmp_path, binary(ROWS, kind))[0] == ROWS


def test_a_line_end_as_a_word(tmp_path):
    assert found_in(tmp_path, text({"\n": [1, 2, 3], **ROWS}))[:2] == (ROWS, 5)


@pytest.mark.parametrize(
    "content, reason",
    [
        (text(ROWS, 2), "line 4: a row behind the 2 words that line 1 announces"),
        (text(ROWS) + text(ROWS), "line 6: a row behind the 4 words that line 1 announces"),
        (text(ROWS, 5), "is truncated: 5 words announced, 4 found"),
        (binary(ROWS, count=2), "holds more rows than the 2 that it announces"),
        (binary(ROWS) + binary(ROWS), "holds more rows than the 4 that it announces"),
        (binary(ROWS, count=5), "is truncated: 5 words announced, 4 found"),
        (binary(ROWS)[:-1], "is truncated: 4 words announced, 3 found"),
        (binary(ROWS) + b"x", "holds more rows than the 4"),
        (text({**ROWS, "film": [1e30, 1, 1]}), "'film' has the entry 1e.30, which no word vector has"),
        (text({**ROWS, "film": [1e99, 1, 1]}), "'film' has an entry that is not finite"),
        (binary({**ROWS, "film": [3e38, 1, 1]}), "'film' has the entry 3e.38, which no word vector has"),
        (b"\xba\x16\x4f\x2f\x0c\0\0\0", "FastText's own model: give the .vec file"),
        (text(ROWS).decode().encode("utf-16"), "UTF-16 text: save it as UTF-8"),
    ],
)
def test_the_true_reason(tmp_path, content, reason):
    with pytest.raises(UserError, match=reason) as caught:
        found_in(tmp_path, content)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind, order", ["f<", "d<", "f>"])
@pytest.mark.parametrize("end", [b"", b"\n"])
@pytest.mark.parametrize(
    "words", [["New York"], ["film noir"], ["vitamin c", "the cat", "at the end", "caf\u00e9 au lait"]]
)
def test_blanks_in_words_of_a_binary_file(tmp_path, words, end, kind, order):
    draw = np.random.default_rng(0)
    for place in range(len(ROWS) + 1):
        names = list(ROWS)
        rows = {
            name: draw.normal(size=12).astype(np.float32).tolist() for name in (*names[:place], *words, *names[place:])
        }
        assert found_in(tmp_path, binary(rows, kind, order=order, end=end), (*ROWS, *words))[0] == rows


def test_many_blanks_and_no_vector_is_shifted(tmp_path):
    """Either all vectors are right, or the file is refused: over many files of made-up words."""
    draw, refused = np.random.default_rng(1), 0
    for _ in range(400):
        names = [
            " ".join("".join(draw.choice(list("abcdefgh"), draw.integers(1, 6))) for _ in range(draw.integers(1, 4)))
            for _ in range(12)
        ]
        rows = {name: draw.normal(size=12).astype(np.float32).tolist() for name in names}
        try:
            assert found_in(tmp_path, binary(rows), tuple(rows))[0] == rows
        except UserError:
            refused += 1
    assert refused < 40


def test_a_blank_in_a_word_of_a_text_file_is_read(tmp_path):
    assert found_in(tmp_path, text({"New York": [1, 2, 3], **ROWS}), (*ROWS, "New York"))[0] == {
        "New York": [1, 2, 3],
        **ROWS,
    }


def test_words_in_latin_1_of_a_binary_file(tmp_path):
    content = b"2 3\nna\xefve " + struct.pack("<3f", 1, 2, 3) + b"is " + struct.pack("<3f", *ROWS["is"])
    assert found_in(tmp_path, content)[0] == {"is": ROWS["is"]}


class TestGensim:
    @pytest.fixture
    def vectors(self):
        made = gensim.models.KeyedVectors(3)
        made.add_vectors(list(ROWS), np.array(list(ROWS.values()), np.float32))
        return made

    @pytest.mark.parametrize("protocol", [2, 3, 4, 5])
    @pytest.mark.parametrize("order", ["C", "F"])
    def test_every_protocol_of_pickles(self, tmp_path, vectors, protocol, order):
        vectors.vectors = np.asarray(vectors.vectors, order=order)
        vectors.save(str(tmp_path / "v"), pickle_protocol=protocol)
        found, *rest = read(tmp_path / "v", set(ROWS))
        assert {word: vector.tolist() for word, vector in found.items()} == ROWS and rest == [
            3,
            4,
            "gensim KeyedVectors",
        ]

    def test_a_packed_file_with_its_array_beside_it(self, tmp_path, vectors):
        vectors.save(str(tmp_path / "v.gz"), sep_limit=1)
        assert (tmp_path / "v.gz.vectors.npz").is_file()
        assert {word: vector.tolist() for word, vector in read(tmp_path / "v.gz", set(ROWS))[0].items()} == ROWS

    def test_fasttext(self, tmp_path):
        model = gensim.models.FastText([["the", "film"]] * 9, vector_size=4, min_count=1, workers=1, bucket=50)
        model.save(str(tmp_path / "model"))
        model.wv.save(str(tmp_path / "kv"))
        for name in ("model", "kv"):
            with pytest.raises(
                UserError, match="holds vectors of FastText.*write the vectors with save_word2vec_format"
            ):
                read(tmp_path / name, {"the"})
        model.wv.save_word2vec_format(str(tmp_path / "written"))
        np.testing.assert_allclose(read(tmp_path / "written", {"the"})[0]["the"], model.wv["the"], rtol=1e-5)

    def test_an_array_of_another_shape(self, tmp_path, vectors):
        vectors.save(str(tmp_path / "v"), sep_limit=1)
        array = io.BytesIO()
        np.save(array, np.zeros((3, 3), np.float32))
        (tmp_path / "v.vectors.npy").write_bytes(array.getvalue())
        with pytest.raises(UserError, match=r"is damaged: 4 words, vectors of shape \(3, 3\)"):
            read(tmp_path / "v", set(ROWS))
