"""Proves what ``--cluster`` finds, and that what cannot work is refused before a job is given to the queue."""

import os

import pytest
import yaml

from iadv_foundation.errors import UsageError, UserError
from workflow.cluster import PROFILES, find_cluster, shipped


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """Pretend commands of Slurm: function of the accounting that it keeps."""

    def make(accounting):
        scripts = {
            "sbatch": "true",
            "scontrol": f"echo 'AccountingStorageType   = {accounting}'",
            "sinfo": "printf 'long\\nshort\\nshort\\n'",
        }
        folder = tmp_path / "bin"
        folder.mkdir()
        for name, script in scripts.items():
            (folder / name).write_text(f"#!/bin/sh\n{script}\n")
            (folder / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setattr("importlib.util.find_spec", lambda name: name)

    return make


def profile(folder, text, name="config.yaml"):
    folder.mkdir()
    (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize("name", shipped())
def test_the_shipped_profiles_are_for_slurm_and_try_again(name):
    cluster = find_cluster(name)
    assert cluster.is_slurm and cluster.retries == 5 and cluster.settings["latency-wait"] >= 60
    assert cluster.options() == ["--profile", str(PROFILES / name / "config.yaml")]


def test_the_second_profile_differs_in_what_a_site_without_accounting_needs():
    first, second = (find_cluster(name).settings for name in ("slurm", "slurm-squeue"))
    assert second == {**first, "slurm-no-account": True, "slurm-status-command": "squeue"}


def test_an_own_profile_is_a_folder_or_a_file(tmp_path, monkeypatch):
    folder = profile(tmp_path / "mine", "executor: lsf\nretries: 2\n")
    monkeypatch.chdir(tmp_path)
    for name in ("mine", str(folder), "./mine", "mine/config.yaml"):
        cluster = find_cluster(name)
        assert cluster.path == folder / "config.yaml" and cluster.executor == "lsf" and cluster.retries == 2
    newer = profile(tmp_path / "newer", "executor: slurm\n", "profile.yaml")
    assert find_cluster(str(newer)).path == newer / "profile.yaml"


def test_a_name_goes_before_a_folder_of_that_name_here(tmp_path, monkeypatch):
    profile(tmp_path / "slurm", "executor: lsf\n")
    monkeypatch.chdir(tmp_path)
    assert find_cluster("slurm").executor == "slurm" and find_cluster("./slurm").executor == "lsf"


def test_the_number_of_jobs_and_the_partition_go_before_the_profile(tmp_path):
    folder = profile(
        tmp_path / "mine", yaml.safe_dump({"executor": "slurm", "default-resources": {"slurm_account": "a"}})
    )
    options = find_cluster(str(folder), "long").options(jobs=7)
    assert options[2:] == ["--jobs", "7", "--default-resources", "slurm_account=a", "slurm_partition=long"]
    as_list = profile(tmp_path / "list", "executor: slurm\ndefault-resources: [slurm_account=a, slurm_partition=b]\n")
    assert find_cluster(str(as_list), "long").options()[2:] == [
        "--default-resources",
        "slurm_account=a",
        "slurm_partition=long",
    ]


@pytest.mark.parametrize(
    "text, message",
    [
        ("jobs: 3\n", "names no executor"),
        ("- a\n", "names no executor"),
        ("executor: [\n", "cannot be read"),
        ("executor: local\n", "which is no cluster's"),
    ],
)
def test_a_profile_that_names_no_queue_is_refused(tmp_path, text, message):
    with pytest.raises(UserError, match=message):
        find_cluster(str(profile(tmp_path / "mine", text)))


def test_what_is_no_profile_is_refused(tmp_path):
    with pytest.raises(UsageError, match="choose from slurm, slurm-squeue, or give the path"):
        find_cluster("slurmm")
    with pytest.raises(UsageError, match="that folder has no profile.yaml and no config.yaml"):
        find_cluster(str(tmp_path))


def test_only_slurm_has_partitions(tmp_path):
    with pytest.raises(UsageError, match="only Slurm has partitions"):
        find_cluster(str(profile(tmp_path / "mine", "executor: lsf\n")), "long")


class TestCheck:
    """Whether the queue can be used from here."""

    def test_all_is_well(self, slurm):
        slurm("accounting_storage/slurmdbd")
        find_cluster("slurm", "short").check()
        find_cluster("slurm-squeue").check()

    @pytest.mark.parametrize("accounting", ["accounting_storage/none", "(null)"])
    def test_a_site_without_accounting_needs_the_other_profile(self, slurm, accounting):
        slurm(accounting)
        with pytest.raises(UserError, match="use --cluster slurm-squeue"):
            find_cluster("slurm").check()
        find_cluster("slurm-squeue").check()

    @pytest.mark.parametrize("path", ["/a b", "/it's", "/a$b", "/tab\tbed", "/caf\u00e9"])
    def test_a_path_that_a_queue_does_not_get_whole(self, slurm, path):
        slurm("accounting_storage/slurmdbd")
        find_cluster("slurm").check("/home/a.b-c_d+e", "/x")
        with pytest.raises(UserError, match="has a blank or another sign"):
            find_cluster("slurm").check("/home", path)

    def test_an_unknown_partition(self, slurm):
        slurm("accounting_storage/slurmdbd")
        with pytest.raises(
            UsageError, match="unknown partition 'shrt' \\(did you mean 'short'\\?\\); choose from: long, short"
        ):
            find_cluster("slurm", "shrt").check()

    def test_no_slurm_here(self, monkeypatch):
        monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
        monkeypatch.setattr("shutil.which", lambda name: None)
        with pytest.raises(UserError, match="there is no sbatch here"):
            find_cluster("slurm").check()

    def test_a_slurm_that_does_not_answer(self, slurm, tmp_path):
        slurm("x")
        (tmp_path / "bin" / "scontrol").write_text("#!/bin/sh\necho unable to contact >&2\nexit 1\n")
        with pytest.raises(UserError, match="Slurm does not answer: scontrol: unable to contact"):
            find_cluster("slurm").check()

    def test_an_executor_that_is_not_installed(self, tmp_path):
        folder = profile(tmp_path / "mine", "executor: no-such-queue\n")
        with pytest.raises(UserError, match="-m pip install snakemake-executor-plugin-no-such-queue"):
            find_cluster(str(folder)).check()
