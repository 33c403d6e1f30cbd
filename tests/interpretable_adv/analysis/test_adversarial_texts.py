"""Through the commands: adversarial texts fool the weights they were made with when read again,
and are refused by others.
"""

import json
import shutil

import numpy as np
import pytest

from iadv_foundation.console import cli
from iadv_foundation.storage import files
from interpretable_adv.analysis.records import read_attack
from interpretable_adv.cli import main
from interpretable_adv.trained import open_run
from pretrain_lm.cli import main as pretrain
from tests.helpers import tiny_corpus

LM = ["lm.embedding_size=5", "lm.hidden_size=8", "lm.max_epochs=1"]
SETTINGS = [
    "model.embedding_size=5",
    "model.hidden_size=8",
    "model.ffnn_size=6",
    "training.batch_size=8",
    "model.dropout=0",
    "model.activation=tanh",
    "training.max_epochs=12",
    "training.patience=12",
    "training.learning_rate=0.03",
    "perturbation.neighbours=3",
]


def options(settings):
    return [word for setting in settings for word in ("--set", setting)]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Folder of everything made, with a trained run of each task; no language model for labelling."""
    out = tmp_path_factory.mktemp("made")
    for corpus, task in (("sample-sec", "classification"), ("sample-ged", "labelling")):
        tiny_corpus(out / "corpora" / corpus, task=task, name=corpus)
        start = ["training.initialise=random"] if task == "labelling" else []
        if not start:
            pretrain([corpus, "--out", str(out), "--quiet", *options(LM)])
        for seed, less in (("0", []), ("1", ["training.max_epochs=1"])):
            main(
                [
                    "train",
                    corpus,
                    "--method",
                    "iadvt",
                    "--seed",
                    seed,
                    "--out",
                    str(out),
                    "--quiet",
                    *options(SETTINGS + start + less),
                ]
            )
    return out


def run_of(out, corpus, seed=0):
    return out / "runs" / corpus / "paper" / "quick" / "iadvt" / f"seed-{seed}"


def status_of(argv):
    with pytest.raises(SystemExit) as stopped:
        cli.run(main, "python -m interpretable_adv", argv)
    return stopped.value.code


def attacked(run, path, *more):
    main(["attack", str(run), "--json", str(path), *more])
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("corpus", ["sample-sec", "sample-ged"])
@pytest.mark.parametrize("method", ["iadvt", "advt", "vat"])
def test_texts_read_again_fool_the_same_weights_and_no_others_are_asked(made, tmp_path, capsys, corpus, method):
    run, path = run_of(made, corpus), tmp_path / "attack.jsonl"
    counts, *texts = attacked(run, path, "--method", method)
    assert len(texts) == counts["fooled_by_words"][-1] > 0
    digest = files.digest_of_file(run / "best.npz")
    assert {line["checkpoint_sha256"] for line in (counts, *texts)} == {digest}
    capsys.readouterr()
    main(["attack", str(run), "--check", str(path)])
    assert (
        capsys.readouterr()
        .out.strip()
        .endswith(f"{len(texts)} adversarial texts read again; right before, fooled after: {len(texts)}")
    )
    assert status_of(["attack", str(run_of(made, corpus, seed=1)), "--check", str(path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "was made with other weights" in line and digest[:12] in line


def test_counts_are_those_of_the_texts(made, tmp_path):
    run = open_run(run_of(made, "sample-sec"))
    counts, *texts = attacked(run.folder, tmp_path / "attack.jsonl", "--max-words", "4")
    changes = [len(text["replacements"]) for text in texts]
    assert counts["fooled_by_words"] == [sum(change <= most for change in changes) for most in (1, 2, 3, 4)]
    assert counts["documents"] == 24 and counts["words_changed"] == pytest.approx(np.mean(changes))
    for text in texts:
        split = run.corpus.splits["test"]
        assert text["original"] == [run.corpus.vocabulary.words[word] for word in split[text["document"]][0]]
        assert text["label"] == text["before"] == run.corpus.classes[split[text["document"]][1]] != text["after"]
        different = [
            place
            for place, words in enumerate(zip(text["original"], text["changed"], strict=True))
            if words[0] != words[1]
        ]
        assert different == sorted(one["position"] for one in text["replacements"])
    # Together: the geometric mean over the words of all texts.
    for name in ("original", "changed"):
        logarithms = [len(text[name]) * np.log(text["perplexity"][name]) for text in texts]
        assert np.log(counts["perplexity"][name]) == pytest.approx(
            sum(logarithms) / sum(len(text[name]) for text in texts)
        )
    assert read_attack(tmp_path / "attack.jsonl", run.checkpoint_sha256) == (
        {name: value for name, value in counts.items() if name != "seal"},
        texts,
    )


def test_without_a_language_model_there_is_no_perplexity_and_errors_stay(made, tmp_path, capsys):
    counts, *texts = attacked(run_of(made, "sample-ged"), tmp_path / "attack.jsonl")
    assert counts["perplexity"] is None and {text["perplexity"] for text in texts} == {None}
    assert "perplexity of those texts               -" in capsys.readouterr().out
    assert all(text["before"] == text["label"] and sum(text["label"]) and not sum(text["after"]) for text in texts)
    untouched = [
        all(text["original"][place] == text["changed"][place] for place, label in enumerate(text["label"]) if label)
        for text in texts
    ]
    assert counts["fooled_errors_untouched"] == sum(untouched)


def test_interpretability_is_written_and_printed(made, tmp_path, capsys):
    main(["interpretability", str(run_of(made, "sample-sec")), "--split", "dev", "--json", str(tmp_path / "one.json")])
    record = files.read_json(tmp_path / "one.json")
    assert record["kind"] == "interpretability" and record["split"] == "dev" and record["words"] > 0
    assert f"{record['words']:,} in {record['documents']:,} documents of dev" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["attack", "interpretability"])
@pytest.mark.parametrize(
    "changed, status, words",
    [
        (["--split", "tset"], 2, "did you mean 'test'"),
        (["--split", "unlabeled"], 2, "unknown split"),
        (["--limit", "0"], 2, "--limit 0"),
        (["--limit", "-3"], 2, "--limit -3"),
        (["--limit", "x"], 2, "--limit"),
        (["--method", "baseline"], 2, "no perturbation"),
        (["--method", "advtt"], 2, "did you mean 'advt'"),
    ],
)
def test_mistakes_give_one_line(made, capsys, command, changed, status, words):
    assert status_of([command, str(run_of(made, "sample-sec")), *changed]) == status
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line


def test_more_mistakes(made, tmp_path, capsys):
    run = run_of(made, "sample-sec")
    assert status_of(["attack", str(run), "--max-words", "0"]) == 2
    assert "--max-words 0" in capsys.readouterr().err
    bare = tmp_path / "out/runs/sample-sec/paper/quick/iadvt/seed-0"
    bare.mkdir(parents=True)
    shutil.copy(run / "config.json", bare)
    assert status_of(["attack", str(bare)]) == 1
    assert "no best weights" in capsys.readouterr().err
    assert status_of(["attack", str(run), "--check", str(tmp_path / "none.jsonl")]) == 1
    assert "is missing" in capsys.readouterr().err
    path = tmp_path / "attack.jsonl"
    counts, text, *lines_of_others = lines = attacked(run, path)
    path.write_text("\n".join(map(json.dumps, lines[:-1])))
    assert status_of(["attack", str(run), "--check", str(path)]) == 1
    assert "was altered" in capsys.readouterr().err
    del counts["seal"]  # as made before there were any
    others = [text, *lines_of_others]
    assert len(others) > 3
    wrong = [
        [counts, *others[:-1]],
        [{**counts, "right": counts["documents"] + 1}, *others],
        [{**counts, "words_changed": counts["words_changed"] + 0.1}, *others],
        [{**counts, "fooled_by_words": [number + 1 for number in counts["fooled_by_words"]]}, *others],
        [{**counts, "fooled_by_words": "7"}, *others],
        [],
        ["{"],
        [[]],
        [text],
        [counts, counts],
        [{**counts, "kind": "x"}],
        [counts, {**text, "changed": ["notaword"]}],
        [counts, {**text, "changed": []}],
    ]
    for lines in wrong:
        path.write_text("\n".join(line if line == "{" else json.dumps(line) for line in lines))
        capsys.readouterr()
        assert status_of(["attack", str(run), "--check", str(path)]) == 1, lines
        assert "is damaged" in capsys.readouterr().err
    path.write_text(
        "\n".join(json.dumps(line) for line in (counts, *lines_of_others, {**text, "changed": text["original"]}))
    )
    assert status_of(["attack", str(run), "--check", str(path)]) == 1
    assert "does not do what the file says" in capsys.readouterr().err


def test_nothing_to_attack_is_said(made, tmp_path, capsys, monkeypatch):
    from interpretable_adv.analysis import attack

    monkeypatch.setattr(attack, "labels_of", lambda documents: 1 - attack_labels(documents))
    right = attack.predict

    def attack_labels(documents):
        run = open_run(run_of(made, "sample-sec"))
        return right(run.network, documents).argmax(axis=1)

    lines = attacked(run_of(made, "sample-sec"), tmp_path / "attack.jsonl")
    assert len(lines) == 1 and lines[0]["right"] == 0
    shown = capsys.readouterr().out
    assert "nothing to attack" in shown and "0 (- % of those)" in shown
