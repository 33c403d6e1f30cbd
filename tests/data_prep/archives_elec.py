"""A miniature of Johnson & Zhang's elec-unlab.tar.gz: every review has a name of its own,
by which it can be found again.
"""

NAMES = {"train": [f"t{number}" for number in range(20)], "test": [f"e{number}" for number in range(6)]}
COUNTS = {"train": 18, "dev": 2, "test": 6, "unlabeled": 5}


def label_of(name):
    """Even reviews are negative (1), odd ones positive (2)."""
    return str(int(name[1:]) % 2 + 1)


def tokens_of(name):
    """What a line holds: upper case, marks apart, apostrophes inside, a replaced address, non-ASCII."""
    return [
        "I",
        {"1": "HATE", "2": "love"}[label_of(name)],
        "this",
        "caf\u00e9-proof",
        "camera",
        ",",
        "don't",
        "$U$",
        name,
    ]


def line_of(tokens):
    """A line of a .txt.tok file, with the blanks around it that Johnson & Zhang's tokeniser leaves."""
    return f"  {' '.join(tokens)}  \n".encode()


def elec():
    """File name -> content.  All names of reviews occur in two unlabelled reviews, so they are in the vocabulary."""
    files = {"elec-unlab/README": b"Elec: labeled and unlabeled data"}
    for part, stem in (("train", "elec-25k-train"), ("test", "elec-test")):
        files[f"elec-unlab/{stem}.txt"] = b"raw text <br /> that is not read\n" * len(NAMES[part])
        files[f"elec-unlab/{stem}.txt.tok"] = b"".join(line_of(tokens_of(name)) for name in NAMES[part])
        files[f"elec-unlab/{stem}.cat"] = "".join(f"{label_of(name)}\n" for name in NAMES[part]).encode()
    everybody = line_of([*NAMES["train"], *NAMES["test"]])
    files["elec-unlab/elec-25k-unlab00.txt.tok"] = everybody + line_of(["camera", "zero"]) + line_of(["camera", "one"])
    files["elec-unlab/elec-25k-unlab01.txt.tok"] = everybody + line_of(["two", "camera"])
    files["elec-unlab/elec-25k-unlab00.txt"] = b"raw\n" * 3
    return files
