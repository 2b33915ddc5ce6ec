"""A few trials of ``bench/rot.py`` in this process."""

import importlib
import sys
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

sys.path.append(str(ROOT / "bench"))
rot: Any = importlib.import_module("rot")


def outcomes(group: str, folder: Path, flips: int = 16) -> dict[str, set[str]]:
    """Damage all kinds of files of a group; return what came of it by kind."""
    by_kind = {}
    for name, kind in rot.kinds([group]).items():
        (folder / name).mkdir()
        counts = rot.measure(name, kind, flips, 7, folder / name)
        by_kind[name] = {outcome for of_damage in counts.values() for outcome in of_damage}
    return by_kind
