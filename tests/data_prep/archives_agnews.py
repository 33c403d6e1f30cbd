"""A miniature of Zhang et al.'s ag_news_csv.tar.gz: all three columns in double quotes, LF at the ends."""

COUNTS = {"train": 36, "dev": 4, "test": 8}
NAMES = ["World", "Sports", "Business", "Sci/Tech"]
TITLE, TEXT = "Stocks Rise (Reuters)", 'Reuters - "Bulls", Wall Street\'s band\\of ultra-cynics, #36;5 &lt;b&gt;more.'
TOKENS = [
    "stocks",
    "rise",
    "(",
    "reuters",
    ")",
    "reuters",
    "-",
    '"',
    "bulls",
    '"',
    ",",
    "wall",
    "street's",
    "band",
    "\\",
    "of",
    "ultra-cynics",
    ",",
    "#",
    "36",
    ";",
    "5",
    "&",
    "lt",
    ";",
    "b",
    "&",
    "gt",
    ";",
    "more",
    ".",
]


def row(number, title=TITLE, text=TEXT):
    """A line."""
    return ",".join('"' + str(cell).replace('"', '""') + '"' for cell in (number, title, text)).encode() + b"\n"


def agnews(each=10):
    """File name -> content: ``each`` training rows and two test rows of every class, all of the same words."""
    return {
        "ag_news_csv/classes.txt": "".join(f"{name}\n" for name in NAMES).encode(),
        "ag_news_csv/readme.txt": b"AG's News Topic Classification Dataset\n",
        "ag_news_csv/train.csv": b"".join(row(number) for _ in range(each) for number in (3, 1, 4, 2)),
        "ag_news_csv/test.csv": b"".join(row(number) for number in (1, 2, 3, 4) for _ in range(2)),
    }
