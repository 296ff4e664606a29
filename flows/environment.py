"""What has to be settled in the process before Prefect, torch and FAISS are imported: quiet, offline, few threads."""

import atexit
import ctypes
import gc
import os
import sys
from functools import cache
from pathlib import Path
from typing import Final

from schemas.errors import ConfigError

QUIET: Final = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",  # neither the temporary server
    "DO_NOT_TRACK": "1",  # nor the client may call home
    "PREFECT_LOGGING_LEVEL": "CRITICAL",  # errors are told once, by us
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_CLI_PROMPT": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",  # Prefect's 20 s are short on a busy machine
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",  # transformers draws a bar for loading 20 MB
    "TOKENIZERS_PARALLELISM": "false",  # the tokenizer's threads fight torch's
}
OBJECTS_PER_COLLECTION: Final = 10_000
_ARENAS: Final = "MALLOC_ARENA_MAX"  # glibc's own name
_M_ARENA_MAX: Final = -8  # and number for it, in malloc.h


def quieten_libraries() -> None:
    """Set what libraries read when they are imported; what the user has set in the environment stays."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("OMP_NUM_THREADS", str(count_cores()))  # torch and FAISS
    if _ARENAS not in os.environ:
        limit_arenas(count_cores())


def limit_arenas(n: int) -> None:
    """Have threads, here and in the processes started from here, share so many pools of freed memory.

    glibc makes up to eight a core and gives little of them back: without this, what is freed and kept grew by 0.4 GB
    over 500 short papers. Does nothing with other C libraries.
    """
    os.environ[_ARENAS] = str(n)
    if os.name == "posix" and (set_option := getattr(ctypes.CDLL(None), "mallopt", None)):
        set_option(_M_ARENA_MAX, n)


def collect_less_often() -> None:
    """Have Python look for garbage in cycles every so many new objects, not every 700.

    Libraries and papers are millions of objects with hardly a cycle: looking costs a second of every start.
    """
    gc.set_threshold(OBJECTS_PER_COLLECTION)


@cache
def silence_teardown() -> None:
    """Leave unsaid what DuckDB's bindings say of their own teardown at the interpreter's end: pages, for nobody.

    Nor does the interpreter then look once more for garbage in all that was imported, which takes it two seconds.
    """

    def close() -> None:
        gc.freeze()
        sys.stderr.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)

    atexit.register(close)  # the earlier it is registered, the later it is called


def prepare_prefect(work: Path) -> None:
    """Give Prefect a home before it is imported.

    Unless the user names a home, a profile or a server, Prefect keeps its files in the work folder.
    """
    quieten_libraries()
    if not {"PREFECT_HOME", "PREFECT_API_URL", "PREFECT_PROFILES_PATH"} & os.environ.keys():
        home = work / "prefect"
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"the work folder {work} cannot be made ({error}); choose another with --work") from error
        os.environ["PREFECT_HOME"] = str(home.absolute())


def count_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
