"""What every stage stands on: a repaired Chainer, arithmetic, training loop, storage, console.

The stages (``data_prep`` -> ``pretrain_lm``, ``word_vectors`` -> ``interpretable_adv`` -> ``quoted_systems`` ->
``results``) import from here; nothing here imports a stage.

Importing this package, which every stage does first, sees to it that a later ``import chainer``, by whomever, gives a
Chainer that works on today's Python and NumPy.  Chainer itself is not imported before somebody asks for it, so that
``data_prep`` and ``results`` start fast.
"""

import importlib.machinery
import sys


class _Repair:
    """Finds ``chainer``, once, and has it imported by :mod:`iadv_foundation.old_chainer`."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name != "chainer":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name)
        from iadv_foundation import old_chainer

        old_chainer.check_versions()
        if spec is not None:
            spec.loader = old_chainer.RepairingLoader(spec.loader)
        return spec


if "chainer" not in sys.modules and _Repair not in sys.meta_path:
    sys.meta_path.insert(0, _Repair)
