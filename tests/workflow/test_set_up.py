"""Proves that .venv is made when it is needed and only then, that a half-made one is noticed,
and that errors say what to do.

Python and pip are stand-ins here, in shell script, so that nothing is installed.
"""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.workflow.conftest import LISTS

ROOT = Path(__file__).resolve().parents[2]

# A Python of the version FAKE_VERSION that notes in FAKE_CALLS what it is asked to install.
FAKE_PYTHON = """#!/bin/bash
case "$1 $2" in
    "--version "*) echo "Python ${FAKE_VERSION:-3.12.1}" ;;
    "-c "*) case "${FAKE_VERSION:-3.12.1}" in 3.11*|3.12*|3.13*) exit 0 ;; *) exit 1 ;; esac ;;
    "-m venv") mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; echo "venv made by $(basename "$0")" >>"$FAKE_CALLS" ;;
    "-m pip")
        echo "pip ${*:4}" >>"$FAKE_CALLS"
        echo "Collecting things"
        if [[ -n ${FAKE_SLOW:-} && "$*" == *no-build* ]]; then touch "$FAKE_CALLS.slow"; sleep 60; fi
        if [[ -n ${FAKE_FAIL:-} && "$*" == *no-build* ]]; then echo "ERROR: $FAKE_FAIL" >&2; exit 1; fi ;;
    "-m pytest") echo "pytest ${*:3} in $PWD, hash seed $PYTHONHASHSEED, threads $OMP_NUM_THREADS" >>"$FAKE_CALLS" ;;
esac
"""
# A uv that notes what it is asked to install, where, and what the caller told it; FAKE_UV_FAIL is what it says where it
# fails.
FAKE_UV = """#!/bin/bash
[[ $1 != --version ]] || exit 0
echo "uv ${*:2} in $PWD" >>"$FAKE_CALLS"
env | grep -E '^(UV|PIP)_' | sort >"$FAKE_CALLS.variables"
[[ -z ${FAKE_UV_FAIL:-} ]] || { echo "error: $FAKE_UV_FAIL" >&2; exit 1; }
"""
TOOLS = (
    "bash",
    "basename",
    "cat",
    "cmp",
    "cp",
    "dirname",
    "env",
    "flock",
    "grep",
    "mkdir",
    "rm",
    "sed",
    "sleep",
    "sort",
    "tail",
    "touch",
    "uname",
)


class Place:
    """A folder with ``reproduce.sh`` and a ``PATH`` without any true Python."""

    def __init__(self, folder):
        self.root, self.tools, self.calls_path = folder / "a project", folder / "tools", folder / "calls"
        self.root.mkdir()
        self.tools.mkdir()
        for path in [ROOT / "reproduce.sh", *LISTS]:
            shutil.copy(path, self.root)
        shutil.copytree(ROOT / "configs", self.root / "configs")
        for tool in TOOLS:
            (self.tools / tool).symlink_to(shutil.which(tool) or "/nonexistent")
        self.venv = self.root / ".venv"

    def add_python(self, name="python3.12", text=FAKE_PYTHON):
        """Put an executable into ``PATH``."""
        (self.tools / name).write_text(text)
        (self.tools / name).chmod(0o755)
        return self.tools / name

    def start(self, *arguments, **environment):
        environment = {
            "PATH": str(self.tools),
            "HOME": "/nonexistent",
            "FAKE_CALLS": str(self.calls_path),
            **environment,
        }
        return subprocess.Popen(
            [shutil.which("bash"), self.root / "reproduce.sh", *arguments],
            cwd="/",
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        )

    def run(self, *arguments, **environment):
        process = self.start(*arguments, **environment)
        output, errors = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def calls(self):
        """What was made and installed since the last call (list of str)."""
        lines = self.calls_path.read_text().splitlines() if self.calls_path.exists() else []
        self.calls_path.unlink(missing_ok=True)
        return [line.replace(f"{self.root}/", "").replace("--disable-pip-version-check ", "") for line in lines]

    def variables(self):
        """The variables of pip and uv that the last call of uv saw (set of str)."""
        lines = Path(f"{self.calls_path}.variables").read_text().splitlines()
        return {line.partition("=")[0] for line in lines}


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.fixture
def ready(place):
    """A place that is set up."""
    place.add_python()
    assert place.run("setup").returncode == 0
    place.calls()
    return place


