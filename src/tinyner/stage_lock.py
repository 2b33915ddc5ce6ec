"""A stage runs once at a time in a clone: two would take each other's outputs away.

The other may be one whose DVC was killed, and which goes on.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tinyner import locks
from tinyner.files import open_binary
from tinyner.unfinished import sweep_temporary

_FOLDER = Path(".dvc")


def alone(name: str, main: Callable[[], None]) -> Callable[[], None]:
    """Return a function that calls ``main`` as soon as no other process runs it in this clone.

    What killed processes left in the folder for temporary files is removed before.

    Args:
        name: of the stage.
        main: of the stage.
    """

    def run() -> None:
        with held(name):
            sweep_temporary()
            main()

    return run


@contextmanager
def held(name: str) -> Iterator[int | None]:
    """Hold a lock of this clone, after any other process; give its descriptor, None where there is no lock.

    A process that inherits the descriptor holds the lock, too. There is no lock outside of a clone, and in one that
    can't be written, where nothing else can be, either.
    """
    if not _FOLDER.is_dir():
        yield None
        return
    path = _FOLDER / "tmp" / f"tinyner-{name}.lock"
    try:
        path.parent.mkdir(exist_ok=True)
        descriptor = open_binary(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:
        yield None
        return
    try:
        if not locks.lock(descriptor, wait=False):
            print(f"another run of {name} is under way in this clone: waiting for its end", flush=True)
            locks.lock(descriptor, wait=True)
        yield descriptor
    finally:
        os.close(descriptor)
