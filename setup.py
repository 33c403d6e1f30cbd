"""Which folders become which packages; all else that is to be said of the package stands in ``pyproject.toml``.

``results`` and ``configs`` lie at the top of the repository.  Installed, they lie inside packages of the project's own
names, so that no common word is taken from whoever installs it.
"""

from setuptools import find_packages, setup

OWN = ("iadv_foundation", "data_prep", "pretrain_lm", "word_vectors", "interpretable_adv", "quoted_systems")
MOVED = {"interpretable_adv.results": "results", "iadv_foundation.configs": "configs"}


def packages():
    """The names of all packages (list of str)."""
    folders = {**{name: name for name in OWN}, **MOVED}
    return [
        ".".join(filter(None, [name, inner]))
        for name, folder in folders.items()
        for inner in ("", *find_packages(folder))
    ]


if __name__ == "__main__":
    setup(packages=packages(), package_dir=MOVED)
