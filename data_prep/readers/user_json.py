"""The objects of a user's JSON Lines, as they are written: nothing in them is rounded, dropped or made up."""

import json

from data_prep.readers.user_lines import lines
from iadv_foundation.errors import UserError

#: In place of NaN, Infinity and -Infinity, which Python's parser takes and JSON does not have.
_NO_NUMBER = object()


class _Twice(ValueError):
    """A key that an object has twice."""


def objects(path):
    """Yield (line number, dict) of JSON Lines; numbers are str, as they are written;
    a UserError in place of a line that is none.
    """
    for number, line in lines(path):
        if not line.strip():
            continue
        try:
            found = json.loads(
                line, parse_int=str, parse_float=str, parse_constant=lambda _: _NO_NUMBER, object_pairs_hook=_dict
            )
        except _Twice as error:
            found = UserError(f"{path}, line {number}: the key {str(error)[:40]!r} stands twice in an object")
        except (ValueError, RecursionError) as error:
            if number == 1 and line.lstrip().startswith("["):
                raise UserError(f"{path}, line 1: a JSON array; write one object in each line (JSON Lines)") from None
            found = UserError(f"{path}, line {number}: broken JSON ({getattr(error, 'msg', error)})")
        if not isinstance(found, dict | UserError):
            found = UserError(
                f"{path}, line {number}: one object in each line expected (JSON Lines), {line[:40]!r} found"
            )
        yield number, found


def _dict(pairs):
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _Twice(next(key for key in keys if keys.count(key) > 1))
    return found


def as_text(value, name, place):
    """A value as text (str); null is an empty one.

    Raises:
        UserError: it is neither a text nor a number.
    """
    if value is None:
        return ""
    if value is _NO_NUMBER:
        raise UserError(
            f"{place}: {name!r} is NaN or Infinity, which JSON does not have: write null where the value is "
            "missing, or put the word in quotation marks"
        )
    if isinstance(value, bool):
        return json.dumps(value)
    if not isinstance(value, str):
        kind = "a list" if isinstance(value, list) else "an object"
        raise UserError(f"{place}: {name!r} is {kind}; a text or a number is expected")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UserError(f"{place}: {name!r} holds half a character (a lone surrogate)") from None
    if "\0" in value:
        raise UserError(f"{place}: {name!r} holds a NUL character, which no text holds: take it out")
    return value
