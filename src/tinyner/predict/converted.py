"""Models converted to ONNX, kept in the cache with their checksums: one that is damaged is converted again."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from tinyner import sums
from tinyner.files import cache
from tinyner.unfinished import scratch

_FILE = "model.onnx"


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """Return the file of a converted model.

    Args:
        name: says what it is made of, and how.
        make: writes the file, where it is not there or not whole.
    """
    folder = cache() / "onnx" / name
    if folder.is_dir():
        try:
            if sums.verified(folder, [_FILE]):
                return folder / _FILE
        except sums.DamageError as error:
            print(f"tinyner: {folder}: {error}; it is made again", file=sys.stderr, flush=True)
        shutil.rmtree(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.with_name(f"{name}.onnx").unlink(missing_ok=True)  # of a version that kept no checksums
    with scratch(folder.parent, f".{name}-") as place:
        make(place / _FILE)  # which may leave others beside it
        made = place / "made"
        made.mkdir()
        (place / _FILE).rename(made / _FILE)
        sums.write(made, [_FILE])
        try:
            os.replace(made, folder)  # noqa: PTH105, Path.replace on a folder reads as if it merged
        except OSError:
            if not (folder / sums.NAME).exists():  # else another process was first
                raise
    return folder / _FILE
