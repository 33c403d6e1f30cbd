"""Everything that can be a row of a table: the methods, and the systems quoted from other papers."""

import collections

from interpretable_adv.methods import METHODS
from quoted_systems.systems import SYSTEMS

#: Name -> interpretable_adv.methods.Method or quoted_systems.systems.System, the methods first.  Both have a title, a
#: colour, ``semi_supervised``, ``in_paper`` and ``passes``.
ROWS = collections.ChainMap(SYSTEMS, METHODS)


def is_of_paper(name):
    """Whether a row is the paper's own network (bool): not another paper's, to which Table 2 does not apply."""
    return name in METHODS and not METHODS[name].layer
