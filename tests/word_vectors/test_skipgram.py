"""Skip-gram vectors are gensim's own, in the vocabulary's order, bit-identical whatever the hash seed,
and learn meanings.
"""

import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from gensim.models import Word2Vec

from data_prep.corpus import Corpus
from iadv_foundation.errors import UserError
from iadv_foundation.storage import files
from tests.helpers import tiny_corpus
from word_vectors import sentences as text
from word_vectors import store
from word_vectors.sentences import Sentences, TextSource, train_sentences, write
from word_vectors.skipgram import stable_hash, train
from word_vectors.vector_settings import load_skipgram_settings

ROOT = Path(__file__).resolve().parents[2]
SMALL = ["vectors.size=8", "vectors.epochs=3", "vectors.minimum_count=3"]


@pytest.fixture
def corpus(tmp_path):
    return tiny_corpus(tmp_path / "out" / "corpora" / "sample-ged", task="labelling", name="sample-ged")


def settings(*overrides):
    return load_skipgram_settings("sample-ged", "quick", [*SMALL, *overrides])


def test_rows_are_gensims_vectors_of_the_same_sentences(corpus, tmp_path):
    record = train(corpus, settings(), [], tmp_path / "a", seed=3, quiet=True)
    vectors, found, stored = store.load(tmp_path / "a", corpus.vocabulary)
    theirs = Word2Vec(
        list(train_sentences(corpus)),
        sg=1,
        vector_size=8,
        window=5,
        negative=5,
        min_count=3,
        sample=1e-3,
        epochs=3,
        alpha=0.025,
        workers=1,
        seed=3,
    ).wv
    assert stored == record and 0 < found.sum() < len(found)
    for number, word in enumerate(corpus.vocabulary.words):
        assert found[number] == (word in theirs)
        if found[number]:
            assert (vectors[number] == theirs[word]).all(), word
    counts = np.bincount(corpus.splits["train"].ids, minlength=len(found))
    assert (found == (counts >= 3)).all()
    assert vectors[~found].std() != 0


def test_the_record_says_what_was_read(corpus, tmp_path):
    text = tmp_path / "a.txt"
    text.write_text("I goes there.\n" * 10)
    record = train(corpus, settings(), [TextSource("text", text)], tmp_path / "a", seed=0, quiet=True)
    own = int(corpus.splits["train"].lengths.sum())
    assert [one["tokens"] for one in record["texts"]] == [own, 40] and record["tokens"] == own + 40
    assert record["texts"][1]["sha256"] == files.digest_of_file(text)
    assert record["gensim"] and record["seed"] == 0 and record["settings"]["size"] == record["size"] == 8
    assert record["found"] == store.load(tmp_path / "a", corpus.vocabulary)[1].sum()
    assert set(record["coverage"]) == {"vocabulary", "train", "dev", "test"}
    timing = files.read_json(tmp_path / "a" / "timing.json")
    assert timing["words_per_second"] > 0 and set(timing) == {"text_seconds", "training_seconds", "words_per_second"}
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["metrics.json", "timing.json", "vectors.npz"]


def test_the_same_seed_gives_identical_bytes_whatever_the_hash_seed_is(corpus, tmp_path):
    text = tmp_path / "a.txt"
    text.write_text("The cat sat on the mat. A dog goes to an old house.\n" * 20)

    def made(name, hash_seed, seed):
        code = (
            f"from word_vectors.cli import main; main(['skipgram', 'sample-ged', '--out', {str(tmp_path / 'out')!r}, "
            f"'--text', 'text={text}', '--quiet', '--overwrite', '--seed', '{seed}', '--set', 'vectors.size=8'])"
        )
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            check=True,
            capture_output=True,
            timeout=120,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "OMP_NUM_THREADS": "1"},
        )
        folder = store.vectors_folder(tmp_path / "out", "sample-ged", "skipgram")
        found = [(folder / file).read_bytes() for file in ("vectors.npz", "metrics.json")]
        (folder / "metrics.json").unlink()
        return found

    first = made("a", "0", 0)
    assert made("b", "1", 0) == first
    assert made("c", "0", 1)[0] != first[0]


