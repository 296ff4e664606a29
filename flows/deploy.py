"""``papergraph deploy``: register the deployments of a prefect.yaml with the Prefect server that the user has."""

import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any, Final

import yaml

from schemas.errors import ConfigError

TEMPLATE: Final = "prefect.yaml"


def write_template(path: Path) -> None:
    """Write a prefect.yaml with one nightly deployment, to be changed.

    Raises:
        ConfigError: There is such a file already, or its folder is not there.
    """
    text = resources.files("flows").joinpath(TEMPLATE).read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise ConfigError(f"{path} is there already; it was left as it is") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error


def register(path: Path) -> list[str]:
    """Make the work pools that the file names, where they are not there yet, and register all its deployments.

    Returns:
        Their names.

    Raises:
        ConfigError: There is no file or no server, or Prefect refuses a deployment.
    """
    deployments = _read(path)
    from prefect.settings import PREFECT_API_URL

    if not PREFECT_API_URL.value():
        raise ConfigError(
            "no Prefect server is named: start one with `prefect server start` and set PREFECT_API_URL, for example to "
            "http://127.0.0.1:4200/api; for a schedule in one process, without a server, use `papergraph serve`"
        )
    pools = {str(one["work_pool"]["name"]) for one in deployments if (one.get("work_pool") or {}).get("name")}
    for pool in sorted(pools):
        if _prefect("work-pool", "inspect", pool).returncode:
            made = _prefect("work-pool", "create", pool, "--type", "process")
            if made.returncode:
                raise ConfigError(f"the work pool {pool} cannot be made: {_told(made)}")
    done = _prefect("deploy", "--all", "--prefect-file", str(path))
    if done.returncode:
        raise ConfigError(f"Prefect refused {path}: {_told(done)}")
    return [str(one.get("name")) for one in deployments]


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; write one with `papergraph deploy --init`") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is no YAML: {error}") from error
    deployments = content.get("deployments") if isinstance(content, dict) else None
    if not deployments:
        raise ConfigError(f"{path} has no deployments; `papergraph deploy --init` writes one to start from")
    return deployments


def _prefect(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Prefect's own command, which never asks back."""
    command = [sys.executable, "-m", "prefect", "--no-prompt", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


def _told(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join((done.stderr or done.stdout).split())[-500:]
