"""The corpora are found by their modules, in an order that stays, and a module that is none is named."""

import sys

import pytest

from data_prep import corpora, own
from data_prep.corpora import CORPORA, discover, named
from data_prep.description import KINDS, CorpusDescription
from data_prep.writer import VocabularyRule


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An empty package; call it to write a module, and get all descriptions."""
    (tmp_path / "made_up_corpora").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    folder = tmp_path / "made_up_corpora"
    (folder / "__init__.py").write_text("")

    def write(name, text):
        (folder / f"{name}.py").write_text(text)
        for module in [module for module in sys.modules if module.startswith("made_up_corpora")]:
            monkeypatch.delitem(sys.modules, module)
        return discover([str(folder)], "made_up_corpora")

    yield write
    for module in [module for module in sys.modules if module.startswith("made_up_corpora")]:
        del sys.modules[module]


def described(name, module="__name__", kind="sentiment"):
    return (
        "from data_prep.description import CorpusDescription\n"
        f"CORPUS = CorpusDescription({name!r}, '', '', {kind!r}, {module}, (), '', '', '', None, None)\n"
    )


def test_the_paper_s_corpora_come_behind_the_samples_and_others_behind_those():
    samples, papers = list(CORPORA)[:3], list(CORPORA)[3:9]
    assert samples == ["sample-sec", "sample-cac", "sample-ged"]
    assert papers == ["imdb", "elec", "rotten", "dbpedia", "rcv1", "fce"]
    assert papers == [name for name, corpus in CORPORA.items() if corpus.in_paper]
    assert list(CORPORA)[9:] == sorted(set(CORPORA) - {*samples, *papers}) and not set(CORPORA) & set(own.FORMS)


def test_modules_in_any_order(package):
    package("zzz", described("imdb"))
    package("bbb", described("alone"))
    found = package("ccc", described("a-corpus"))
    assert list(found) == ["imdb", "a-corpus", "alone"] and found["alone"].module == "made_up_corpora.bbb"


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "made_up_corpora.new describes no corpus: give it a CORPUS, or a place in data_prep/readers"),
        ("CORPUS = 3", "made_up_corpora.new describes no corpus"),
        (described("one"), "made_up_corpora.one and made_up_corpora.new both describe 'one'"),
        (
            described("new", "'elsewhere'"),
            "made_up_corpora.new: its CORPUS says module='elsewhere'; write module=__name__",
        ),
        ("import no_such_module", "no_such_module"),
    ],
)
def test_a_module_that_is_no_corpus_is_named(package, text, message):
    package("one", described("one"))
    with pytest.raises(ImportError, match=message):
        package("new", text)


def test_an_unknown_kind_is_refused(package):
    with pytest.raises(ValueError, match="made_up_corpora.new: kind 'classification' of a corpus is none of sentiment"):
        package("new", described("new", kind="classification"))


def test_tasks_follow_from_kinds():
    assert set(KINDS.values()) == {"classification", "labelling"}
    rule = VocabularyRule(unknown="drop")
    for kind, task in KINDS.items():
        assert CorpusDescription("x", "x", "x", kind, "m", (), "", "", "", rule, None).task == task


def test_a_users_own_corpora_are_known_without_their_text():
    for name, task in (("text", "classification"), ("text-reviews", "classification"), ("tags-my-2", "labelling")):
        description = named(name)
        assert (description.name, description.title, description.task) == (name, name, task)
        assert not description.in_paper
    assert corpora.named("text-reviews").kind == "sentiment" and corpora.named("tags").kind == "error-detection"
