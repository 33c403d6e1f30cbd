"""What a caller's shell and pip.conf say moves neither the script's place nor that of what it installs."""

import os
import shutil
import subprocess
import sys
import zipfile

from tests.workflow.test_set_up import Place


def test_cd_that_prints_where_it_goes(tmp_path):
    place = Place(tmp_path)
    place.add_python()
    folder = place.root.parent
    environment = {"PATH": str(place.tools), "HOME": "/nonexistent", "FAKE_CALLS": str(place.calls_path)}
    done = subprocess.run(
        [place.tools / "bash", f"{place.root.name}/reproduce.sh", "setup"],
        cwd=folder,
        env={**environment, "CDPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.splitlines()[-1] == f"{place.venv} is ready."


WHEEL = {
    "tiny_thing.py": "",
    "tiny_thing-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny-thing\nVersion: 1.0\n",
    "tiny_thing-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "tiny_thing-1.0.dist-info/RECORD": "",
}


def test_a_pip_conf_that_sends_packages_elsewhere(tmp_path):
    """The true pip, in an environment with the settings that the set-up leaves there."""
    place = Place(tmp_path)
    place.add_python()
    assert place.run("setup").returncode == 0
    settings = tmp_path / "home" / ".config" / "pip" / "pip.conf"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"[install]\ntarget = {tmp_path}/target\n[global]\nprefix = {tmp_path}/prefix\nuser = yes\n")
    with zipfile.ZipFile(tmp_path / "tiny_thing-1.0-py3-none-any.whl", "w") as wheel:
        for name, content in WHEEL.items():
            wheel.writestr(name, content)
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    shutil.copy(place.venv / "pip.conf", tmp_path / "venv")
    install = ["install", "--no-index", "--disable-pip-version-check", tmp_path / "tiny_thing-1.0-py3-none-any.whl"]
    done = subprocess.run(
        [tmp_path / "venv" / "bin" / "python", "-m", "pip", *install],
        env={"HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "venv").rglob("tiny_thing.py")) == list(tmp_path.rglob("tiny_thing.py"))
