"""A kind of file that ``bench/rot.py`` damages."""

import operator
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


def lacks_nothing(_whole: Any, _damaged: Any) -> bool:
    """Return False: nothing may be missing."""
    return False


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes:
        make: writes the file and what is beside it into a folder, which is the working folder; returns the file.
        read: reads it, with the code that reads it always; raises UserError.
        is_same: whether what was read of the damaged file, the second, says what was read of the whole one.
        lacks: whether it says that but for something that is missing.
        is_edit: whether it says something else that a user may have written, which DVC or Git shows.
        said_as: what a refusal calls the file, where not by its name or its folder's.
    """

    make: Callable[[Path], Path]
    read: Callable[[Path], Any]
    is_same: Callable[[Any, Any], bool] = operator.eq
    lacks: Callable[[Any, Any], bool] = lacks_nothing
    is_edit: Callable[[Any, Any], bool] = lacks_nothing
    said_as: tuple[str, ...] = ()


@contextmanager
def cache_in(folder: Path) -> Iterator[None]:
    """Set the cache to a folder."""
    before = os.environ.get("TINYNER_CACHE")
    os.environ["TINYNER_CACHE"] = str(folder)
    try:
        yield
    finally:
        os.environ.pop("TINYNER_CACHE")
        if before is not None:
            os.environ["TINYNER_CACHE"] = before