def test_the_hash_does_not_follow_the_hash_seed():
    code = "from word_vectors.skipgram import stable_hash; print(stable_hash('caf\\u00e9'), hash('caf\\u00e9'))"
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1")
    }
    assert len(printed) == 2 and len({line.split()[0] for line in printed}) == 1
    assert 0 <= stable_hash("x") < 2**32 != stable_hash("y")


def test_words_that_stand_in_each_others_places_become_similar(corpus, tmp_path):
    """``goes`` and ``go`` among one kind of words, ``an`` and ``a`` among another: cosines by hand."""
    text = tmp_path / "a.txt"
    rng = np.random.default_rng(0)
    text.write_text(
        "".join(
            f"{' '.join(rng.permutation([rng.choice(pair), *(f'{kind}{n}' for n in rng.integers(0, 12, 5))]))}\n"
            for _ in range(600)
            for kind, pair in (("left", ("goes", "go")), ("right", ("an", "a")))
        )
    )
    train(
        corpus,
        settings("vectors.epochs=8", "vectors.subsampling=0"),
        [TextSource("text", text)],
        tmp_path / "a",
        0,
        True,
    )
    vectors, _, _ = store.load(tmp_path / "a", corpus.vocabulary)
    goes, go, an, a = (vectors[corpus.vocabulary.id_of(word)] for word in ("goes", "go", "an", "a"))

    def cosine(one, other):
        return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))

    assert min(cosine(goes, go), cosine(an, a)) > 0.2 + max(
        cosine(goes, an), cosine(go, a), cosine(goes, a), cosine(go, an)
    )


def test_memory_does_not_grow_with_the_text(corpus, tmp_path):
    def peak(lines):
        path = tmp_path / f"{lines}.txt"
        path.write_text("It is a rather long sentence of many words that come again and again.\n" * lines)
        tracemalloc.start()
        write(tmp_path / "text", corpus, [TextSource("text", path)])
        read = sum(len(sentence) for sentence in Sentences(tmp_path / "text"))
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return read, used

    peak(10)
    (few, small), (many, large) = peak(200), peak(5000)
    assert many > 15 * few and large < small + 100_000


def test_a_text_that_vanishes_while_gensim_reads_it_is_an_error_and_no_endless_wait(corpus, tmp_path, monkeypatch):
    write_text = text.write

    def write_and_remove(path, *rest):
        written = write_text(path, *rest)
        path.unlink()
        return written

    monkeypatch.setattr(text, "write", write_and_remove)
    with pytest.raises(FileNotFoundError):
        train(corpus, settings(), [], tmp_path / "a", 0, True)


def test_a_text_that_vanishes_after_the_words_are_counted_is_an_error_too(corpus, tmp_path, monkeypatch):
    from gensim.models import Word2Vec

    count = Word2Vec.build_vocab

    def count_and_remove(model, *args, corpus_iterable, **options):
        count(model, *args, corpus_iterable=corpus_iterable, **options)
        corpus_iterable.path.unlink()

    monkeypatch.setattr(Word2Vec, "build_vocab", count_and_remove)
    with pytest.raises(FileNotFoundError):
        train(corpus, settings(), [], tmp_path / "a", 0, True)


def test_a_text_without_frequent_words_is_said(corpus, tmp_path):
    with pytest.raises(UserError, match="no word of the text occurs 999999 times"):
        train(corpus, settings("vectors.minimum_count=999999"), [], tmp_path / "a", 0, True)
    assert list((tmp_path / "a").iterdir()) == []


def test_progress_is_a_line_an_epoch(corpus, tmp_path, capsys):
    train(corpus, settings(), [], tmp_path / "a", 0)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(",")[0] for line in lines] == [f"skip-gram: epoch {number} of 3" for number in (1, 2, 3)]


def test_real_fce_words_are_all_found(real_data, tmp_path):
    """On the real corpus every word of the vocabulary but the end sign has a vector, from its train split alone."""
    from data_prep.command import main as prepare

    prepare(["fce", "--source", str(real_data / "fce-public.tar.xz"), "--out", str(tmp_path), "--quiet"])
    fce = Corpus.open(tmp_path / "corpora" / "fce")
    small = load_skipgram_settings("fce", "paper", ["vectors.size=4", "vectors.epochs=1"])
    record = train(fce, small, [], tmp_path / "a", 0, True)
    assert record["tokens"] == 452833 and record["found"] == len(fce.vocabulary) - 1
    assert record["coverage"]["test"]["tokens"] == 100
