"""Prefect's server as a process, started by ``flows.server``: it prints its port, and ends when its input does."""

import os
import socket
import sys
from threading import Thread

from flows.environment import collect_less_often


def main(*, schedules: bool) -> None:
    """Serve until whoever started this process closes the pipe to it, or is gone, by whatever death.

    Args:
        schedules: With the services that start scheduled runs and act on automations.
    """
    collect_less_often()
    Thread(target=_end_with_input, daemon=True).start()
    listener = socket.create_server(("127.0.0.1", 0))  # requests wait here until the app has started
    print(listener.getsockname()[1], flush=True)  # noqa: T201
    import uvicorn
    from prefect.server.api.server import create_app

    app = create_app(ephemeral=not schedules, final=True)
    uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on")).run(sockets=[listener])


def _end_with_input() -> None:
    os.read(sys.stdin.fileno(), 1)
    os._exit(0)  # its database is whole at any moment; to wait for its services would take seconds


if __name__ == "__main__":
    main(schedules="--schedules" in sys.argv)
