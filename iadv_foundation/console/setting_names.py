"""Which setting somebody means who writes an option for it."""

import difflib

_MOST = 3  # as many settings are offered


def settings_meant(option, keys):
    """The settings that an option such as ``--learning-rate``, ``--lr`` or ``--epochs`` may stand for.

    It may be a setting's name without its section, a word of that name (whether singular or plural), the initials of
    its words, or something near the name.

    Args:
        option (str): as it was written, with its dashes.
        keys (iterable of str): dotted names of all settings.

    Returns:
        tuple: list of at most three dotted names, the most likely kind alone; and whether more than nearness speaks for
        them.
    """
    asked = option.lstrip("-").lower().replace("-", "_").replace(".", "_")
    names = {key: key.rpartition(".")[2] for key in keys}
    found = (
        [key for key, name in names.items() if asked in (name, key.replace(".", "_"))]
        or _shortest([key for key, name in names.items() if _is_word(asked, name)])
        or [key for key, name in names.items() if _are_initials(asked, name)]
    )
    if found:
        return found[:_MOST], True
    near = difflib.get_close_matches(asked, names.values(), n=1, cutoff=0.75)
    return [key for key, name in names.items() if near == [name]][:_MOST], False


def _shortest(keys):
    """Those of fewest words: ``max_epochs`` is nearer to epochs than ``test_every_epoch`` is."""
    fewest = min((key.count("_") for key in keys), default=0)
    return [key for key in keys if key.count("_") == fewest]


def _is_word(asked, name):
    return asked.removesuffix("s") in [word.removesuffix("s") for word in name.split("_")]


def _are_initials(asked, name):
    return len(asked) > 1 and asked == "".join(word[0] for word in name.split("_"))
