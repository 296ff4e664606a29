"""What has to be settled in the process before Prefect, torch and FAISS are imported: quiet, offline, few threads."""

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Final

_QUIET: Final = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",  # neither the temporary server
    "DO_NOT_TRACK": "1",  # nor the client may call home
    "PREFECT_LOGGING_LEVEL": "CRITICAL",  # errors are told once, by us
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_CLI_PROMPT": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",  # Prefect's 20 s are short on a busy machine
    "TOKENIZERS_PARALLELISM": "false",  # the tokenizer's threads fight torch's
}
_SERVER_APP: Final = b"prefect.server.api.server:create_app"


def prepare_environment(work: Path) -> None:
    """Set defaults for Prefect; what the user has set in the environment stays.

    Unless the user names a Prefect home or server, Prefect keeps its files in the work folder and runs a temporary
    server of its own on the loopback interface.
    """
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    if not {"PREFECT_HOME", "PREFECT_API_URL", "PREFECT_PROFILES_PATH"} & os.environ.keys():
        home = work / "prefect"
        home.mkdir(parents=True, exist_ok=True)
        os.environ["PREFECT_HOME"] = str(home.absolute())
    os.environ.setdefault("PREFECT_SERVER_ALLOW_EPHEMERAL_MODE", "true")


def count_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def limit_threads(n_threads: int) -> None:
    """Give torch (and FAISS, which shares its OpenMP) this many threads, or fewer if ``OMP_NUM_THREADS`` says so."""
    import torch

    asked = os.environ.get("OMP_NUM_THREADS", "")
    torch.set_num_threads(min(n_threads, int(asked)) if asked.isdigit() and int(asked) else n_threads)


def note_server(work: Path) -> None:
    """Write down the process id of Prefect's temporary server, so that the next run can end it if we are killed."""
    from prefect.server.api.server import SubprocessASGIServer

    server = SubprocessASGIServer().server_process
    if server is not None:
        (work / "server.pid").write_text(str(server.pid))


def end_orphaned_server(work: Path) -> None:
    """End the temporary server that a killed run left behind. The work folder must be ours (locked)."""
    note = work / "server.pid"
    with suppress(OSError, ValueError):
        pid = int(note.read_text())
        if _SERVER_APP in Path(f"/proc/{pid}/cmdline").read_bytes():  # the id may be another's by now
            os.kill(pid, signal.SIGTERM)
    note.unlink(missing_ok=True)
