"""Which column of a user's table holds the texts, and which the labels."""

from data_prep.invisible import cleaned
from iadv_foundation.errors import UsageError, UserError

#: What a column may be called where the user does not say; the first name is the proper one and wins over the others.
NAMES = {
    "text": ("text", "review", "sentence", "content", "document", "body", "comment", "message", "tweet"),
    "label": ("label", "class", "category", "sentiment", "target", "polarity", "rating", "stars"),
}


def is_number(column):
    """Whether a column is given by its number."""
    return column is not None and column.isascii() and column.isdigit()


def located(first_row, columns, place):
    """Find the columns.

    Args:
        first_row (list of str): of the table.
        columns (dict of str to (str or None)): see :func:`data_prep.readers.user_tables.rows`.
        place (str): file and line, for messages.

    Returns:
        (list of int, bool): index of each role's column, and whether the first row is a header.

    Raises:
        UserError: a column is not there; UsageError: a number is that of no column.
    """
    names = [cleaned(name) for name in first_row]
    by_number = all(map(is_number, columns.values())) and not _numbered(names, columns, place)
    positions = [
        _by_number(names, role, column, place) if by_number else _by_name(names, role, column, place)
        for role, column in columns.items()
    ]
    if by_number and all(_is_name(names[position], role) for position, role in zip(positions, columns, strict=True)):
        raise UsageError(f"{place}: this is a header; give names, not numbers: {_options(columns)}")
    if len(set(positions)) < len(positions):
        raise UsageError(f"{place}: {' and '.join(columns)} are the same column; give {_options(columns)}")
    return positions, not by_number


def has_all(first_row, columns):
    """Whether the first row of a table is a header with all columns that are looked for (bool)."""
    if any(map(is_number, columns.values())):
        return False
    try:
        located(first_row, columns, "")
    except UserError:
        return False
    return True


def _numbered(names, columns, place):
    """Whether the first row is a header that numbers the columns, as pandas does where they have no names (bool)."""
    if len(names) < 2 or names not in ([str(number + first) for number in range(len(names))] for first in (0, 1)):
        return False
    if names[0] == "0" and "0" not in columns.values():
        raise UsageError(
            f"{place}: this header numbers the columns from 0, so that a number may be meant in two ways: name "
            f"the columns in the file, or give one of {_options(columns)} as 0"
        )
    return True


def _by_number(names, role, column, place):
    if not 1 <= int(column) <= len(names):
        raise UsageError(f"--{role}-column {column}: columns are numbered from 1, and {place} has {len(names)}")
    return int(column) - 1


def _by_name(names, role, column, place):
    name = name_of(names, role, column, place)
    if names.count(name) > 1:
        raise UserError(f"{place}: {names.count(name)} columns are called {name!r}: give them different names")
    return names.index(name)


def name_of(names, role, column, place):
    """The name of a role's column among ``names``: the user's; or the proper one; or the only one that will do.

    Raises:
        UserError: there is none, or several might be meant.
    """
    there = f"the columns there: {', '.join(name[:30] for name in names)[:300]}"
    if column is not None:
        wanted = cleaned(column)
        if wanted not in names:
            raise UserError(f"{place}: no column {column!r}; {there}")
        return wanted
    fit = [name for name in dict.fromkeys(names) if _is_name(name, role)]
    proper = [name for name in fit if name.lower() == NAMES[role][0]]
    if len(proper or fit) == 1:
        return (proper or fit)[0]
    if fit:
        raise UserError(f"{place}: {' and '.join(fit)} may each be the {role}; say which: --{role}-column NAME")
    raise UserError(
        f"{place}: no column {NAMES[role][0]!r}; {there}; say which it is: --{role}-column NAME "
        "(its number from 1 where the file has no header)"
    )


def _is_name(cell, role):
    return cell.lower() in NAMES[role]


def _options(columns):
    return " and ".join(f"--{role}-column" for role in columns)
