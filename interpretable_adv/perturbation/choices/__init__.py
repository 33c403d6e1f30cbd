"""How the point of a space is chosen: one file for each choice, named as the choice.

A choice's file has

- ``Choice``, a class whose instance is called with a :class:`interpretable_adv.perturbation.perturber.Problem` and
  returns one of its points; its attribute ``needs_gradient`` says whether it follows the gradient of the divergence or
  only draws at random;
- where the choice has numbers of its own, ``Settings``, a section with a default for each, whose names start with the
  choice's.
"""

import importlib
import pkgutil
from types import ModuleType
from typing import Any

from iadv_foundation.console.cli import closest


def names() -> list[str]:
    """The choices there are (list of str)."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def choice_named(name: str) -> Any:
    """The ``Choice`` of a name.

    Raises:
        UsageError: there is none; says the nearest name.
    """
    return _module(name).Choice()


def settings_of(name: str) -> Any:
    """The settings of its own that a choice has (a :class:`iadv_foundation.console.configuration.Section`), or None.

    Raises:
        UsageError: there is no such choice.
    """
    return getattr(_module(name), "Settings", None)


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{closest(name, names(), 'choice')}")
