"""The command ``python -m pretrain_lm``."""
from pathlib import Path

from foundation.storage import files
from foundation.console.cli import Parser, add_time_limit_option
from foundation.console.configuration import add_print_option, describe as describe_settings
from foundation.arithmetic.device import add_device_option, describe, select_device
from foundation.errors import UsageError
from foundation.storage.run_folder import RunFolder, filled_up
from data_prep.corpus import Corpus, corpora_folder
from data_prep.layers import base_scale
from pretrain_lm.checkpoint import language_model_folder
from pretrain_lm.lm_settings import Configuration, layers, load_configuration
from pretrain_lm.pretrain import pretrain


def parser():
    """The command's arguments (argparse.ArgumentParser)."""
    arguments = Parser(prog="python -m pretrain_lm",
                       description="Pretrain an LSTM language model on the training and unlabelled text of a prepared corpus.")
    arguments.add_argument("corpus", metavar="CORPUS", help="a corpus that python -m data_prep has prepared")
    arguments.add_argument("--recipe", default="paper", help="paper (default) or authors")
    arguments.add_argument("--scale", default="quick", help="quick (default), reduced or paper")
    arguments.add_argument("--seed", type=int, default=0, metavar="N", help="of everything random (default 0)")
    add_device_option(arguments)
    arguments.add_argument("--out", type=Path, default=Path("out"), metavar="DIR",
                           help="folder of everything made (default out)")
    arguments.add_argument("--set", dest="overrides", action="append", default=[], metavar="lm.KEY=VALUE",
                           help="change a setting; may be repeated")
    add_print_option(arguments)
    arguments.add_argument("--overwrite", action="store_true", help="replace a run with another configuration")
    arguments.add_argument("--quiet", action="store_true", help="no progress on the screen")
    add_time_limit_option(arguments)
    return arguments


def main(argv):
    """Run the command with these arguments (list of str); its last line on the screen sums the result up."""
    arguments = parser().parse_args(argv)
    if arguments.seed < 0:
        raise UsageError(f"--seed {arguments.seed}: write a number from 0 on")
    arguments.scale = base_scale(arguments.scale)  # variants of a scale share its language model
    asked = (arguments.corpus, arguments.recipe, arguments.scale, arguments.overrides)
    if arguments.print_config:
        print(describe_settings(Configuration, layers(*asked)))
        return
    settings = load_configuration(*asked)
    device = select_device(arguments.device)
    corpus = Corpus.open(corpora_folder(arguments.out) / arguments.corpus)
    identity = {"corpus": corpus.name, "recipe": arguments.recipe, "scale": arguments.scale, "seed": arguments.seed}
    run = RunFolder(language_model_folder(arguments.out, *identity.values()))
    usual = load_configuration(arguments.corpus, arguments.recipe, arguments.scale, []).model_dump()
    run.start({**identity, "corpus_sha256": corpus.sha256, "lm": settings.model_dump()}, arguments.overwrite, describe(device),
              filled_up("lm", usual))
    if run.is_finished:
        prefix, metrics = "already done: ", files.read_json(run.metrics)
    else:
        metrics = {**identity, **pretrain(corpus, settings, run, arguments.seed, device, arguments.quiet, arguments.deadline)}
        run.finish(metrics)
        prefix = ""
    print(f"{prefix}language model {corpus.name}: dev perplexity {metrics['dev_perplexity']:.2f}, "
          f"best of {metrics['epochs']} epochs: {metrics['best_epoch']} ({run.best})")
