"""Processes of our own modules."""

import os
import sys
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).parents[1]


def module_command(module: str, *arguments: object) -> tuple[list[str], dict[str, str]]:
    """What starts a module of ours: the command, and the environment.

    The working folder is left out of where Python looks for modules: a project of the user's may have a ``flows`` or
    ``schemas`` of its own there.
    """
    path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-P", "-m", module, *map(str, arguments)]
    return command, os.environ | {"PYTHONPATH": path}
