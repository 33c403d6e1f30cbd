"""The command ``python -m quoted_systems``.

What it needs is imported when it runs, so that ``--help`` and a mistyped name answer at once.
"""

from iadv_foundation.console.cli import program_name
from iadv_foundation.console.options import add_options, add_settings
from iadv_foundation.console.parser import Program
from quoted_systems.systems import SYSTEMS


def parser():
    """The command line (iadv_foundation.console.parser.Program)."""
    program = Program(
        prog=program_name("quoted_systems"),
        description="Train a system whose number Table 3 quotes from another paper, "
        "on a prepared corpus (python -m data_prep) with unlabelled text. A run that was stopped goes on where it was; "
        "one that is finished is not trained again. No setting depends on --recipe: it says which runs these stand "
        "beside. Word and paragraph vectors are made on the CPU.",
        examples=("bow-unlabeled sample-sec", "sa-lstm imdb --scale reduced --set fine_tuning.label_gain=last"),
    )
    names = "; ".join(f"{name} ({system.paper})" for name, system in SYSTEMS.items())
    program.add_argument("system", metavar="SYSTEM", values=tuple(SYSTEMS), help=names)
    program.add_argument("corpus", metavar="CORPUS", help="a prepared corpus with unlabelled text")
    add_options(program, "recipe", "scale", "seed", "device", "out")
    add_settings(program, _setting_keys)
    add_options(program, "overwrite", "quiet", "time-limit")
    return program


def _setting_keys():
    from iadv_foundation.console.configuration import keys_of
    from quoted_systems.settings import model_of

    return [key for system in SYSTEMS for key in keys_of(model_of(system))]


def main(argv):
    """Run the command with these arguments (list of str)."""
    arguments = parser().parse_args(argv)
    if arguments.print_config:
        from iadv_foundation.console.configuration import describe
        from quoted_systems.settings import layers, model_of

        asked = (arguments.corpus, arguments.recipe, arguments.scale, arguments.overrides, arguments.system)
        print(describe(model_of(arguments.system), layers(*asked)))
        return
    from quoted_systems.run import Request, train

    names = ("system", "corpus", "recipe", "scale", "seed", "device", "out", "overwrite", "quiet", "deadline")
    print(train(Request(overrides=tuple(arguments.overrides), **{name: getattr(arguments, name) for name in names})))