TOOLS_FIRST = "pip --require-hashes -r build-constraints.lock"


def by_pip(name):
    """What pip is asked for where the lock file of this name is installed (list of str)."""
    return [TOOLS_FIRST, f"pip --require-hashes --no-build-isolation -r {name}.lock"]


ALL = by_pip("requirements")


class TestMaking:
    """When what is installed."""

    def test_the_first_time(self, place):
        place.add_python()
        done = place.run("setup")
        assert done.returncode == 0 and done.stderr == ""
        assert place.calls() == ["venv made by python3.12", *ALL]
        lines = done.stdout.splitlines()
        assert lines[0] == f"Setting up {place.venv} with Python 3.12.1 (once, about a minute):"
        steps = [line.partition(" ... ")[0] for line in lines[1:4]]
        assert steps == ["  virtual environment", "  build tools", "  requirements.lock"]
        assert lines[4:] == [f"{place.venv} is ready."]

    def test_the_second_time_nothing(self, ready):
        done = ready.run("setup")
        assert (done.returncode, done.stdout, done.stderr) == (0, f"{ready.venv} is ready.\n", "")
        assert ready.calls() == []

    def test_tests_need_more_and_go_on(self, ready):
        done = ready.run("test", "-k", "a b", "--durations=3")
        assert done.returncode == 0
        *installed, tests = ready.calls()
        assert installed == by_pip("requirements-dev")
        assert tests.startswith("pytest ") and "-k a b --durations=3" in tests
        assert tests.endswith(f" in {ready.root}, hash seed 0, threads 1")
        ready.run("test")
        assert len(ready.calls()) == 1

    def test_a_cluster_needs_its_executor_and_says_so_where_that_cannot_be_installed(self, ready):
        assert ready.run("setup", "--cluster", "slurm").stdout.endswith(f"{ready.venv} is ready.\n")
        assert ready.calls() == by_pip("requirements-cluster")
        ready.run("setup", "--cluster=slurm")
        assert ready.calls() == []
        (ready.venv / "set-up-requirements-cluster").unlink()
        failed = ready.run("setup", "--cluster", "slurm", FAKE_FAIL="1")
        assert failed.returncode == 1
        assert (
            "reproduce.sh: error: --cluster needs Snakemake's executor for Slurm, which could not be installed; "
            "without --cluster everything runs on this machine; set-up stopped" in failed.stderr
        )

    def test_after_the_tests_the_runs_need_nothing_more(self, place):
        place.add_python()
        place.run("test")
        place.calls()
        assert place.run("setup").stdout == f"{place.venv} is ready.\n"
        assert place.calls() == []

    GPU = {
        "13": ["pip uninstall --yes cupy-cuda12x", *by_pip("requirements-gpu")],
        "12": ["pip uninstall --yes cupy-cuda13x", *by_pip("requirements-gpu-cuda12")],
    }

    def test_a_gpu_needs_more(self, ready):
        assert ready.run("setup", "--device", "0").returncode == 0
        assert ready.calls() == self.GPU["13"]
        assert ready.run("setup").returncode == 0 and ready.calls() == []
        assert ready.run("setup", "--device", "0").returncode == 0 and ready.calls() == []

    @pytest.mark.parametrize("shown, chosen", [("12.4", "12"), ("13.0", "13"), ("14.1", "13")])
    def test_the_driver_chooses_cupy(self, ready, shown, chosen):
        ready.add_python("nvidia-smi", f"#!/bin/bash\necho '| Driver Version: 550.1   CUDA Version: {shown}     |'\n")
        assert ready.run("setup", "--device", "0").returncode == 0
        assert ready.calls() == self.GPU[chosen]

    def test_the_user_chooses_cupy_and_changes_it(self, ready):
        for cuda in ("12", "13", "12"):
            assert ready.run("setup", "--device", "0", CUDA=cuda).returncode == 0
            assert ready.calls() == self.GPU[cuda]
        assert ready.run("setup", "--device", "0", CUDA="12").returncode == 0 and ready.calls() == []

    def test_a_cuda_too_old_or_unknown_is_refused(self, ready):
        assert ready.run("setup", "--device", "0", CUDA="cu12").stderr == (
            "reproduce.sh: error: CUDA=cu12: write 12 or 13\n"
        )
        ready.add_python("nvidia-smi", "#!/bin/bash\necho 'CUDA Version: 11.8 '\n")
        done = ready.run("setup", "--device", "0")
        assert (done.returncode, done.stderr) == (
            1,
            "reproduce.sh: error: the GPU's driver is for CUDA 11: update it to one for CUDA 12 or 13\n",
        )
        assert ready.calls() == []

    @pytest.mark.parametrize("name", ["requirements.txt", "requirements.lock", "build-constraints.lock"])
    def test_changed_requirements_are_installed(self, ready, name):
        with open(ready.root / name, "a") as requirements:
            requirements.write("gensim\n")
        done = ready.run("setup")
        assert done.stdout.startswith(f"Bringing {ready.venv} up to date with requirements.txt:\n")
        assert ready.calls() == ALL

    def test_an_environment_that_the_user_made_is_kept(self, place):
        python = place.add_python()
        environment = {"FAKE_CALLS": str(place.calls_path), "PATH": str(place.tools)}
        subprocess.run([python, "-m", "venv", place.venv], env=environment, check=True)
        (place.venv / "mine").touch()
        place.calls()
        assert place.run("setup").returncode == 0
        assert place.calls() == ALL and (place.venv / "mine").exists()

    def test_an_environment_whose_python_is_gone_is_made_again(self, ready):
        (ready.venv / "bin" / "python").unlink()
        assert ready.run("setup").returncode == 0
        assert ready.calls() == ["venv made by python3.12", *ALL]


