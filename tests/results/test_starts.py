"""Table 6 says which word vectors every number started from, and only as long as they are the ones that stand there."""

import numpy as np

from iadv_foundation.storage import files
from results.tables import build
from tests.helpers import tiny_corpus
from tests.results.made_up import classification_run, labelling_run, quick
from word_vectors import store
from word_vectors.vector_settings import load_gwe_settings, load_skipgram_settings

CORPUS = "sample-ged"


def make_vectors(out, name, record, seed=0):
    """Write vectors; returns their SHA-256."""
    vocabulary = tiny_corpus(out / "tiny", task="labelling").vocabulary
    folder = store.vectors_folder(out, CORPUS, name)
    vectors = np.random.default_rng(seed).normal(size=(len(vocabulary), 3))
    store.save(folder, vectors, np.ones(len(vocabulary), bool), {"vocabulary_sha256": vocabulary.sha256, **record})
    return store.digest(folder)


def notes_of(out):
    return [note for note in build("6", quick(out)).notes if note.startswith("Embeddings")]


def test_which_rows_started_from_which_vectors(tmp_path):
    texts = [{"kind": "train", "file": CORPUS, "tokens": 7}, {"kind": "imdb", "file": "a.tar", "tokens": 3000}]
    skipgram = make_vectors(tmp_path, "skipgram", {"texts": texts, "tokens": 3007})
    gwe = make_vectors(tmp_path, "gwe", {})
    files.write_json(
        store.vectors_folder(tmp_path, CORPUS, "gwe") / "config.json", {"start": "skipgram", "start_sha256": skipgram}
    )
    labelling_run(tmp_path, CORPUS, "baseline")  # from the language model
    labelling_run(tmp_path, CORPUS, "bilstm-skipgram", vectors_sha256=skipgram)
    labelling_run(tmp_path, CORPUS, "bilstm-gwe", vectors_sha256=gwe)
    ours, published = notes_of(tmp_path)
    assert ours == (
        "Embeddings of ours start from - BiLSTM w/ Skipgram [Rei and Yannakoudakis, 2016]: skip-gram vectors trained "
        f"on sample-ged train + a.tar, 3,007 tokens (SHA-256 {skipgram[:12]}); BiLSTM w/ GWE [Kaneko et al., 2017]: "
        f"error- and grammaticality-specific vectors trained on sample-ged train, beginning with the skipgram vectors "
        f"{skipgram[:12]} (SHA-256 {gwe[:12]})"
    )
    assert published == (
        "Embeddings behind the published numbers start from - BiLSTM w/ Skipgram [Rei and Yannakoudakis, "
        "2016]: word2vec vectors of Google News, as Rei and Yannakoudakis, 2016 say"
    )


def test_gwe_vectors_made_without_corrections_are_not_called_error_specific(tmp_path):
    for pairs, name in (
        (0, "grammaticality-specific vectors, without corrections that would make them error-specific too, "),
        (7, "error- and grammaticality-specific vectors "),
    ):
        gwe = make_vectors(tmp_path, "gwe", {"confusion_pairs": pairs}, seed=pairs)
        labelling_run(tmp_path, CORPUS, "bilstm-gwe", vectors_sha256=gwe)
        assert f"[Kaneko et al., 2017]: {name}trained on sample-ged train (SHA" in notes_of(tmp_path)[0]


def test_vectors_that_were_replaced_are_not_described(tmp_path):
    before = make_vectors(tmp_path, "skipgram", {"texts": [{"kind": "train", "file": CORPUS}]})
    labelling_run(tmp_path, CORPUS, "bilstm-skipgram", vectors_sha256=before)
    after = make_vectors(tmp_path, "skipgram", {"texts": [{"kind": "train", "file": CORPUS}]}, seed=1)
    labelling_run(tmp_path, CORPUS, "bilstm-skipgram", 1, vectors_sha256=after)
    note = notes_of(tmp_path)[0]
    assert f"skipgram vectors that are no longer at hand (SHA-256 {before[:12]}); skip-gram vectors trained on" in note


def test_without_word_vectors_there_is_no_such_note(tmp_path):
    labelling_run(tmp_path, CORPUS, "baseline")
    assert notes_of(tmp_path) == []
    classification_run(tmp_path, "sample-sec", "advt", 3)
    assert not any(note.startswith("Embeddings") for note in build("3", quick(tmp_path)).notes)


def test_vectors_made_with_other_settings_mark_the_rows_that_start_from_them_also_through_others(tmp_path):
    usual = load_skipgram_settings(CORPUS, "quick").model_dump(), load_gwe_settings(CORPUS, "quick").model_dump()
    epochs = usual[0]["epochs"]
    skipgram = make_vectors(tmp_path, "skipgram", {"settings": {**usual[0], "epochs": epochs + 3}})
    gwe = make_vectors(tmp_path, "gwe", {"settings": usual[1]})
    files.write_json(
        store.vectors_folder(tmp_path, CORPUS, "gwe") / "config.json", {"start": "skipgram", "start_sha256": skipgram}
    )
    labelling_run(tmp_path, CORPUS, "baseline")
    labelling_run(tmp_path, CORPUS, "bilstm-skipgram", vectors_sha256=skipgram)
    labelling_run(tmp_path, CORPUS, "bilstm-gwe", vectors_sha256=gwe)
    markers = build("6", quick(tmp_path)).raw.set_index("method")["marker"]
    change = f"skipgram vectors were made with epochs = {epochs + 3} instead of {epochs}"
    assert (
        change in markers["bilstm-skipgram"]
        and change in markers["bilstm-gwe"]
        and "vectors" not in markers["baseline"]
    )
    skipgram = make_vectors(tmp_path, "skipgram", {"settings": usual[0]})
    labelling_run(tmp_path, CORPUS, "bilstm-skipgram", vectors_sha256=skipgram)
    assert "vectors" not in build("6", quick(tmp_path)).raw.set_index("method").loc["bilstm-skipgram", "marker"]
