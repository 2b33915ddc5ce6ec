"""Files that a command writes where its user said."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tinyner.errors import UserError
from tinyner.rows import atomic


@contextmanager
def output(path: Path) -> Iterator[IO[bytes]]:
    """As ``rows.atomic``; what can't be written is a mistake of the one who named it.

    Raises:
        UserError: naming the path, and what is in the way.
    """
    if path.is_dir():
        raise UserError(f"-o {path}: is a folder; name a file in it")
    try:
        with atomic(path) as file:
            yield file
    except OSError as error:
        raise UserError(f"-o {path}: can't be written: {error.strerror}; name another file") from None