def test_a_shell_evaluates_nothing_of_the_set_up(place):
    place.add_python(
        text=FAKE_PYTHON.replace('    "-m pytest")', '    "-P -m") echo "asked for $*" ;;\n    "-m pytest")')
    )
    done = place.run("--print-completion=zsh")
    assert (done.returncode, done.stdout) == (0, "asked for -P -m workflow.completion zsh\n")
    assert done.stderr.startswith(f"Setting up {place.venv} ") and place.calls()[1:] == ALL
    assert place.run("--print-completion", "bash").stdout == "asked for -P -m workflow.completion bash\n"


class TestFailing:
    """Failures, kills and two at once."""

    def test_a_failing_installation_shows_pip_and_the_log_and_starts_afresh(self, place):
        place.add_python()
        failed = place.run("setup", FAKE_FAIL="no matching distribution")
        assert failed.returncode == 1
        assert failed.stdout.splitlines()[-1] == "  requirements.lock ... failed"
        assert "    ERROR: no matching distribution\n" in failed.stderr
        assert failed.stderr.splitlines()[-1] == (
            f"reproduce.sh: error: set-up stopped (all of it: {place.venv}/set-up.log); "
            "mend that and repeat the command.  If the place that you download from does not have these versions, "
            "UNLOCKED=1 before the command takes what requirements.txt allows"
        )
        place.calls()
        assert place.run("setup").returncode == 0
        assert place.calls() == ["venv made by python3.12", *ALL]

    def test_a_killed_set_up_starts_afresh(self, place):
        place.add_python()
        process = place.start("setup", FAKE_SLOW="1")
        self.wait_until_slow(place)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        place.calls()
        assert place.run("setup").returncode == 0
        assert place.calls() == ["venv made by python3.12", *ALL]

    def test_a_killed_update_starts_afresh(self, ready):
        (ready.root / "requirements.txt").write_text("gensim\n")
        process = ready.start("setup", FAKE_SLOW="1")
        self.wait_until_slow(ready)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        ready.calls()
        assert ready.run("setup").returncode == 0
        assert ready.calls() == ["venv made by python3.12", *ALL]

    def test_two_at_once(self, place):
        if not shutil.which("flock"):
            pytest.skip("no flock on this system")
        place.add_python(text=FAKE_PYTHON.replace("sleep 60", "sleep 1"))
        first = place.start("setup", FAKE_SLOW="1")
        self.wait_until_slow(place)
        second = place.run("setup")
        assert first.communicate() and first.returncode == 0
        assert second.stdout == f"Waiting for another set-up of {place.venv} to end ...\n{place.venv} is ready.\n"
        assert place.calls() == ["venv made by python3.12", *ALL]

    def wait_until_slow(self, place):
        deadline = time.monotonic() + 20
        while not Path(f"{place.calls_path}.slow").exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)


