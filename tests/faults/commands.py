"""The commands of the project as one goes through them: those that write, and those that show what stands there."""

from tests.quoted_systems.test_command import SMALL as SYSTEMS

SMALL = [
    "model.embedding_size=5",
    "model.hidden_size=8",
    "model.ffnn_size=6",
    "training.batch_size=8",
    "training.max_epochs=8",
    "training.patience=8",
    "training.learning_rate=0.05",
    "perturbation.neighbours=3",
    "training.initialise=random",
]
SEC, ADVT, GED = (
    f"runs/{corpus}/paper/quick/{method}/seed-0"
    for corpus, method in (("sample-sec", "iadvt"), ("sample-sec", "advt"), ("sample-ged", "advt"))
)
TEXT = "great word1 word2"


#: Stages that say again what they made when they are repeated.
_FINISHED = (
    *("data_prep text", "data_prep tags", "language model", "skip-gram", "gwe", "import", "train", "train, labelling"),
    *SYSTEMS,
)


def _set(values):
    return [word for value in values for word in ("--set", value)]


def stages(out):
    """Name -> command of each stage that writes (dict of list of str), in an order in which each finds what it needs.

    Args:
        out (pathlib.Path): folder of everything made, with ``own.csv``, ``own.tsv`` and the corpora sample-sec and
            sample-ged.
    """
    made, run = ["--out", str(out)], str(out / SEC)
    method = {
        name: ["interpretable_adv", "train", corpus, "--method", method, *made, "--quiet", *_set(SMALL)]
        for name, corpus, method in (
            ("train", "sample-sec", "iadvt"),
            ("train, AdvT", "sample-sec", "advt"),
            ("train, labelling", "sample-ged", "advt"),
        )
    }
    lm = ["lm.embedding_size=5", "lm.hidden_size=8", "lm.max_epochs=2", "lm.cutoffs=[5, 20]"]
    return {
        "data_prep text": [
            "data_prep",
            "text",
            "--source",
            str(out / "own.csv"),
            "--name",
            "own",
            "--workers",
            "1",
            *made,
        ],
        "data_prep tags": [
            "data_prep",
            "tags",
            "--source",
            str(out / "own.tsv"),
            "--name",
            "own",
            "--workers",
            "1",
            *made,
        ],
        "language model": ["pretrain_lm", "sample-sec", "--quiet", *made, *_set(lm)],
        "skip-gram": [
            *("word_vectors", "skipgram", "sample-ged", "--quiet", *made),
            *_set(["vectors.size=5", "vectors.epochs=1"]),
        ],
        "gwe": ["word_vectors", "gwe", "sample-ged", "--quiet", *made, *_set(["gwe.size=5", "gwe.epochs=1"])],
        **method,
        **{
            system: ["quoted_systems", system, "sample-sec", "--quiet", *made, *_set(values)]
            for system, values in SYSTEMS.items()
        },
        "sanity": ["results", "sanity", "sample-sec", *made],
        "attack": ["interpretable_adv", "attack", run, "--json", str(out / SEC / "attack-test.jsonl")],
        "interpretability": [
            *("interpretable_adv", "interpretability", run, "--json", str(out / SEC / "interpretability-test.json"))
        ],
        "export-model": ["interpretable_adv", "export-model", run, str(out / "model.zip")],
        "export-vectors": ["interpretable_adv", "export-vectors", str(out / GED), str(out / "vectors.txt")],
        "import": ["word_vectors", "import", "sample-ged", str(out / "vectors.txt"), *made],
        "explain": [
            *("interpretable_adv", "explain", run, TEXT, "--html", str(out / "made.html")),
            *("--json", str(out / "made.json"), "--image", str(out / "made.png")),
        ],
        "predict": [
            *(
                "interpretable_adv",
                "predict",
                run,
                TEXT,
                "--json",
                str(out / "made.jsonl"),
                "--csv",
                str(out / "made.csv"),
            )
        ],
        "table": ["results", "table", "3", *made],
        "figure": ["results", "figure", "3", *made],
        "report": ["results", "report", *made],
        "keep": ["results", "keep", str(out / "kept"), *made],
    }


def readers(out, made):
    """Commands that show what stands there: list of (list of str, list of str, the files below ``out`` in which it
    is shown).

    Args:
        out (pathlib.Path): as :func:`stages` takes it.
        made (iterable of str): names of the stages that were done.
    """
    every, to = stages(out), ["--out", str(out)]
    method = "interpretable_adv"
    found = [
        *(("train", ["results", "table", number, *to]) for number in ("1", "3", "6", "7", "interpretability")),
        ("keep", ["results", "table", "3", "--out", str(out / "kept"), "--write", str(out / "of-kept")]),
        ("train", ["results", "runs", *to]),
        ("train", [method, "evaluate", str(out / SEC)]),
        ("train, labelling", [method, "evaluate", str(out / GED)]),
        ("train", [method, "explain", str(out / SEC), TEXT]),
        ("export-model", [method, "predict", str(out / "model.zip"), TEXT]),
        ("attack", [method, "attack", str(out / SEC), "--check", str(out / SEC / "attack-test.jsonl")]),
        ("data_prep text", ["data_prep", "list", *to]),
        *((name, every[name]) for name in _FINISHED),
    ]
    pages = [("report", every["report"])]
    return [
        *((line, []) for stage, line in found if stage in made),
        *((line, ["report/report.html"]) for stage, line in pages if stage in made),
    ]
