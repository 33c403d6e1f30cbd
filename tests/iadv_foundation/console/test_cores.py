"""Commands take one thread for their matrix products unless the caller says how many; who imports the library keeps
his own.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from iadv_foundation.console.cores import VARIABLES, available_cores

ROOT = Path(__file__).resolve().parents[3]
SHOW = "from iadv_foundation.storage.run_folder import threads; print(threads())"
COMMAND = f"from iadv_foundation.console import cli\ndef main(argv):\n    import numpy\n    {SHOW}\n"


def shown(code, **variables):
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("first", ["", "import numpy\n", "import numpy, scipy.linalg\n"])
def test_a_command_takes_one_thread(first):
    assert shown(f"{first}{COMMAND}cli.run(main, 'p', [])") == "1\n"
    assert shown(f"{first}{COMMAND}cli.run(main, 'p', [])", OMP_NUM_THREADS="") == "1\n"


@pytest.mark.skipif(available_cores() < 2, reason="a BLAS takes no more threads than there are cores")
class TestMore:
    @pytest.mark.parametrize("name", ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"])
    def test_the_caller_says_how_many(self, name):
        assert shown(f"{COMMAND}cli.run(main, 'p', [])", **{name: "2"}) == "2\n"

    def test_importing_changes_nothing(self):
        before = shown(f"import numpy; {SHOW}")
        assert (
            shown(f"import interpretable_adv.trained, data_prep.corpus, pretrain_lm.pretrain; {SHOW}")
            == before
            != "1\n"
        )


def test_processes_that_a_command_starts_take_one_each():
    code = (
        "import os\nfrom iadv_foundation.console import cli\n"
        "cli.run(lambda argv: print(*(os.environ[name] for name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS'))), "
        "'p', [])"
    )
    assert shown(code) == "1 1\n"
