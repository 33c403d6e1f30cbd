"""The outcome of an attack: as JSON Lines, as a report to read, and fed to the network again."""

import numpy as np

from iadv_foundation.console.printing import printable
from iadv_foundation.errors import DamagedFileError, UserError
from interpretable_adv.analysis.attack import ERROR, is_fooled
from interpretable_adv.analysis.records import ATTACK, TEXT, rates, read_attack
from interpretable_adv.analysis.selection import documents_of
from interpretable_adv.evaluation.prediction import predict
from pretrain_lm.checkpoint import language_model_folder
from pretrain_lm.scoring import document_losses, open_language_model, perplexity_of

SHOWN = 3  # texts of the report


def lines_of(run, attack):
    """An attack as the lines of its file; see :mod:`interpretable_adv.analysis.records`.

    Args:
        run (interpretable_adv.trained.TrainedRun)
        attack (interpretable_adv.analysis.attack.Attack)

    Returns:
        list of dict: the counts, then the texts that fooled the network, in the order of the documents.  Perplexities
        (dict ``original``, ``changed``) are None where there is no language model of the run's corpus, recipe and scale
        at hand.
    """
    fooled = [attempt for attempt in attack.attempts if attempt.fooled]
    changes = np.array([len(attempt.replacements) for attempt in fooled], np.int64)
    perplexity, of_texts = _perplexities(run, fooled)
    counts = {
        "kind": ATTACK,
        "checkpoint_sha256": run.checkpoint_sha256,
        **{name: run.stored[name] for name in ("corpus", "corpus_sha256", "method", "seed")},
        "perturbed_by": attack.method,
        "split": attack.split,
        "limit": attack.limit,
        "max_words": attack.max_words,
        "task": run.traits.task,
        "classes": run.traits.classes,
        "documents": attack.documents,
        "right": len(attack.attempts),
        "fooled_by_words": [int((changes <= number).sum()) for number in range(1, attack.max_words + 1)],
        "fooled_errors_untouched": sum(map(_errors_untouched, fooled)) if run.traits.per_word else None,
        "passed_over": sum(attempt.passed_over for attempt in attack.attempts),
        "words_changed": float(changes.mean()) if fooled else None,
        "perplexity": perplexity,
        **({} if attack.labels == "gold" else {"labels": attack.labels}),
    }
    return [counts] + [_line(run, attack, attempt, one) for attempt, one in zip(fooled, of_texts, strict=True)]


def _line(run, attack, attempt, perplexity):
    words = run.traits.vocabulary.words
    label, before, after = (
        _classes(run, value)
        for value in (np.atleast_1d(attempt.label), attempt.before.argmax(axis=1), attempt.after.argmax(axis=1))
    )
    return {
        "kind": TEXT,
        "checkpoint_sha256": run.checkpoint_sha256,
        "document": attempt.document,
        "label": label,
        "before": before,
        "after": after,
        "original": [words[number] for number in attempt.ids],
        "changed": [words[number] for number in attempt.changed],
        "replacements": [
            {
                "position": one.position,
                "word": words[one.word],
                "target": words[one.target],
                "strength": one.strength,
                "score": one.score,
            }
            for one in attempt.replacements
        ],
        "perplexity": perplexity,
        "corrections": [
            {name: one[name] for name in ("position", "written", "correct")}
            for one in attack.corrections.get(attempt.document, ())
        ],
    }


def _errors_untouched(attempt):
    """Whether all words of a sentence that are labelled as errors stand as they did (bool)."""
    return bool((attempt.changed == attempt.ids)[attempt.label == ERROR].all())


def _classes(run, classes):
    """A prediction as JSON: the name of the class (str), for labelling the classes of the words (list of int)."""
    return classes.tolist() if run.traits.per_word else run.traits.classes[int(classes[0])]


def _perplexities(run, attempts):
    """The perplexity of some texts before and after, together (dict) and one by one (list of dict);
    None without a model.
    """
    if run.out is None:
        return None, [None] * len(attempts)
    folder = language_model_folder(run.out, *(run.stored[name] for name in ("corpus", "recipe", "scale")))
    if not attempts or not (folder / "best.npz").is_file():
        return None, [None] * len(attempts)
    model = open_language_model(folder, run.traits.vocabulary, run.network.device)
    together, one_by_one = {}, [{} for _ in attempts]
    for name, texts in (("original", [one.ids for one in attempts]), ("changed", [one.changed for one in attempts])):
        losses, lengths = document_losses(model, texts, run.traits.vocabulary.eos)
        together[name] = perplexity_of(losses, lengths)
        for one, loss, length in zip(one_by_one, losses, lengths, strict=True):
            one[name] = perplexity_of(loss, length)
    return together, one_by_one


