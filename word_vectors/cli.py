"""The commands ``skipgram``, ``import`` and ``gwe`` of ``python -m word_vectors``."""

import time
from pathlib import Path

from data_prep.corpora import named
from data_prep.corpus import Corpus, corpora_folder
from iadv_foundation.console.cli import closest, program_name
from iadv_foundation.console.configuration import describe, keys_of
from iadv_foundation.console.options import add_options, add_settings, listed
from iadv_foundation.console.parser import Program
from iadv_foundation.errors import UsageError, UserError
from iadv_foundation.storage import files
from iadv_foundation.storage.run_folder import RunFolder, filled_up, tell_if_unsealed
from iadv_foundation.storage.special_files import readable
from word_vectors import store
from word_vectors import vector_settings as configuration
from word_vectors.vector_settings import load_gwe_settings, load_skipgram_settings

RANDOM = "random"
_STARTS = ("skipgram", "word2vec", RANDOM)


def parser():
    """The commands' arguments (iadv_foundation.console.parser.Program)."""
    program = Program(
        prog=program_name("word_vectors"),
        description="Make the word vectors that the embeddings of a network start "
        "from, above all for error detection: trained by skip-gram, read from a file, or trained on marked errors. "
        "The corpus must be prepared (python -m data_prep).",
        examples=("skipgram sample-ged", "import fce GoogleNews-vectors-negative300.bin.gz"),
    )
    commands = program.add_commands()
    skipgram = _add(
        commands,
        "skipgram",
        _skipgram,
        "train skip-gram vectors on a corpus's train split and more text",
        "Train skip-gram vectors (Mikolov et al. 2013) by gensim on a corpus's train split and any more "
        "text that is given.",
        ("sample-ged", "fce --scale paper --text imdb=aclImdb_v1.tar.gz --text text=any.txt"),
    )
    skipgram.add_argument(
        "--text",
        action="append",
        default=[],
        metavar="KIND=PATH",
        help="more text: imdb=ARCHIVE, amazon=FILE (reviews) or text=FILE (any); may be repeated",
    )
    skipgram.add_argument(
        "--keep-texts",
        action="store_true",
        help="without --text: refuse to replace vectors that were trained on more text",
    )
    _add_settings(skipgram, configuration.SkipGramConfiguration)
    importing = _add(
        commands,
        "import",
        _import,
        "take vectors from a file in one of word2vec's or gensim's formats",
        "Take the vectors of a corpus's words from a file in one of word2vec's or gensim's formats. A "
        "network starts from them with --set training.vectors=word2vec.",
        ("fce GoogleNews-vectors-negative300.bin.gz", "sample-ged vectors.txt --seed 1"),
    )
    importing.add_argument(
        "file", type=Path, metavar="FILE", help="word2vec text or binary (.gz too), or gensim KeyedVectors"
    )
    gwe = _add(
        commands,
        "gwe",
        _gwe,
        "train error- and grammaticality-specific vectors on a corpus with marked errors",
        "Train error- and grammaticality-specific vectors (Kaneko et al. 2017) on a corpus with marked errors.",
        ("sample-ged", "fce --scale paper --start random"),
    )
    gwe.add_argument(
        "--start",
        default="skipgram",
        metavar="NAME",
        values=_STARTS,
        help=f"vectors to start from: {listed(_STARTS, 'skipgram')}",
    )
    _add_settings(gwe, configuration.GweConfiguration)
    return program


def _add(commands, name, function, text, description, examples):
    command = commands.add_parser(name, help=text, description=description, examples=examples)
    command.add_argument("corpus", metavar="CORPUS", help="a corpus that python -m data_prep has prepared")
    add_options(command, "out", "seed", "overwrite", "quiet")
    command.set_defaults(run=_run, make=function, print_config=False)
    return command


def _add_settings(command, model):
    add_options(command, "scale")
    add_settings(command, lambda: keys_of(model))
    command.set_defaults(model=model)


def main(argv):
    """Run one command with these arguments (list of str); its last line on the screen sums the result up."""
    return parser().call(argv)


def _run(arguments):
    named(arguments.corpus)  # Tells of a mistyped name before anything is looked for under it.
    if arguments.print_config:
        layers = configuration.layers(arguments.model, arguments.corpus, arguments.scale, arguments.overrides)
        print(describe(arguments.model, layers))
        return
    arguments.make(arguments)


# What a command needs is imported when it is called, so that --help and a mistyped name answer at once.


