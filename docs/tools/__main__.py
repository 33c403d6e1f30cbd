"""``python -m docs.tools [--check]``: renew the pages of the documentation that are made from the code."""

from docs.tools.renewing import main
from iadv_foundation.console.cli import run

run(main, "python -m docs.tools")
