"""With ``CDPATH`` a shell's ``cd`` prints where it goes: that does not become part of the script's place."""

import subprocess

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