class TestLock:
    """Exact files with known hashes, and the way round them."""

    UNLOCKED = ["pip -r build-constraints.txt", "pip --no-build-isolation -r requirements.txt"]
    BY_UV = (
        "uv install --python .venv/bin/python --build-constraints build-constraints.lock --require-hashes "
        "-r requirements.lock in "
    )

    @pytest.mark.parametrize(
        "words",
        [
            "THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "Failed to download\n  Hash mismatch for `chainer==7.8.1`",
        ],
    )
    def test_another_file_than_the_locked_one(self, place, words):
        place.add_python()
        failed = place.run("setup", FAKE_FAIL=words)
        assert failed.returncode == 1
        assert failed.stderr.splitlines()[-1] == (
            f"reproduce.sh: error: set-up stopped (all of it: {place.venv}/set-up.log); a file was downloaded that "
            "is not the one requirements.lock was made with.  If you trust the place that it comes from (a mirror that "
            "builds its own), UNLOCKED=1 before the command takes requirements.txt instead and checks no hashes"
        )
        place.calls()
        assert place.run("setup", UNLOCKED="1").returncode == 0
        assert place.calls() == ["venv made by python3.12", *self.UNLOCKED]
        assert place.run("setup").returncode == 0 and place.calls() == []

    def test_an_empty_choice_is_none(self, place):
        place.add_python()
        assert place.run("setup", UNLOCKED="0").returncode == 0
        assert place.calls()[1:] == ALL

    def test_uv_where_it_is_there(self, place):
        place.add_python()
        place.add_python("uv", FAKE_UV)
        done = place.run("setup")
        assert (done.returncode, done.stderr) == (0, "")
        assert place.calls() == ["venv made by python3.12", f"{self.BY_UV}{place.root}"]
        assert "  requirements.lock, by uv ... " in done.stdout
        place.run("setup", "--device", "0", UNLOCKED="1")
        assert place.calls() == [
            "pip uninstall --yes cupy-cuda12x",
            "uv install --python .venv/bin/python --build-constraints build-constraints.txt -r requirements-gpu.txt in "
            f"{place.root}",
        ]

    def test_pip_where_uv_fails(self, place):
        place.add_python()
        place.add_python("uv", FAKE_UV)
        done = place.run("setup", FAKE_UV_FAIL="Failed to fetch")
        assert (done.returncode, done.stderr) == (0, "")
        assert place.calls() == ["venv made by python3.12", f"{self.BY_UV}{place.root}", *ALL]
        assert "  requirements.lock, by uv ... failed\n" in done.stdout

    def test_what_the_caller_tells_pip_and_uv(self, place):
        place.add_python()
        place.add_python("uv", FAKE_UV)
        kept = self.variables(
            "INDEX_URL EXTRA_INDEX_URL FIND_LINKS CERT PROXY CONFIG_FILE CACHE_DIR DEFAULT_TIMEOUT", "PIP_"
        )
        kept |= self.variables(
            "DEFAULT_INDEX INDEX INDEX_MINE_USERNAME CACHE_DIR HTTP_TIMEOUT OFFLINE NATIVE_TLS", "UV_"
        )
        dropped = self.variables(
            "TARGET PREFIX CONSTRAINT BUILD_CONSTRAINT REQUIRE_HASHES ONLY_BINARY DRY_RUN PYTHON", "PIP_"
        )
        dropped |= self.variables(
            "CONSTRAINT OVERRIDE BUILD_CONSTRAINT NO_BUILD NO_BINARY NO_VERIFY_HASHES PYTHON", "UV_"
        )
        dropped |= self.variables("SYSTEM_PYTHON RESOLUTION EXCLUDE_NEWER PROJECT WORKING_DIRECTORY", "UV_")
        assert place.run("setup", **dict.fromkeys(kept | dropped, "1"), PIP_USER="1").returncode == 0
        assert place.variables() == kept | {"PIP_USER"}

    @staticmethod
    def variables(names, prefix):
        return {f"{prefix}{name}" for name in names.split()}


