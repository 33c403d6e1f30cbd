"""What a corpus is: one :class:`CorpusDescription` for each, all alike, in :mod:`data_prep.corpora`."""

import dataclasses
import typing

from data_prep import prose
from data_prep.tokenising import One
from data_prep.writer import VocabularyRule

#: What a corpus can be about (columns SEC, CAC and GED of Table 2, files of ``configs/tasks``), and the task of each.
KINDS = {"sentiment": "classification", "category": "classification", "error-detection": "labelling"}


class Document(typing.NamedTuple):
    """What a reader yields.

    Attributes:
        split (str): one of :data:`data_prep.corpus.SPLITS`.
        content: what the corpus's ``tokenise`` takes, text (str) or tokens (list of str).
        label (int or sequence of int or None): as the task needs; None for ``unlabeled``.
        place (str): where the document stands (file and line), for messages.
        order (int or None): documents are written by rising order; None, for all of a split, as they come.
        corrections (list of dict or None): made errors, see :func:`data_prep.corpus.read_corrections`.
    """

    split: str
    content: typing.Any
    label: typing.Any
    place: str
    order: int | None = None
    corrections: list | None = None


@dataclasses.dataclass(frozen=True)
class CorpusDescription:
    """A corpus in one piece: where it comes from, how it is read and split, what must come out.

    Attributes:
        name (str): as the user types it.
        title (str): as tables print it.
        description (str): one line for the headings of tables.
        kind (str): a key of :data:`KINDS`; its hyper-parameters are those of ``configs/tasks/<kind>.toml``.
        module (str): ``__name__`` of the module that describes it; by its code a prepared corpus is up to date or not.
        classes (tuple of str): name of each label.
        origin (str): official source, for messages and for ``python -m data_prep list``.
        licence (str)
        tokeniser (str): in words; joins the options.
        rule (VocabularyRule)
        read (callable): ``read(sources, seed, notes)`` yields :class:`Document`; ``sources`` as ``packages`` or,
            without those, the one the user gave or the downloads; ``notes`` is a ``collections.Counter`` of what the
            reader left out.
        tokenise (callable): content of a document -> list of str; of module level, since it runs in other processes.
        expected (dict of str to int or None): documents of each split, in Table 1 or where else it was published;
            None where nobody says.
        in_paper (bool): whether it is one of the paper's corpora, those of Table 1.
        packages (tuple of Package): where the text comes from, if not from a local source.
        downloads (tuple of Download): official files, fetched where the user gives no source.
        size (str): of the download, for ``python -m data_prep list``.
        members (str): regular expression of the files that a local source must hold.
        seeded (bool): whether the seed decides anything.
        read_unlabeled (callable or None): ``read_unlabeled(path, notes)`` yields :class:`Document` from a file of its
            own; such text adds no words to the vocabulary, and its number of documents is free.
        tokenise_unlabeled (callable or None): content -> list of documents, each a list of str; None for one, by
            ``tokenise``.
        unlabeled_download (Download or None): official file for ``read_unlabeled``, fetched where the user asks for it.
        files_beside (callable or None): path of the source -> list of paths of files next to it that are read too.
        settings (dict): what else the result depends on; joins the options.
        extra_sources (tuple of path): files besides the source.
        completed_by (callable or None): of a user's own corpus, of which its source says more; see :meth:`completed`.
    """

    name: str
    title: str
    description: str
    kind: str
    module: str
    classes: tuple
    origin: str
    licence: str
    tokeniser: str
    rule: VocabularyRule
    read: typing.Callable
    tokenise: typing.Callable = prose.as_given
    expected: dict | None = None
    in_paper: bool = False
    packages: tuple = ()
    downloads: tuple = ()
    size: str = ""
    members: str = ""
    seeded: bool = False
    read_unlabeled: typing.Callable | None = None
    tokenise_unlabeled: typing.Callable | None = None
    unlabeled_download: typing.Any = None
    files_beside: typing.Callable | None = None
    settings: dict = dataclasses.field(default_factory=dict)
    extra_sources: tuple = ()
    completed_by: typing.Callable | None = None

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"{self.module}: kind {self.kind!r} of a corpus is none of {', '.join(KINDS)}")

    def under(self, name):
        """The same under another name: ``text-reviews`` is a ``text`` (CorpusDescription)."""
        return dataclasses.replace(self, name=name, title=name)

    def completed(self, source, choices):
        """Of a user's own corpus, the description that it is prepared by; reads the source once to see its labels.

        Args:
            source: path of the training text.
            choices (data_prep.own.Choices)

        Raises:
            UserError: the source is not what it should be; names file and line.
            UsageError: choices that do not go together, or not with the source.
        """
        return self.completed_by(self, source, choices)

    @property
    def task(self):
        """``"classification"``, a label for each document, or ``"labelling"``, one for each token (str)."""
        return KINDS[self.kind]

    @property
    def documents_of(self):
        """Content -> list with the one document that it makes (callable)."""
        return One(self.tokenise)

    @property
    def unlabeled_documents_of(self):
        """Content of unlabelled text from a file of its own -> list of documents (callable)."""
        return self.tokenise_unlabeled or self.documents_of

    def options(self, seed):
        """What the result depends on besides the sources (dict)."""
        rule = dataclasses.asdict(self.rule)
        return {
            "seed": seed if self.seeded else None,
            "tokeniser": self.tokeniser,
            **rule,
            "splits": list(self.rule.splits),
            **self.settings,
        }
