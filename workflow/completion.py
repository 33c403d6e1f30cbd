"""``./reproduce.sh --print-completion SHELL``: shell completion of ``reproduce.sh`` and of every stage."""

import importlib
import sys

from iadv_foundation.console.cli import closest, run
from iadv_foundation.console.completion import SHELLS, script
from workflow import pipeline

#: Modules with a ``parser`` of a stage.
STAGES = (
    "data_prep.command",
    "pretrain_lm.cli",
    "word_vectors.cli",
    "interpretable_adv.cli",
    "quoted_systems.cli",
    "results.cli",
    "benchmarks.cli",
)
#: Targets that ``reproduce.sh`` does itself.
OF_THE_SCRIPT = ("demo", "test", "setup", "help")


def main(argv):
    """Print the script for the shell that ``argv`` (list of str) names."""
    shell = closest(*argv, SHELLS, "shell")
    own = pipeline.parser()
    target = own._get_positional_actions()[0]
    target.choices = [*target.choices, *OF_THE_SCRIPT]
    print(script([own, *(importlib.import_module(module).parser() for module in STAGES)], shell))


if __name__ == "__main__":
    run(main, "reproduce.sh", sys.argv[1:])