class TestFindingPython:
    """Which Python .venv is made with."""

    NONE = (
        "reproduce.sh: error: no Python 3.11, 3.12 or 3.13 with venv found (Debian, Ubuntu: apt install python3-venv); "
        "install one, or name it: PYTHON=/path/to/python3 ./reproduce.sh\n"
    )

    def test_there_is_none(self, place):
        done = place.run("setup")
        assert (done.returncode, done.stdout, done.stderr) == (1, "", self.NONE)
        assert not place.venv.exists()

    @pytest.mark.parametrize("version", ["3.10.9", "3.14.0", "2.7.18"])
    def test_all_are_too_old_or_too_new(self, place, version):
        place.add_python("python3")
        assert place.run("setup", FAKE_VERSION=version).stderr == self.NONE

    def test_the_newest_by_name_comes_first(self, place):
        for name in ("python3", "python3.11", "python3.13"):
            place.add_python(name)
        place.run("setup")
        assert place.calls()[0] == "venv made by python3.13"

    def test_one_that_does_not_run_is_passed_over(self, place):
        place.add_python("python3.13", "#!/bin/bash\necho 'pyenv: python3.13: command not found' >&2\nexit 127\n")
        place.add_python("python3")
        done = place.run("setup")
        assert place.calls()[0] == "venv made by python3" and done.stderr == ""

    def test_pyenv(self, place, tmp_path):
        folder = tmp_path / "pyenv" / "versions" / "3.12.1" / "bin"
        folder.mkdir(parents=True)
        place.add_python().rename(folder / "python3")
        place.run("setup", PYENV_ROOT=str(tmp_path / "pyenv"))
        assert place.calls()[0] == "venv made by python3"

    def test_the_user_names_one(self, place):
        place.add_python("python3.13")
        place.run("setup", PYTHON=str(place.add_python("my-python")))
        assert place.calls()[0] == "venv made by my-python"

    @pytest.mark.parametrize("name, version", [("my-python", "3.9.1"), ("no-such-python", "3.12.1")])
    def test_the_user_names_one_that_does_not_do(self, place, name, version):
        place.add_python("my-python")
        done = place.run("setup", PYTHON=name, FAKE_VERSION=version)
        assert (done.returncode, done.stderr) == (
            1,
            f"reproduce.sh: error: PYTHON={name} is not a Python 3.11, 3.12 or 3.13 with the modules venv and "
            "ensurepip\n",
        )
        assert not place.venv.exists()


def test_continuous_integration_calls_the_test_command(ready):
    (ready.root / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", ready.root / ".ci")
    environment = {"PATH": f"{ready.tools}:{os.environ['PATH']}", "FAKE_CALLS": str(ready.calls_path)}
    done = subprocess.run(
        [ready.root / ".ci" / "run", "-x"], cwd="/", env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    tests = ready.calls()[-1]
    assert tests.startswith("pytest ") and f" -x in {ready.root}, " in tests
