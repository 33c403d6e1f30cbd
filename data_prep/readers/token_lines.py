"""Sentences with a label for each token: a token a line, blank lines between sentences."""


def sentences(numbered, parse):
    """Gather lines into sentences.

    Args:
        numbered (iterable of (int, str)): number and content of each line.
        parse (callable): number, line -> (token, label), or None for a line that ends a sentence.

    Yields:
        (int, list of str, list): number of the first line, tokens, labels.
    """
    first, tokens, labels = 1, [], []
    for number, line in numbered:
        parsed = parse(number, line)
        if parsed is not None:
            tokens.append(parsed[0])
            labels.append(parsed[1])
            continue
        if tokens:
            yield first, tokens, labels
        first, tokens, labels = number + 1, [], []
    if tokens:
        yield first, tokens, labels