def report(run, lines):
    """An attack to read on the screen (str).

    Args:
        run (interpretable_adv.trained.TrainedRun)
        lines (list of dict): of :func:`lines_of`.
    """
    counts, texts = lines[0], lines[1:]
    shares, right, fooled = rates(counts), counts["right"], counts["fooled_by_words"]
    what = (
        "documents"
        if counts["task"] != "labelling"
        else ("sentences with a word marked" if "labels" in counts else "sentences with an error")
    )
    perplexity = counts["perplexity"]
    rows = [
        (
            f"{what} in {counts['split']}" + (f" (the first {counts['limit']:,} looked at)" if counts["limit"] else ""),
            f"{counts['documents']:,}",
        ),
        ("right before the attack", f"{right:,} ({_shown(shares['right'])} %)"),
        ("fooled by one word", f"{fooled[0]:,} ({_shown(shares['success_by_one'])} % of those)"),
        (
            f"fooled by at most {counts['max_words']}",
            f"{fooled[-1]:,} ({_shown(shares['success'])} % of those, {_shown(shares['success_of_all'])} % of all)",
        ),
        ("right under attack", f"{_shown(shares['right_under_attack'])} % of all"),
        ("words changed, where fooled", _shown(counts["words_changed"])),
        (
            "perplexity of those texts",
            f"{perplexity['original']:.1f}, changed {perplexity['changed']:.1f}"
            if perplexity
            else "not known: a bundle holds no language model"
            if run.is_bundle and run.out is None
            else "-",
        ),
    ]
    if counts["task"] == "labelling":
        rows.append(("fooled, erroneous words untouched", f"{counts['fooled_errors_untouched']:,}"))
        rows.append(("positions that point to the correction", f"{counts['passed_over']:,}, left alone"))
    width = max(len(name) for name, _ in rows)
    shown = [
        f"{run.title}, attacked through perturbations by {counts['perturbed_by']}",
        *(["  the network's predictions for the unchanged texts count as the truth"] if "labels" in counts else []),
        *(f"  {name:<{width}}  {value}" for name, value in rows),
    ]
    if not right:
        shown.append("nothing to attack: the network gets none of them right")
    for text in texts[:SHOWN]:
        shown += ["", *_shown_text(text)]
    if any(text["corrections"] for text in texts[:SHOWN]):
        shown += ["", "The corrections come from the data, not from the network."]
    return "\n".join(shown)


def _shown(number):
    return "-" if number is None else f"{number:.2f}"


def _shown_text(text):
    """A text with its changes: list of str, a line each."""
    targets = {one["position"]: one["target"] for one in text["replacements"]}
    sentence = printable(
        " ".join(
            f"[{word} -> {targets[position]}]" if position in targets else word
            for position, word in enumerate(text["original"])
        )
    )
    outputs = [
        " ".join(map(str, value)) if isinstance(value, list) else value for value in (text["before"], text["after"])
    ]
    corrections = [
        f"    correct: {printable(one['written'])} -> {printable(one['correct']) or '(nothing)'}"
        for one in text["corrections"]
    ]
    return [f"  {text['document']}: {sentence}", f"    {outputs[0]} -> {outputs[1]}", *corrections]


def check(run, path):
    """Feed the texts of an attack's file to the network again.

    Args:
        run (interpretable_adv.trained.TrainedRun)
        path: a file of JSON Lines.

    Returns:
        str: one line.

    Raises:
        UserError: the file is missing or was made with other weights; a text does not do again what the file says.
        DamagedFileError: it cannot be read, or holds a word that the vocabulary does not have.
    """
    counts, texts = read_attack(path, run.checkpoint_sha256)
    if texts:
        before, after = (_predictions(run, [text[name] for text in texts], path) for name in ("original", "changed"))
        for text, *found in zip(texts, before, after, strict=True):
            label = np.array(text["label"]) if run.traits.per_word else run.traits.classes.index(text["label"])
            if [_classes(run, one) for one in found] != [text["before"], text["after"]] or not is_fooled(
                found[1], label, run.traits.per_word
            ):
                raise UserError(
                    f"{path}: the text made from document {text['document']} does not do what the file says"
                )
    return (
        f"{run.title}, {counts['split']}: {len(texts):,} adversarial texts read again; right before, fooled after: "
        f"{len(texts):,}"
    )


def _predictions(run, texts, path):
    """The classes that the network predicts for texts (list of list of str): list of int64 arrays (1,) or (N,)."""
    vocabulary, per_token = run.traits.vocabulary, run.traits.per_word
    ids = [[vocabulary.id_of(word) for word in text] for text in texts]
    for one in ids:
        if None in one or not one:
            raise DamagedFileError(
                f"{path} is damaged: a text of it holds no words of the run's vocabulary: make it again"
            )
    arrays = [np.array(one, np.int32) for one in ids]
    documents = documents_of(arrays, [np.zeros_like(one) if per_token else 0 for one in arrays], per_token)
    classes = predict(run.network, documents).argmax(axis=1)
    return np.split(classes, np.cumsum(documents.lengths if per_token else np.ones(len(arrays), np.int64))[:-1])
