"""What tables and the job graph ask of the configuration of a row's runs:
it is asked of the package that trains the row.
"""

from iadv_foundation.errors import UserError
from interpretable_adv import run_format, settings
from interpretable_adv.methods import METHODS
from quoted_systems import settings as quoted_settings
from quoted_systems.systems import SYSTEMS


def usual_settings(name, corpus, recipe, scale):
    """The settings of a row's runs as ``configs/`` have them: section -> key -> value (dict of dict).

    Raises:
        UsageError: an unknown name, or a mistake in a file.
    """
    if name in SYSTEMS:
        return quoted_settings.load(corpus, recipe, scale, system=name).model_dump()
    return settings.load(corpus, recipe, scale, method=name).model_dump()


def settings_read(name, corpus, recipe, scale):
    """Those of :func:`usual_settings` that a run depends on (dict of dict)."""
    if name in SYSTEMS:
        return usual_settings(name, corpus, recipe, scale)
    return settings.used(settings.load(corpus, recipe, scale, method=name), METHODS[name])


def sections_of(name):
    """The sections that the ``config.json`` of a row's run has (list of str)."""
    return list((quoted_settings.model_of(name) if name in SYSTEMS else settings.Config).model_fields)


def check_configuration(stored):
    """Read the ``config.json`` (dict) of a run of a row.

    Raises:
        UserError: it is of a later version, or holds a value that this one does not know.
    """
    stage, configured = (
        (quoted_settings, quoted_settings) if stored.get("method") in SYSTEMS else (run_format, settings)
    )
    made = stored.get("format", 1)
    if not isinstance(made, int) or made > stage.FORMAT:
        raise UserError(stage.outdated(stored))
    configured.of_run(stored)


def upgrade(stored):
    """The ``config.json`` (dict) of a run as this version writes it (dict); see
    :func:`interpretable_adv.run_format.upgrade`.

    Raises:
        UserError: it is not one of a row that there is, or the same settings give other numbers today.
    """
    return (quoted_settings if stored.get("method") in SYSTEMS else run_format).upgrade(stored)
