"""What a trained network needs to know of its corpus to read, label and perturb texts:
the corpus without its documents.
"""

import numpy as np
import pydantic

from data_prep.corpus import Vocabulary
from interpretable_adv.documents import Documents
from interpretable_adv.evaluation import majority_class


class CorpusTraits(pydantic.BaseModel):
    """The traits of a corpus.  All but the vocabulary and what goes with it is what JSON can hold, see ``model_dump``.

    Attributes:
        name, title, description (str): see :class:`data_prep.corpus.Corpus`.
        sha256 (str): digest of the corpus.
        complete (bool): whether it has the published numbers of documents.
        task (str): ``"classification"`` or ``"labelling"``.
        classes (list of str): name of each label.
        tokeniser (str): the rule by which text becomes words, as the corpus's record has it.
        train_documents, train_words (int): of the training split; for classification with ``<eos>``.
        majority (int): the most frequent label of the training split.
        unlabeled (bool): whether there is unlabelled text.
        vocabulary (data_prep.corpus.Vocabulary): with the counts that embeddings are normalised by.
        occurring (numpy.ndarray): bool (V,), which words occur in the training split.
    """

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)

    name: str
    title: str
    description: str
    sha256: str
    complete: bool
    task: str
    classes: list[str]
    tokeniser: str
    train_documents: pydantic.PositiveInt
    train_words: pydantic.PositiveInt
    majority: pydantic.NonNegativeInt
    unlabeled: bool
    vocabulary: Vocabulary = pydantic.Field(exclude=True)
    occurring: np.ndarray = pydantic.Field(exclude=True)

    @classmethod
    def of(cls, corpus):
        """The traits of a prepared corpus (data_prep.corpus.Corpus)."""
        train = corpus.splits["train"]
        return cls(
            **{name: getattr(corpus, name) for name in ("name", "title", "description", "sha256", "complete", "task")},
            classes=list(corpus.classes),
            tokeniser=corpus.record["options"].get("tokeniser", ""),
            train_documents=len(train),
            train_words=int(train.offsets[-1]),
            majority=majority_class(train.labels),
            unlabeled="unlabeled" in corpus.splits,
            vocabulary=corpus.vocabulary,
            occurring=Documents([train], corpus.task == "labelling").occurring(len(corpus.vocabulary)),
        )

    @property
    def per_word(self):
        """Whether every word has a label of its own (bool)."""
        return self.task == "labelling"

    @property
    def labels_per_document(self):
        """Labels of a training document, on average: 1 for classification, the mean number of words for labelling."""
        return self.train_words / self.train_documents if self.per_word else 1
