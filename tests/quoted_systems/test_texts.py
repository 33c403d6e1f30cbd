"""What the quoted systems need of a corpus, and its words in lower case."""

import numpy as np
import pytest

from data_prep.corpus import Corpus
from data_prep.description import Document
from data_prep.prose import as_given
from data_prep.tokenising import One
from data_prep.writer import CorpusWriter, VocabularyRule
from iadv_foundation.errors import UserError
from iadv_foundation.storage import files
from quoted_systems.texts import Words, require_text
from tests.helpers import tiny_corpus


def written(folder, documents, classes=("negative", "positive")):
    """A classification corpus of (split, words, label)."""
    with files.replacing_folder(folder) as partial:
        writer = CorpusWriter(
            partial, "classification", list(classes), VocabularyRule(unknown="drop", splits=("train",))
        )
        writer.fill(
            (Document(split, text.split(), label, str(place)) for place, (split, text, label) in enumerate(documents)),
            One(as_given),
        )
        writer.finish(
            {
                "name": "made-up",
                "title": "Made up",
                "description": "a made-up corpus",
                "expected": None,
                "sources": [],
                "options": {},
                "notes": {},
            }
        )
    return Corpus.open(folder)


DOCUMENTS = [
    ("train", "A a b c", 0),
    ("train", "The the THE B", 1),
    ("dev", "a", 0),
    ("test", "new words", 1),
    ("test", "b B a", 0),
    ("unlabeled", "c c d The", None),
]


class TestWords:
    @pytest.fixture
    def corpus(self, tmp_path):
        return written(tmp_path / "made-up", DOCUMENTS)

    def test_case_does_not_count_and_frequent_words_come_first(self, corpus):
        words = Words.of(corpus)
        assert words.names == ["the", "c", "a", "b"] and words.counts.tolist() == [4, 3, 2, 2]
        by_name = {word: words.number_of[number] for number, word in enumerate(corpus.vocabulary.words)}
        assert by_name["THE"] == by_name["The"] == by_name["the"] == 0 and by_name["A"] == by_name["a"] == 2
        assert by_name["<eos>"] == by_name["<unk>"] == -1

    def test_the_most_frequent_may_be_dropped_and_the_rare_left_out(self, corpus):
        assert Words.of(corpus, largest=2, dropped=1).names == ["c", "a"]
        assert Words.of(corpus, minimum=3).names == ["the", "c"]
        assert (Words.of(corpus, largest=1).number_of >= 0).sum() == 3

    def test_a_corpus_of_too_few_words_is_refused(self, corpus):
        with pytest.raises(UserError, match="no word of made-up is left"):
            Words.of(corpus, dropped=4)

    def test_counts_by_document_those_without_known_words_included(self, corpus):
        found = Words.of(corpus).counts_in(corpus.splits["test"])
        np.testing.assert_array_equal(found.toarray(), [[0, 0, 0, 0], [0, 0, 1, 2]])


class TestRequirements:
    def test_a_corpus_with_labels_of_words(self, tmp_path):
        with pytest.raises(
            UserError, match="SA-LSTM gives a document one class, and tiny has a label for each word: choose"
        ):
            require_text(tiny_corpus(tmp_path / "tiny", "labelling"), "SA-LSTM")

    def test_a_corpus_without_unlabelled_text(self, tmp_path):
        with pytest.raises(UserError, match="learns from unlabelled text, too, and tiny has none"):
            require_text(tiny_corpus(tmp_path / "tiny", unlabeled=False), "SA-LSTM")

    def test_a_class_without_training_documents(self, tmp_path):
        corpus = written(
            tmp_path / "made-up", [(split, text, 1 if split == "train" else label) for split, text, label in DOCUMENTS]
        )
        with pytest.raises(UserError, match="made-up has no training document of the class 'negative'"):
            require_text(corpus, "SA-LSTM")

    def test_what_they_need(self, tmp_path):
        require_text(tiny_corpus(tmp_path / "tiny"), "SA-LSTM")
