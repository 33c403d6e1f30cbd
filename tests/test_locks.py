"""The lock files say the same as the requirements files that they were made from, for every supported Python."""

import itertools
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
#: Torch is left to the user, for whose processor or card there are many builds.
UNLOCKED = {"requirements-benchmarks.txt"}
LOCKED = sorted(path.name for path in ROOT.glob("requirements*.txt") if path.name not in UNLOCKED)
PYTHONS = ("3.11.7", "3.12.1", "3.13.0")
PLATFORMS = (("linux", "Linux", "x86_64"), ("linux", "Linux", "aarch64"), ("darwin", "Darwin", "arm64"))


def wanted(name):
    """The requirements of a file and of those that it includes (list of packaging.requirements.Requirement)."""
    found = []
    text = re.sub(r"(^|\s)#.*", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    for line in map(str.strip, text.splitlines()):
        if line.startswith("-r "):
            found += wanted(line.removeprefix("-r ").strip())
        elif line:
            found.append(Requirement(line))
    return found


def entries(name):
    """The lines of a lock file, those that go on joined (list of str)."""
    text = (ROOT / name).read_text(encoding="utf-8")
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    return [line.strip() for line in text.splitlines() if line.strip()]


def pins(name):
    """A lock file's requirements (list of packaging.requirements.Requirement), each with its hashes (list of str)."""
    return [
        (Requirement(entry.partition(" --hash=")[0].strip()), re.findall(r" --hash=(\S+)", entry))
        for entry in entries(name)
    ]


def environments():
    """What markers ask for, for every supported Python and usual machines (dict of str to str)."""
    for python, (platform, system, machine) in itertools.product(PYTHONS, PLATFORMS):
        yield {
            "python_version": python.rpartition(".")[0],
            "python_full_version": python,
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "sys_platform": platform,
            "platform_system": system,
            "platform_machine": machine,
            "os_name": "posix",
            "extra": "",
        }


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(name, environment):
    """What a lock file installs in an environment: normal name -> version (dict of str to str)."""
    found = {}
    for requirement, _ in pins(name):
        if requirement.marker is None or requirement.marker.evaluate(environment):
            (specifier,) = requirement.specifier
            assert specifier.operator == "==" and normal(requirement.name) not in found, requirement
            found[normal(requirement.name)] = specifier.version
    return found


def lock_of(name):
    return Path(name).with_suffix(".lock").name


@pytest.mark.parametrize("name", [*LOCKED, "build-constraints.txt"])
def test_everything_wanted_is_locked_within_its_range(name):
    for environment in environments():
        found = pinned(lock_of(name), environment)
        for requirement in wanted(name):
            if requirement.marker is None or requirement.marker.evaluate(environment):
                version = found.get(normal(requirement.name))
                assert version and requirement.specifier.contains(version, prereleases=True), (requirement, version)


@pytest.mark.parametrize("name", [*LOCKED, "build-constraints.txt"])
def test_every_file_has_hashes_and_no_address(name):
    for requirement, hashes in pins(lock_of(name)):
        assert requirement.url is None
        assert hashes and all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes), requirement
    text = (ROOT / lock_of(name)).read_text(encoding="utf-8")
    assert "://" not in text and not re.search(r"^\s*-", re.sub(r"^\s+--hash=.*$", "", text, flags=re.M), re.M)


@pytest.mark.parametrize("name", [name for name in LOCKED if name != "requirements.txt"])
def test_all_lock_files_install_the_same_versions(name):
    for environment in environments():
        found = pinned(lock_of(name), environment)
        assert pinned("requirements.lock", environment).items() <= found.items()


def test_the_head_says_how_to_renew_it():
    for name in map(lock_of, [*LOCKED, "build-constraints.txt"]):
        head = (ROOT / name).read_text(encoding="utf-8").split("\n", 3)[:3]
        assert all(line.startswith("#") for line in head[:2]) and name in head[1], head


def test_uv_builds_chainer_with_what_the_constraints_say():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (constraint,) = settings["tool"]["uv"]["build-constraint-dependencies"]
    (own,) = wanted("build-constraints.txt")
    assert normal(own.name) == Requirement(constraint).name == "setuptools"
    assert Requirement(constraint).specifier.contains(pinned("build-constraints.lock", {})["setuptools"])


def test_an_extra_is_what_its_requirements_file_adds():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    files = {"test": "dev", "gpu-cuda13": "gpu"}
    basic = {str(requirement) for requirement in wanted("requirements.txt")}
    for extra, listed in extras.items():
        added = {str(one) for one in wanted(f"requirements-{files.get(extra, extra)}.txt")} - basic
        assert {str(Requirement(one)) for one in listed} == added
