"""What a corpus is: one :class:`CorpusDescription` for each, all alike, in :mod:`data_prep.corpora`."""
import dataclasses
import typing

from data_prep.writer import VocabularyRule


class Document(typing.NamedTuple):
    """What a reader yields; see :meth:`data_prep.writer.CorpusWriter.add`."""

    split: str
    tokens: list
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
            those, the one the user gave; ``notes`` is a ``collections.Counter`` of what the reader left out.
        expected (dict of str to int or None): documents of each split in Table 1 of the paper; None for samples.
        packages (tuple of Package): where the text comes from, if not from a local source.
        members (str): regular expression of the files that a local source must hold.
        seeded (bool): whether the seed decides anything.
        read_unlabeled (callable or None): ``read_unlabeled(path, notes)`` yields :class:`Document` from a file of its own;
            such text adds no words to the vocabulary, and its number of documents is free.
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
    expected: dict | None = None
    packages: tuple = ()
    members: str = ""
    seeded: bool = False
    read_unlabeled: typing.Callable | None = None

    def options(self, seed):
        """What the result depends on besides the sources (dict)."""
        rule = dataclasses.asdict(self.rule)
        return {"seed": seed if self.seeded else None, "tokeniser": self.tokeniser, **rule, "splits": list(self.rule.splits)}
