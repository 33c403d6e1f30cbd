"""What a corpus is: one :class:`CorpusDescription` for each, all alike, in :mod:`data_prep.corpora`."""
import dataclasses
import typing

from data_prep import text
from data_prep.tokenising import One
from data_prep.writer import VocabularyRule


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
        task (str): ``"classification"`` or ``"labelling"``.
        classes (tuple of str): name of each label.
        origin (str): official source, for messages and for ``python -m data_prep list``.
        licence (str)
        tokeniser (str): in words; joins the options.
        rule (VocabularyRule)
        read (callable): ``read(sources, seed, notes)`` yields :class:`Document`; ``sources`` as ``packages`` or, without
            those, the one the user gave or the downloads; ``notes`` is a ``collections.Counter`` of what the reader left out.
        tokenise (callable): content of a document -> list of str; of module level, since it runs in other processes.
        expected (dict of str to int or None): documents of each split in Table 1 of the paper; None for samples.
        packages (tuple of Package): where the text comes from, if not from a local source.
        downloads (tuple of Download): official files, fetched where the user gives no source.
        size (str): of the download, for ``python -m data_prep list``.
        members (str): regular expression of the files that a local source must hold.
        seeded (bool): whether the seed decides anything.
        read_unlabeled (callable or None): ``read_unlabeled(path, notes)`` yields :class:`Document` from a file of its own;
            such text adds no words to the vocabulary, and its number of documents is free.
        tokenise_unlabeled (callable or None): content -> list of documents, each a list of str; None for one, by ``tokenise``.
        unlabeled_download (Download or None): official file for ``read_unlabeled``, fetched where the user asks for it.
        files_beside (callable or None): path of the source -> list of paths of files next to it that are read too.
        settings (dict): what else the result depends on; joins the options.
        extra_sources (tuple of path): files besides the source.
    """

    name: str
    title: str
    description: str
    task: str
    classes: tuple
    origin: str
    licence: str
    tokeniser: str
    rule: VocabularyRule
    read: typing.Callable
    tokenise: typing.Callable = text.as_given
    expected: dict | None = None
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
        return {"seed": seed if self.seeded else None, "tokeniser": self.tokeniser, **rule, "splits": list(self.rule.splits),
                **self.settings}