def _skipgram(arguments):
    from word_vectors.sentences import parse_sources
    from word_vectors.skipgram import train

    settings = load_skipgram_settings(arguments.corpus, arguments.scale, arguments.overrides)
    sources = parse_sources(arguments.text)
    asked = {"vectors": settings.model_dump(), "texts": [source.record() for source in sources]}

    def begin(corpus):
        folder = store.vectors_folder(arguments.out, corpus.name, "skipgram")
        lost = store.texts_of(folder) if arguments.keep_texts and not sources else []
        if lost:
            raise UserError(
                f"{folder} was made from {', '.join(lost)} too, and has to be made again: give these texts again, "
                "or remove that folder to do without"
            )
        return lambda folder: train(corpus, settings, sources, folder, arguments.seed, arguments.quiet)

    _make(arguments, "skipgram", asked, begin)


def _import(arguments):
    from word_vectors.importing import read_vectors

    asked = {"file_sha256": files.digest_of_file(readable(arguments.file))}

    def read(corpus):
        imported = read_vectors(corpus, arguments.file, arguments.seed)
        return lambda folder: store.save(folder, *imported)

    _make(arguments, "word2vec", asked, read)


def _gwe(arguments):
    settings = load_gwe_settings(arguments.corpus, arguments.scale, arguments.overrides)
    closest(arguments.start, _STARTS, "start")
    start = (
        None if arguments.start == RANDOM else store.vectors_folder(arguments.out, arguments.corpus, arguments.start)
    )
    if start is not None and not store.is_finished(start):
        raise UserError(
            f"there are no vectors at {start}: make them with python -m word_vectors, or use --start {RANDOM}"
        )

    def begin(corpus):
        from word_vectors import gwe

        vectors = None if start is None else store.load(start, corpus.vocabulary)[0]
        if vectors is not None and vectors.shape[1] != settings.size:
            raise UsageError(
                f"--start {arguments.start}: those vectors have {vectors.shape[1]} dimensions, gwe.size is "
                f"{settings.size}; give both the same"
            )
        return lambda folder: gwe.train(corpus, settings, vectors, folder, arguments.seed, arguments.quiet)

    asked = {
        "gwe": settings.model_dump(),
        "start": arguments.start,
        "start_sha256": None if start is None else store.digest(start),
    }
    _make(arguments, "gwe", asked, begin)


def _upgrade(arguments):
    """See :func:`iadv_foundation.storage.run_folder.filled_up`; imported vectors have no settings."""
    load = {"skipgram": load_skipgram_settings, "gwe": load_gwe_settings}.get(arguments.command)
    section = {"skipgram": "vectors", "gwe": "gwe"}.get(arguments.command)
    return filled_up(section, load(arguments.corpus, arguments.scale).model_dump()) if load else None


def _make(arguments, name, asked, begin):
    """Make the vectors ``name`` unless they stand there, and print a line on them.

    Args:
        arguments (argparse.Namespace): the command's.
        name (str): of the vectors.
        asked (dict): what they depend on besides the corpus and the seed; goes to ``config.json``.
        begin (callable): corpus -> callable folder -> anything, which writes them with :func:`word_vectors.store.save`.

    Vectors that stand there are replaced when the new ones are finished, and stay where these fail.
    """
    corpus = Corpus.open(corpora_folder(arguments.out) / arguments.corpus)
    folder = store.vectors_folder(arguments.out, corpus.name, name)
    run = RunFolder(folder)
    configuration = {
        "corpus": corpus.name,
        "corpus_sha256": corpus.sha256,
        "name": name,
        "seed": arguments.seed,
        **asked,
    }
    done = run.check(configuration, arguments.overwrite, _upgrade(arguments)) and store.is_finished(folder)
    if not done:
        work = begin(corpus)
        with store.replacing(folder) as new_folder:
            new = RunFolder(new_folder)
            new.start(configuration, overwrite=True)
            started = time.monotonic()
            work(new_folder)
            if not new.timing.is_file():
                files.write_json(new.timing, {"training_seconds": round(time.monotonic() - started, 3)})
    vectors, found, record = store.load(folder, corpus.vocabulary)
    if done:
        tell_if_unsealed(folder)
    print(
        f"{'already done: ' if done else ''}{name} vectors of {corpus.name} from "
        f"{store.source_of(record, corpus.name)}: {vectors.shape[1]} dimensions, {int(found.sum()):,} of "
        f"{len(found):,} words found{_shared(record)} ({folder})"
    )


def _shared(record):
    """What imported vectors say on words that share one (str)."""
    if "shared_vectors" not in record:
        return ""
    return f"; {record['shared_vectors']['train']:.1f} % of train's tokens have a vector that another word has, too"
