"""The command ``python -m pretrain_lm``.

What it needs is imported when it runs, so that ``--help`` and a mistyped name answer at once.
"""

from iadv_foundation.console.cli import program_name
from iadv_foundation.console.options import add_options, add_settings
from iadv_foundation.console.parser import Program


def parser():
    """The command line (iadv_foundation.console.parser.Program)."""
    program = Program(
        prog=program_name("pretrain_lm"),
        description="Pretrain an LSTM language model on the training and unlabelled "
        "text of a prepared corpus (python -m data_prep). Classifiers start from its word embeddings and LSTM. A run "
        "that was stopped goes on where it was; one that is finished is not trained again.",
        examples=("sample-sec", "imdb --scale paper --set lm.max_epochs=5"),
    )
    program.add_argument("corpus", metavar="CORPUS", help="a corpus that python -m data_prep has prepared")
    add_options(program, "recipe", "scale", "seed", "device", "out")
    add_settings(program, _setting_keys)
    add_options(program, "overwrite", "quiet", "time-limit")
    return program


def _setting_keys():
    from iadv_foundation.console.configuration import keys_of
    from pretrain_lm.lm_settings import Configuration

    return keys_of(Configuration)


def main(argv):
    """Run the command with these arguments (list of str); its last line on the screen sums the result up."""
    arguments = parser().parse_args(argv)
    from data_prep.layers import base_scale
    from iadv_foundation.console import configuration
    from pretrain_lm.lm_settings import Configuration, layers, load_configuration

    arguments.scale = base_scale(arguments.scale)  # variants of a scale share its language model
    asked = (arguments.corpus, arguments.recipe, arguments.scale, arguments.overrides)
    if arguments.print_config:
        print(configuration.describe(Configuration, layers(*asked)))
        return
    print(_pretrain(arguments, load_configuration(*asked), load_configuration(*asked[:3], [])))


def _pretrain(arguments, settings, usual):
    """Train the language model unless it is there; returns a line on it (str).

    Args:
        arguments (argparse.Namespace)
        settings, usual (pretrain_lm.lm_settings.LanguageModelSettings): with and without the user's own.
    """
    from data_prep.corpus import Corpus, corpora_folder
    from iadv_foundation.arithmetic.device import describe, select_device
    from iadv_foundation.storage import seal
    from iadv_foundation.storage.run_folder import RunFolder, filled_up, tell_if_unsealed
    from pretrain_lm.checkpoint import language_model_folder
    from pretrain_lm.pretrain import pretrain

    device = select_device(arguments.device)
    corpus = Corpus.open(corpora_folder(arguments.out) / arguments.corpus)
    identity = {"corpus": corpus.name, "recipe": arguments.recipe, "scale": arguments.scale, "seed": arguments.seed}
    run = RunFolder(language_model_folder(arguments.out, *identity.values()))
    run.start(
        {**identity, "corpus_sha256": corpus.sha256, "lm": settings.model_dump()},
        arguments.overwrite,
        describe(device),
        filled_up("lm", usual.model_dump()),
    )
    if run.is_finished:
        seal.check(run.metrics)
        tell_if_unsealed(run.path)
        prefix, metrics = "already done: ", seal.read(run.metrics)
    else:
        metrics = {
            **identity,
            **pretrain(corpus, settings, run, arguments.seed, device, arguments.quiet, arguments.deadline),
        }
        run.finish(metrics)
        prefix = ""
    with seal.told_of(run.metrics):
        return (
            f"{prefix}language model {corpus.name}: dev perplexity {metrics['dev_perplexity']:.2f}, "
            f"best of {metrics['epochs']} epochs: {metrics['best_epoch']} ({run.best})"
        )
