"""RCV1 (Lewis et al. 2004): Reuters news of a year, one of the 55 topics of the second level.

The text is licensed and comes on request from NIST (``rcv1.tar.xz``, formerly two CDs with a zip archive for each day);
the topics are public, see :mod:`data_prep.readers.rcv1_topics`.  2,377 of the 806,791 items have no topics or no
countries; they are no part of RCV1-v2, have no line in the topics file, and are left out.

The paper takes Johnson & Zhang's data of 2015: headline and text of an item, which is labelled where exactly one of its
topics is of the second level.  No list of those items was found.  What is known, and what is inferred, of each split:

- train and dev, 15,564: items up to number 26,150 (20 to 31 August 1996), the training set of Lewis et al.  Inferred
  from the number: the training set of LIBSVM's ``rcv1.multiclass``, with one topic of the second level for each item,
  has 15,564 too.
- unlabelled, 668,640: all items of RCV1-v2 from September 1996 to June 1997, whatever their topics.  The months are
  named in Johnson & Zhang's scripts (``ConText``, ``examples/other-sh/shcnn-unsup-rcv1.sh``).  Inferred from the
  number: that the 2,377 are out.  July begins between items 697,500 and 698,050 (MLDoc's lists have dates with the
  numbers), so of these months there are about 668,900 items in RCV1-v2, and 670,800 on the CDs.
- test, 49,838: July 1997.  Inferred: Johnson & Zhang's file is ``rcv1-1m-test``, one month's, and the only other month
  that they do not name is August 1997, which ends on the 19th.  49,838 is 68 % of the about 73,400 items of July; of
  all items after August 1996, 66 % have one topic of the second level.  August 1997 is left out.
- dev, 1,557 of the 15,564: drawn by the seed; which ones the paper took is not known.

Tokens are words and punctuation marks in lower case; what Johnson & Zhang's tokeniser did is not known here.
"""

from data_prep import prose
from data_prep.description import CorpusDescription, Document
from data_prep.readers import rcv1_items, rcv1_topics
from data_prep.splitting import split_exactly
from data_prep.writer import VocabularyRule
from iadv_foundation.errors import UserError

SIZES = {"train": 14007, "dev": 1557}
LAST_TRAINING_ITEM = 26150
UNLABELED_MONTHS = ("1996-09", "1997-06")
TEST_MONTH = "1997-07"
# Items without topics or without countries are no part of RCV1-v2 ("Minimum Code Policy" of Lewis et al.).
MINIMUM_CODES = {rcv1_items.TOPICS, rcv1_items.COUNTRIES}


def read(sources, seed, notes):
    """Yield the items by number, whatever the order in the archive; those of train and dev last."""
    source, training = sources[0], []
    classes = rcv1_topics.classes_of_items(source)
    for item in rcv1_items.items_of(source):
        part, label = part_of(item), _class_of(item, classes)
        if label is None:
            notes["items_outside_rcv1_v2"] += 1
        elif part is None:
            notes["items_of_other_months"] += 1
        elif part == "unlabeled":
            yield Document(part, item.text, None, item.place, item.number)
        elif label in (rcv1_topics.NONE, rcv1_topics.SEVERAL):
            notes["items_without_a_single_class"] += 1
        elif part == "test":
            yield Document(part, item.text, label, item.place, item.number)
        else:
            training.append((item, label))
    training.sort(key=lambda pair: pair[0].number)
    splits = split_exactly(len(training), sizes_of(len(training)), seed, "split of rcv1")
    for split, (item, label) in zip(splits, training, strict=True):
        yield Document(split, item.text, label, item.place, item.number)


def part_of(item):
    """``train`` (which dev is taken from), ``unlabeled``, ``test`` or None.

    Args:
        item (data_prep.readers.rcv1_items.Item)
    """
    month = item.date[:7]
    if item.number <= LAST_TRAINING_ITEM:
        return "train"
    if UNLABELED_MONTHS[0] <= month <= UNLABELED_MONTHS[1]:
        return "unlabeled"
    return "test" if month == TEST_MONTH else None


def sizes_of(number):
    """Documents of train and dev among ``number`` labelled ones (dict of str to int):
    those of Table 1, or in proportion.
    """
    dev = round(number * SIZES["dev"] / sum(SIZES.values()))
    return {"train": number - dev, "dev": dev}


def _class_of(item, classes):
    """What the topics file says of an item; None for one that is no part of RCV1-v2."""
    label = classes.get(item.number)
    if label is None and item.codes >= MINIMUM_CODES:
        raise UserError(
            f"{item.place}: item {item.number} has topics and countries, but no line in the topics file, "
            "which is not the complete one, then"
        )
    return label


CORPUS = CorpusDescription(
    name="rcv1",
    title="RCV1",
    description="Reuters news, one of 55 topics",
    kind="category",
    module=__name__,
    in_paper=True,
    classes=rcv1_topics.SECOND_LEVEL,
    origin="Reuters Corpus Volume 1 of NIST (rcv1.tar.xz, or the CDs' zip archives in an archive or folder), "
    f"and in it or next to it {rcv1_topics.HOME}",
    licence="by agreement with NIST, for research; cite Lewis et al. 2004",
    tokeniser=r"\w+(?:['’-]\w+)*|[^\w\s] (words and punctuation marks), lower-cased",
    rule=VocabularyRule(unknown="drop", splits=("train", "unlabeled"), minimum_documents=2),
    read=read,
    tokenise=prose.lower_words_and_punctuation,
    expected={**SIZES, "test": 49838, "unlabeled": 668640},
    members=f"{rcv1_items.DAYS}|{rcv1_items.ITEMS}|{rcv1_topics.FILES}",
    seeded=True,
    files_beside=rcv1_topics.files_beside,
)
