"""Where trained cells are kept; apart from ``store``, which loads torch, for those who need no more than the place."""

import os
from pathlib import Path

from tinyner.files import cache


def cells_folder() -> Path:
    """Return the folder of cells: $TINYNER_CELLS, else cells/ of the cache."""
    return Path(os.environ.get("TINYNER_CELLS") or cache() / "cells").absolute()
