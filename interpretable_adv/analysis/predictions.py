"""What a network predicts for a user's texts, in numbers that JSON and a table can hold.

The keys of a record; a text that cannot be used has the first three and ``problem`` alone:

================= ======================================================================================================
``row``           number of the text, from 1 (int)
``place``         where it stands: file and line (str)
``text``          the text (str); null where the row could not be read
``problem``       why there is no prediction (str); null where there is one
``label``         the class with the highest probability (str); for labelling of each word, see below
``probability``   of that class (float)
``probabilities`` of all classes: name -> float
``known``         share of the text's words that the vocabulary has (float, 0 to 1)
``unknown``       the others, each once, in order (list of str): left out, for labelling read as ``<unk>``
``cut``           known words left out because the run reads no more of a text (int)
``words``         for labelling in place of ``label``, ``probability`` and ``probabilities``: the words in order, each
                  with ``word`` (str) as it stands in the text and those three
================= ======================================================================================================

A probability is the softmax of the network's logits, without dropout or perturbation.
"""

import numpy as np

from interpretable_adv.analysis.selection import documents_of
from interpretable_adv.analysis.texts import windows
from interpretable_adv.evaluation.prediction import predict

#: Texts, and about how many words, in hand at once: they are sorted by length among themselves.
WINDOW_TEXTS, WINDOW_WORDS = 4096, 1 << 18


def records_of(texts, run):
    """Yield the record (dict, see above) of each text, in order; memory does not grow with their number.

    Args:
        texts (iterable of interpretable_adv.analysis.texts.Text): that have been read.
        run (interpretable_adv.trained.TrainedRun)
    """
    for window in windows(texts, WINDOW_TEXTS, WINDOW_WORDS):
        found = iter(_probabilities([text.reading.ids for text in window if text.reading], run))
        for text in window:
            yield _record(text, run, next(found) if text.reading else None)


def _probabilities(ids, run):
    """Probabilities of each text: list of float32 (1, classes), or (N, classes) for labelling."""
    if not ids:
        return []
    documents = documents_of(ids, None, run.traits.per_word)
    lengths = documents.lengths if run.traits.per_word else np.ones(len(ids), np.int64)
    return np.split(np.exp(predict(run.network, documents)), np.cumsum(lengths)[:-1])


def _record(text, run, probabilities):
    record = {"row": text.row, "place": text.place, "text": text.content, "problem": text.problem}
    if probabilities is None:
        return record
    classes, reading = run.traits.classes, text.reading
    outputs = [
        {
            "label": classes[row.argmax()],
            "probability": float(row.max()),
            "probabilities": dict(zip(classes, row.tolist(), strict=True)),
        }
        for row in probabilities
    ]
    if run.traits.per_word:
        outcome = {"words": [{"word": word, **output} for word, output in zip(reading.written, outputs, strict=True)]}
    else:
        outcome = outputs[0]
    return {
        **record,
        **outcome,
        "known": 1 - len(reading.unknown) / reading.total,
        "unknown": list(dict.fromkeys(reading.unknown)),
        "cut": reading.cut,
    }


def csv_header(run):
    """Columns of the table that :func:`csv_rows` fills (list of str)."""
    of_words = ["position", "word"] if run.traits.per_word else []
    return [
        "row",
        "place",
        *of_words,
        "label",
        "probability",
        *(f"p({name})" for name in run.traits.classes),
        "known",
        "unknown",
        "problem",
        *([] if run.traits.per_word else ["text"]),
    ]


def csv_rows(record, run):
    """A record as rows of a table, for labelling a row for each word (list of list)."""
    head, per_word = [record["row"], record["place"]], run.traits.per_word
    text = [] if per_word else [record["text"]]
    if record["problem"] is not None:
        empty = [""] * (2 * per_word + 2 + len(run.traits.classes) + 2)
        return [[*head, *empty, record["problem"], *text]]
    tail = [f"{record['known']:.4f}", " ".join(record["unknown"]), "", *text]
    outputs = record["words"] if per_word else [record]
    return [
        [
            *head,
            *([position, output["word"]] if per_word else []),
            output["label"],
            output["probability"],
            *output["probabilities"].values(),
            *tail,
        ]
        for position, output in enumerate(outputs, 1)
    ]
