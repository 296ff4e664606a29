"""What takes seconds to make and is the same for every graph: kept in the user's cache folder for the next one."""

import shutil
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from platformdirs import user_cache_path


def take_kept(name: str, place: Path) -> bool:
    """Copy a file or folder that was kept to where it is needed; True if there is one."""
    try:
        _copy(_kept(name), place)
    except OSError:
        return False
    return True


def keep(name: str, made: Path) -> None:
    """Keep a copy of a file or folder, instead of older ones; that it cannot be kept is no trouble.

    Args:
        name: What it is, a hyphen, and what it depends on, such as a version.
        made: The file or folder.
    """
    with suppress(OSError):
        kept = _kept(name)
        _copy(made, kept)
        for older in kept.parent.glob(f"{name.partition('-')[0]}-*"):
            if older != kept:
                _remove(older)


def _kept(name: str) -> Path:
    folder = user_cache_path("papergraph")
    if not folder.is_absolute():  # of a user of whom the system knows no home
        raise FileNotFoundError("there is no folder to keep things in")
    return folder / name


def _copy(source: Path, target: Path) -> None:
    """Copy whole or not at all."""
    copy = target.with_name(f".{uuid4().hex}.tmp")
    try:
        if source.is_dir():
            shutil.copytree(source, copy)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
        if target.is_dir():  # it is not whole, else nobody would replace it
            _remove(target)
        copy.replace(target)
    except OSError:
        _remove(copy)
        raise


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
