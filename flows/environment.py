"""What has to be settled in the process before Prefect, torch and FAISS are imported: quiet, offline, few threads."""

import atexit
import ctypes
import gc
import math
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from typing import Final

from schemas.errors import ConfigError

QUIET: Final = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",  # neither the temporary server
    "DO_NOT_TRACK": "1",  # nor the client may call home
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime, which PyMuPDF brings, would call its maker's host
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
    if not {"PREFECT_HOME", "PREFECT_API_URL", "PREFECT_PROFILES_PATH", "PREFECT_PROFILE"} & os.environ.keys():
        home = work / "prefect"
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"the work folder {work} cannot be made ({error}); choose another with --work") from error
        os.environ["PREFECT_HOME"] = str(home.absolute())


def print_what_can_be() -> None:
    """Letters that a terminal or file does not know become question marks, as those of the error stream do."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def count_cores() -> int:
    """Cores that this process may use: those that it may run on, or as many as a container's share of them makes."""
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([n_cores, *map(math.ceil, _cpu_quotas())]))


def _cpu_quotas(groups: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> Iterator[float]:
    """How many cores' time Linux lets this process have, by each control group that it is in and that sets a limit."""
    try:
        lines = own.read_text().splitlines()
    except OSError:  # another system
        return
    for line in lines:
        _, controllers, place = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        top = groups / controllers
        group = top / place.lstrip("/")  # in a container this may be a path of the host's, and the top its own group
        for folder in dict.fromkeys([top, *(above for above in (group, *group.parents) if above.is_relative_to(top))]):
            with suppress(OSError, ValueError):
                if controllers:
                    quota, period = ((folder / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
                else:
                    quota, period = (folder / "cpu.max").read_text().split()
                if int(quota) > 0:  # version 1 says -1 for no limit, version 2 max, which is no number
                    yield int(quota) / int(period)
