"""Documents that stand in several splits, in words."""


def overlap_lines(duplicates):
    """Yield lines on documents that stand in several splits; one also where no document of the test split does.

    Args:
        duplicates (dict of str to int): of ``corpus.json``: ``"train/test"`` -> documents of ``test`` that stand in
            ``train``.
    """
    pairs = {pair: number for pair, number in duplicates.items() if "/" in pair}
    for pair, number in pairs.items():
        if number:
            first, second = pair.split("/")
            yield f"{number:,} documents of {second} also stand in {first}"
    others = [split for pair in pairs for split in pair.split("/") if "test" in pair.split("/") and split != "test"]
    if others and not any(number for pair, number in pairs.items() if "test" in pair.split("/")):
        named = " or ".join((", ".join(others[:-1]), others[-1])) if others[1:] else others[0]
        yield f"no document of test stands in {named}"
