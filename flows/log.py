"""Log lines of runs, on the error stream: for people, or one JSON object a line for programs that gather logs.

``PAPERGRAPH_LOG=text`` or ``json`` asks for them, also in runs of schedules and of Prefect's workers.
"""

import logging
import os
import sys
import time
from enum import StrEnum
from typing import Final

from schemas.errors import ConfigError

VARIABLE: Final = "PAPERGRAPH_LOG"
LOG: Final = logging.getLogger("papergraph")


class LogFormat(StrEnum):
    """How log lines are written."""

    text = "text"
    json = "json"


def ask_for_log(wanted: LogFormat | None) -> None:
    """Ask for log lines, of this process and of those that it starts; None leaves it as it is."""
    if wanted is not None:
        os.environ[VARIABLE] = wanted


def set_up_log() -> bool:
    """Have log lines written as the environment asks; False if it does not, and none are written.

    Raises:
        ConfigError: It asks for what there is not.
    """
    asked = os.environ.get(VARIABLE)
    if asked and asked not in list(LogFormat):
        raise ConfigError(f"{VARIABLE} is {asked!r}; known: {', '.join(LogFormat)}")
    handler = logging.StreamHandler(sys.stderr) if asked else logging.NullHandler()
    handler.setFormatter(_json_lines() if asked == LogFormat.json else _text_lines())
    LOG.handlers[:] = [handler]
    LOG.setLevel(logging.INFO)
    LOG.propagate = False  # else Prefect says it again
    return bool(asked)


def _text_lines() -> logging.Formatter:
    formatter = logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    formatter.converter = time.gmtime
    return formatter


def _json_lines() -> logging.Formatter:
    from pythonjsonlogger.json import JsonFormatter

    return JsonFormatter(["message", "levelname"], rename_fields={"levelname": "level"}, timestamp=True)
