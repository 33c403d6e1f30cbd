"""A user's own corpora: what is prepared is what the files say, each mistake is one line, networks learn from it."""

import csv
import json
import random

import numpy as np
import pytest

from data_prep import command, corpora
from data_prep.corpus import Corpus
from data_prep.own import Choices, form_of, full_name, splits_of
from data_prep.prepare import prepare, standing_state
from iadv_foundation.errors import UsageError, UserError
from iadv_foundation.storage import files
from interpretable_adv.cli import main as interpretable_adv
from pretrain_lm.cli import main as pretrain_lm

ROWS = [
    (f"The film number{number} is {word}!", label)
    for number in range(10)
    for word, label in (("great", "good"), ("dull", "bad"), ("fine", "so-so"))
]
SENTENCES = [[("He", "c"), ("goed", "i"), (f"home{number}", "c")] for number in range(20)]
KINDS = ("text", "tags")


def write_table(path, rows, header=("text", "label")):
    """A CSV file."""
    with open(path, "w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows([header, *rows] if header else rows)
    return path


def write_sentences(path, sentences):
    """Lines ``token<TAB>label``."""
    path.write_text("\n".join("".join(f"{token}\t{label}\n" for token, label in sentence) for sentence in sentences))
    return path


def made(tmp_path, source, corpus="text", seed=0, limit=None, **choices):
    """Prepare and open; the small files of these tests may have classes of one document."""
    description = corpora.named(corpus).completed(source, Choices(**{"rare_classes": True, **choices}))
    prepare(description, tmp_path / "out", source, seed=seed, quiet=True, limit=limit, workers=1)
    return Corpus.open(tmp_path / "out" / "corpora" / corpus)


def words(corpus, split):
    """[(text, label)] of a split, the vocabulary's words only."""
    data = corpus.splits[split]
    documents = (data[index] for index in range(len(data)))
    return [(" ".join(corpus.vocabulary.words[number] for number in ids), label) for ids, label in documents]


class TestNames:
    @pytest.mark.parametrize(
        "corpus, kind",
        [
            ("text", "text"),
            ("tags", "tags"),
            ("text-reviews", "text"),
            ("tags-a-2", "tags"),
            ("imdb", None),
            ("text-", None),
            ("text-A", None),
            ("text_a", None),
            ("textual", None),
            ("text-../x", None),
            ("", None),
            ("text-a--b", None),
        ],
    )
    def test_kinds(self, corpus, kind):
        assert form_of(corpus) == kind

    def test_full_names(self):
        assert full_name("text", None) == "text" and full_name("tags", "my-2") == "tags-my-2"
        assert full_name("text-a", None) == "text-a" and form_of(full_name("tags", "my-2")) == "tags"

    @pytest.mark.parametrize(
        "corpus, name, message",
        [
            ("text", "Reviews", "lower-case"),
            ("text", "../x", "lower-case"),
            ("text", "", "lower-case"),
            ("text", "-a", "lower-case"),
            ("text-a", "b", "has a name already"),
        ],
    )
    def test_bad_names(self, corpus, name, message):
        with pytest.raises(UsageError, match=message):
            full_name(corpus, name)


class TestText:
    def test_files_of_their_own(self, tmp_path):
        rows = [("A great, GREAT film", "good"), ("a dull film", "bad"), ("great dull", "bad")]
        source = write_table(tmp_path / "train.csv", rows)
        (tmp_path / "dev.jsonl").write_text('{"text": "Great unknown", "label": "good"}\n')
        (tmp_path / "test.tsv").write_text("label\ttext\nbad\tdull a\ngood\ta\n")
        (tmp_path / "more.txt").write_text("unknown words\n\nfilm words\nneither\n")
        names = {"dev": "dev.jsonl", "test": "test.tsv", "unlabeled": "more.txt"}
        corpus = made(tmp_path, source, **{split: tmp_path / name for split, name in names.items()})
        assert corpus.classes == ["bad", "good"] and corpus.task == "classification" and not corpus.complete
        assert words(corpus, "train") == [
            ("a great great film <eos>", 1),
            ("a dull film <eos>", 0),
            ("great dull <eos>", 0),
        ]
        assert words(corpus, "dev") == [
            ("great <eos>", 1)
        ]  # "unknown" stands in one document that counts, so it is no word
        assert words(corpus, "test") == [("dull a <eos>", 0), ("a <eos>", 1)]
        assert [found for found, _ in words(corpus, "unlabeled")] == ["words <eos>", "film words <eos>"]
        assert corpus.vocabulary.words[2:] == ["film", "great", "a", "dull", "words"]
        record = corpus.record
        assert [source["file"] for source in (*record["sources"], *record["extra_sources"])] == [
            "train.csv",
            "dev.jsonl",
            "test.tsv",
            "more.txt",
        ]
        assert record["extra_sources"][1]["sha256"] == files.digest_of_file(tmp_path / "test.tsv")

    def test_case_and_minimum(self, tmp_path):
        source = write_table(tmp_path / "a.csv", ROWS)
        assert made(tmp_path, source).vocabulary.id_of("the") and not made(tmp_path, source).vocabulary.id_of("The")
        kept = made(tmp_path, source, keep_case=True)
        assert kept.vocabulary.id_of("The") and not kept.vocabulary.id_of("the")
        assert made(tmp_path, source, minimum_documents=11).vocabulary.words[2:] == ["!", "film", "is", "the"]

    def test_unlabelled_tables_and_their_limit(self, tmp_path):
        source = write_table(tmp_path / "a.csv", ROWS)
        more = write_table(tmp_path / "more.csv", [(5, "a film"), (4, "the great film")], ("stars", "text"))
        corpus = made(tmp_path, source, unlabeled=more)
        assert [found for found, _ in words(corpus, "unlabeled")] == ["film <eos>", "the great film <eos>"]
        assert corpus.splits["unlabeled"].labels is None
        assert len(made(tmp_path, source, unlabeled=more, limit=1).splits["unlabeled"]) == 1

    @pytest.mark.parametrize(
        "labels, classes",
        [
            (("10", "9", "-1"), ["-1", "9", "10"]),
            (("1.5", "1", "0x"), ["0x", "1", "1.5"]),
            (("b", "B", "a"), ["B", "a", "b"]),
            (("1", "nan", "2"), ["1", "2", "nan"]),
            (("1", " 1 ", "2"), ["1", "2"]),
            (("a  b", "a b", "c"), ["a b", "c"]),
        ],
    )
    def test_classes_in_their_order(self, tmp_path, labels, classes):
        rows = [(f"some words {number}", label) for number in range(10) for label in labels]
        assert made(tmp_path, write_table(tmp_path / "a.csv", rows)).classes == classes

    def test_columns_by_number(self, tmp_path):
        source = write_table(tmp_path / "a.csv", [(label, content) for content, label in ROWS], header=None)
        corpus = made(tmp_path, source, text_column="2", label_column="1")
        assert sum(len(data) for data in corpus.splits.values()) == len(ROWS) and corpus.classes == [
            "bad",
            "good",
            "so-so",
        ]

    def test_a_label_that_train_would_not_have_is_moved_there(self, tmp_path):
        rows = [*ROWS, ("one of a kind", "rare")]
        source = write_table(tmp_path / "a.csv", rows)
        moved = 0
        for seed in range(30):
            corpus = made(tmp_path, source, seed=seed)
            assert corpus.classes.index("rare") in corpus.splits["train"].labels
            assert sum(len(data) for data in corpus.splits.values()) == len(rows)
            moved += corpus.record["statistics"].get("rare_labels_moved_to_train", 0)
        assert 0 < moved < 20


class TestTags:
    def test_what_is_read(self, tmp_path):
        source = write_sentences(tmp_path / "a.tsv", [[("He", "c"), ("goes", "c")], [("he", "c"), ("goed", "i")]])
        other = tmp_path / "b.tsv"
        other.write_text("\n\nHe\tpronoun\tc\ngoed\tverb\ti\r\n  \n\nhe\tpronoun\tc")
        corpus = made(tmp_path, source, "tags-x", dev=other, test=source)
        assert corpus.classes == ["c", "i"] and corpus.task == "labelling" and corpus.name == "tags-x"
        dev, test = ([(found, labels.tolist()) for found, labels in words(corpus, split)] for split in ("dev", "test"))
        assert dev == [("he <unk>", [0, 1]), ("he", [0])] and test == [("he <unk>", [0, 0]), ("he <unk>", [0, 1])]

    def test_case(self, tmp_path):
        source = write_sentences(tmp_path / "a.tsv", [[("He", "c"), ("is", "c")], [("he", "c"), ("is", "i")]])
        lower, kept = (
            made(tmp_path, source, "tags", dev=source, test=source, keep_case=keep) for keep in (False, True)
        )
        assert (lower.vocabulary.words[2:], kept.vocabulary.words[2:]) == (["he", "is"], ["is"])

    def test_digits_and_rare_words(self, tmp_path):
        source = write_sentences(
            tmp_path / "a.tsv", [[("In", "c"), ("1984", "c")], [("in", "c"), ("2001", "i")], [("in", "c")]]
        )
        given, zeros = (
            made(tmp_path, source, "tags", dev=source, test=source, digits_to_zero=zeros) for zeros in (False, True)
        )
        assert (given.vocabulary.words[2:], zeros.vocabulary.words[2:]) == (["in"], ["in", "0000"])
        words = [
            made(tmp_path, source, "tags", dev=source, test=source, minimum_count=least).vocabulary.words[2:]
            for least in (1, 3)
        ]
        assert words == [["in", "1984", "2001"], ["in"]]

    @pytest.mark.parametrize(
        "labels, positive, classes",
        [
            ("ccci", None, ["c", "i"]),
            ("iiic", None, ["c", "i"]),
            ("OOOX", None, ["O", "X"]),
            ("XXXO", None, ["X", "O"]),
            ("OX", None, ["X", "O"]),
            ("OOOX", "O", ["X", "O"]),
            ("ccci", "c", ["i", "c"]),
        ],
    )
    def test_the_label_that_counts(self, tmp_path, labels, positive, classes):
        source = write_sentences(tmp_path / "a.tsv", [[("word", label) for label in labels]] * 10)
        assert made(tmp_path, source, "tags", positive=positive).classes == classes


class TestSplits:
    @pytest.mark.parametrize(
        "drawn, sizes",
        [
            (("test", "dev"), {"test": 10, "dev": 10, "train": 79}),
            (("dev",), {"dev": 10, "train": 89}),
            ((), {"train": 99}),
        ],
    )
    def test_shares(self, drawn, sizes):
        splits = splits_of(99, drawn, 0, "a")
        assert {split: splits.count(split) for split in sizes} == sizes and len(splits) == 99

    @pytest.mark.parametrize("corpus", KINDS)
    def test_the_seed_alone_decides_and_nothing_is_lost_or_doubled(self, tmp_path, corpus):
        if corpus == "text":
            source = write_table(tmp_path / "a.csv", ROWS)
        else:
            source = write_sentences(
                tmp_path / "a.tsv", [[(f"word{number}", "ci"[number % 2])] * 2 for number in range(30)]
            )
        found = {}
        for name, seed in (("one", 0), ("two", 0), ("other", 1)):
            opened = made(tmp_path / name, source, corpus, seed=seed, minimum_documents=1)
            found[name] = opened.sha256
            assert {split: len(data) for split, data in opened.splits.items()} == {"train": 24, "dev": 3, "test": 3}
            assert not any(
                opened.record["statistics"]["duplicates"].values()
            )  # So they are the 30 different documents.
        assert found["one"] == found["two"] != found["other"]

    def test_documents_and_labels_stay_together(self, tmp_path):
        corpus = made(tmp_path, write_table(tmp_path / "a.csv", ROWS), minimum_documents=1)
        names = {"great": "good", "dull": "bad", "fine": "so-so"}
        for split in corpus.splits:
            for found, label in words(corpus, split):
                assert corpus.classes[label] == next(name for word, name in names.items() if word in found.split())

    def test_equal_documents_in_several_splits_are_counted(self, tmp_path, capsys):
        source = write_table(tmp_path / "a.csv", [("the same film", "good"), ("a bad film", "bad"), ("a film", "bad")])
        test = write_table(tmp_path / "b.csv", [("The same  film", "good"), ("another film", "bad")])
        out = str(tmp_path / "out")
        command.main(
            ["text", "--source", str(source), "--dev", str(test), "--test", str(test), "--out", out, "--rare-classes"]
        )
        lines = capsys.readouterr().out.splitlines()
        assert "1 documents of test also stand in train" in lines and "2 documents of test also stand in dev" in lines
        assert not any(line.startswith("no document of test") for line in lines)


def prepared_again(tmp_path, source, corpus="text", **choices):
    description = corpora.named(corpus).completed(source, Choices(**choices))
    return not prepare(description, tmp_path / "out", source, quiet=True, workers=1)[1]


def test_other_choices_prepare_anew_and_the_same_do_not(tmp_path):
    rows = [(content, label, f"other {content}", "xy"[number % 2]) for number, (content, label) in enumerate(ROWS)]
    source = write_table(tmp_path / "a.csv", rows, ("text", "label", "words", "gold"))
    part = write_table(tmp_path / "b.csv", rows[:15], ("text", "label", "words", "gold"))
    choices = [
        {},
        {"keep_case": True},
        {"minimum_documents": 3},
        {"text_column": "words"},
        {"label_column": "gold"},
        {"dev": part},
        {"test": part},
        {"unlabeled": part},
        {"dev": part, "test": part},
    ]
    for one in choices:
        assert prepared_again(tmp_path, source, **one) and not prepared_again(tmp_path, source, **one)
    write_table(part, rows[:14], ("text", "label", "words", "gold"))
    assert prepared_again(tmp_path, source, **choices[-1])
    source.rename(tmp_path / "renamed.csv")
    assert not prepared_again(tmp_path, tmp_path / "renamed.csv", **choices[-1])
    sentences = write_sentences(tmp_path / "a.tsv", SENTENCES)
    for one in ({}, {"positive": "c"}, {"keep_case": True}, {"digits_to_zero": True}, {"minimum_count": 3}):
        assert prepared_again(tmp_path, sentences, "tags", **one) and not prepared_again(
            tmp_path, sentences, "tags", **one
        )


GOOD = "text,label\n" + "a film,x\na text,y\n" * 10
BAD_TEXT = {
    "empty text": ("text,label\na,x\n  ,y\n", {}, "a.csv, line 3: the text is empty"),
    "no label": ("text,label\na,x\nb, \n", {}, "a.csv, line 3: the label is missing"),
    "one class": ("text,label\na,x\nb,x\n", {}, "a.csv: all 2 rows have the label 'x'; at least two labels are needed"),
    "no rows": ("text,label\n", {}, "a.csv: there are no rows"),
    "too few": (
        "text,label\na,x\nb,y\n",
        {},
        "a.csv: 2 documents are too few to be split; 10 are needed, or --dev and --test",
    ),
    "labels that are none": (
        "text,label\n" + "".join(f"a,{number}\n" for number in range(2000)),
        {},
        "a.csv, line 1002: more than 1,000 labels, now '1000': is this the column of labels",
    ),
    "texts for labels": (
        "text,label\n" + "".join(f"a,some text {number}\n" for number in range(30)),
        {},
        "a.csv: 30 labels in 30 rows, such as 'some text 29': is this the column of labels",
    ),
    "too many labels": (
        "text,label\n" + "".join(f"a,{number}\n" for number in range(12)),
        {},
        "a.csv: too few rows for 12 labels",
    ),
    "label of test": (
        GOOD,
        {"test": "text,label\nb,x\nc,z\n"},
        "test.csv, line 3: the label 'z' does not occur in the training text",
    ),
    "label of dev": (
        GOOD,
        {"dev": "text,label\nb,z\n"},
        "dev.csv, line 2: the label 'z' does not occur in the training text",
    ),
    "no rows in test": (GOOD, {"test": "text,label\n"}, "test.csv: there are no rows"),
    "column of test": (GOOD, {"test": "words,label\n"}, "test.csv, line 1: no column 'text'"),
    "empty dev text": (GOOD, {"dev": "text,label\n,x\n"}, "dev.csv, line 2: the text is empty"),
    "unlabelled column": (GOOD, {"unlabeled": "words\na\n"}, "unlabeled.csv, line 1: no column 'text'"),
    "nothing unlabelled": (GOOD, {"unlabeled": "text\n"}, "unlabeled.csv: there are no documents"),
}
BAD_TAGS = {
    "no tab": ("He c\n", {}, "a.tsv, line 1: token<TAB>label expected, 'He c' found"),
    "columns": ("He\tc\n\ngoed\tverb\ti\n", {}, "a.tsv, line 3: 2 columns expected, 3 found"),
    "no token": ("He\tc\n\tc\n", {}, "a.tsv, line 2: the token is missing"),
    "no label": ("He\tc\ngoed\t\n", {}, "a.tsv, line 2: the label is missing"),
    "third label": (
        "He\tc\n\ngoed\ti\nhome\tx\n",
        {},
        "a.tsv, line 4: 'x' is a third label after c and i; tags takes two",
    ),
    "one label": ("He\tc\n\ngoed\tc\n", {}, "a.tsv: all tokens have the label 'c'; two labels are needed"),
    "nothing": ("\n \n", {}, "a.tsv: there are no sentences"),
    "too few": ("He\tc\ngoed\ti\n", {}, "a.tsv: 1 documents are too few to be split"),
    "label of test": (
        "He\tc\ngoed\ti\n\n" * 10,
        {"test": "He\tc\nis\tx\n"},
        "test.csv, line 2: the label 'x' is neither c nor i",
    ),
    "nothing in dev": ("He\tc\ngoed\ti\n\n" * 10, {"dev": "\n"}, "dev.csv: there are no sentences"),
}


@pytest.mark.parametrize("kind, case", [*(("text", case) for case in BAD_TEXT), *(("tags", case) for case in BAD_TAGS)])
def test_bad_files(tmp_path, kind, case):
    content, others, message = {"text": BAD_TEXT, "tags": BAD_TAGS}[kind][case]
    source = tmp_path / {"text": "a.csv", "tags": "a.tsv"}[kind]
    source.write_text(content)
    paths = {name: tmp_path / f"{name}.csv" for name in others}
    for name, path in paths.items():
        path.write_text(others[name])
    with pytest.raises(UserError) as caught:
        made(tmp_path, source, kind, **paths)
    assert message in str(caught.value) and "\n" not in str(caught.value)
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_wrong_choices(tmp_path):
    source = write_table(tmp_path / "a.csv", ROWS)
    for choices in ({"text_column": "1"}, {"text_column": "text", "label_column": "2"}):
        with pytest.raises(UsageError, match="give two names, or two numbers where the file has no header"):
            corpora.named("text").completed(source, Choices(**choices))
    with pytest.raises(UsageError, match="--positive x: the labels of .* are c and i"):
        corpora.named("tags").completed(write_sentences(tmp_path / "a.tsv", SENTENCES), Choices(positive="x"))
    with pytest.raises(UserError, match="there is no file"):
        corpora.named("text").completed(tmp_path / "no.csv", Choices())


def test_a_placeholder_says_what_is_needed(tmp_path):
    with pytest.raises(UsageError, match="^text-a needs --source PATH: your table"):
        prepare(corpora.named("text-a"), tmp_path)
    assert standing_state(corpora.named("tags-b"), tmp_path) == (None, "not prepared")


TINY = [
    "model.embedding_size=6",
    "model.hidden_size=8",
    "model.ffnn_size=6",
    "model.dropout=0",
    "training.batch_size=8",
    "training.learning_rate=0.02",
    "training.max_epochs=8",
    "training.initialise=random",
]
LM = [
    "lm.embedding_size=5",
    "lm.hidden_size=6",
    "lm.bptt_length=6",
    "lm.batch_size=4",
    "lm.cutoffs=[5]",
    "lm.max_epochs=1",
]


def options(settings):
    return [word for setting in settings for word in ("--set", setting)]


def signal(tmp_path, kind):
    """A file of 200 made-up documents: a word decides the label of the document, or the token is itself the mistake."""
    draw = random.Random(5)
    neutral = [f"word{number}" for number in range(12)]
    rows = []
    for number in range(200):
        tokens = [draw.choice(neutral) for _ in range(draw.randint(3, 7))]
        tokens[draw.randrange(len(tokens))] = (("awful", "dull"), ("great", "superb"))[number % 2][draw.randrange(2)]
        rows.append(tokens)
    if kind == "text":
        return write_table(
            tmp_path / "reviews.csv",
            [(" ".join(tokens), number % 2) for number, tokens in enumerate(rows)],
            ("review", "sentiment"),
        )
    return write_sentences(
        tmp_path / "essays.tsv",
        [[(token, "wrong" if token in ("awful", "dull") else "right") for token in tokens] for tokens in rows],
    )


@pytest.mark.parametrize("kind", KINDS)
def test_from_a_file_to_a_trained_network(tmp_path, kind, capsys):
    source, out, corpus = signal(tmp_path, kind), str(tmp_path / "out"), f"{kind}-mine"
    command.main([kind, "--source", str(source), "--name", "mine", "--out", out])
    summary = capsys.readouterr().out.splitlines()[-1]
    assert summary.startswith(f"{corpus}: train 160 / dev 20 / test 20, vocabulary of 18 words")
    interpretable_adv(
        ["train", corpus, "--method", "baseline", "--scale", "quick", "--out", out, "--quiet", *options(TINY)]
    )
    metrics = files.read_json(
        tmp_path / "out" / "runs" / corpus / "paper" / "quick" / "baseline" / "seed-0" / "metrics.json"
    )
    if kind == "text":
        assert metrics["test"]["majority_error_rate"] >= 25 and metrics["test"]["error_rate"] <= 10
    else:
        assert metrics["test"]["f05"] >= 90
    assert metrics["corpus"] == corpus and metrics["test_documents"] == 20
    assert capsys.readouterr().out.startswith(f"{corpus} baseline seed 0: test ")


def test_a_language_model_of_an_own_corpus(tmp_path, capsys):
    out = str(tmp_path / "out")
    command.main(["text", "--source", str(signal(tmp_path, "text")), "--out", out])
    pretrain_lm(["text", "--scale", "quick", "--out", out, "--quiet", *options(LM)])
    assert "language model text: dev perplexity" in capsys.readouterr().out.splitlines()[-1]


def test_the_record_holds_what_the_result_depends_on(tmp_path):
    corpus = made(
        tmp_path, write_table(tmp_path / "a.csv", ROWS), "text-a", seed=4, label_column="label", keep_case=True
    )
    options_made = corpus.record["options"]
    assert (
        options_made["seed"] == 4
        and options_made["minimum_documents"] == 2
        and "case kept" in options_made["tokeniser"]
    )
    assert options_made["columns"] == {"text": None, "label": "label"} and options_made["files"] == {"train": "csv"}
    assert json.dumps(corpus.record) and corpus.description == "own texts, 3 classes (bad, good, so-so)"
    assert np.all(np.bincount(corpus.splits["train"].labels) > 0)
