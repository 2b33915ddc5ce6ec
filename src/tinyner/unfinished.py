"""Files and folders that are being made, each held by a lock that ends with its process, however it ends.

A killed process leaves them behind. Whoever makes the next one at the same place removes those that nobody holds.
"""

import contextlib
import functools
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tinyner.errors import system_number

CLOSES_FIRST = os.name == "nt"
"""Whether an open file can't be renamed or deleted here, as on Windows."""

_ENDING = ".tinyner.tmp"
_FILE = re.compile(r"\..+\.[0-9a-f]{8}\.tinyner\.tmp")
_NUMBER = "[0-9a-f]{8}"
_PREFIX = "tinyner-"


@contextlib.contextmanager
def unfinished_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a new hidden file beside ``path``, which takes its place where the block ends without an error.

    Raises:
        OSError: with the name of ``path`` where the system names none.
    """
    sweep(path.parent)
    try:
        place, file = _held(path.parent, f".{path.name}.", _ENDING)
        try:
            with file:
                yield file
                file.flush()
                os.fsync(file.fileno())
                if CLOSES_FIRST:
                    file.close()
                place.replace(path)
        finally:
            place.unlink(missing_ok=True)
    except OSError as error:
        if error.filename is None:  # of a write
            error.filename = str(path)
        raise
    except Exception as error:
        number = system_number(error)
        if number is None:
            raise
        raise OSError(number, os.strerror(number), str(path)) from error


def check_writable(path: Path) -> None:
    """Check that a file could be made beside ``path``; nothing is left of the attempt.

    Raises:
        OSError: where it can't be.
    """
    sweep(path.parent)
    place, file = _held(path.parent, f".{path.name}.", _ENDING)
    file.close()
    place.unlink()


@contextlib.contextmanager
def scratch(parent: Path | None = None, prefix: str = _PREFIX) -> Iterator[Path]:
    """Make a folder that is gone at the end of the block.

    Args:
        parent: the folder above it, which exists; None: the system's for temporary files.
        prefix: the beginning of its name, which nothing else in ``parent`` has.
    """
    parent = _temporary() if parent is None else parent
    _sweep_folders(parent.absolute(), prefix)
    place, file = _held(parent, prefix, ".lock")
    folder = place.with_suffix("")
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if CLOSES_FIRST:
            file.close()
        place.unlink(missing_ok=True)
        file.close()


def put_folder(made: Path, target: Path, before: Path) -> None:
    """Put a folder into the place of another one, which becomes ``before``; no moment has half of either.

    Raises:
        OSError: where that can't be done; then the other one stays.
    """
    is_there = target.exists()
    if is_there:
        target.rename(before)
    try:
        os.replace(made, target)  # noqa: PTH105, Path.replace on a folder reads as if it merged
    except OSError:
        if is_there:
            before.rename(target)
        raise


def sweep(folder: Path) -> None:
    """Remove the unfinished files in a folder that killed processes left; each folder is looked at once."""
    _sweep_files(folder.absolute())


def sweep_temporary() -> None:
    """Remove the folders in the system's folder for temporary files that killed processes left.

    ``scratch`` does so as well, but a run that finds all done makes no such folder.
    """
    _sweep_folders(_temporary(), _PREFIX)


def _temporary() -> Path:
    return Path(tempfile.gettempdir()).absolute()


@functools.cache
def _sweep_files(folder: Path) -> None:
    for path in _named(folder, _FILE):
        with _free(path) as is_free:
            if is_free:
                path.unlink(missing_ok=True)


@functools.cache
def _sweep_folders(parent: Path, prefix: str) -> None:
    for path in _named(parent, re.compile(re.escape(prefix) + _NUMBER + r"\.lock")):
        with _free(path) as is_free:
            if is_free:
                shutil.rmtree(path.with_suffix(""), ignore_errors=True)
                path.unlink(missing_ok=True)


def _named(folder: Path, pattern: re.Pattern[str]) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [Path(entry.path) for entry in entries if pattern.fullmatch(entry.name)]
    except OSError:  # it is not there yet, or can't be listed
        return []


@contextlib.contextmanager
def _free(path: Path) -> Iterator[bool]:
    """Give whether no process holds a file, which none can take in the block; what can't be removed stays."""
    from tinyner import locks  # noqa: PLC0415, takes a while

    with contextlib.suppress(OSError), path.open("r+b") as file:
        yield locks.is_free(file.fileno())
        return
    yield False


def _held(folder: Path, beginning: str, ending: str) -> tuple[Path, IO[bytes]]:
    """Make a file with a name of its own, and lock it."""
    from tinyner import locks  # noqa: PLC0415, takes a while

    while True:
        path = folder / f"{beginning}{secrets.token_hex(4)}{ending}"
        file = path.open("xb")
        try:
            # Between the two steps, who sweeps may have taken it for a killed process's.
            if locks.hold(file.fileno()) and path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return path, file
        except BaseException:
            file.close()
            path.unlink(missing_ok=True)
            raise
        file.close()
