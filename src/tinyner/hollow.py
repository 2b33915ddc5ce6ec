"""Import a module of a package without what the package itself loads, which can take seconds.

NLTK's packages load SciPy and scikit-learn, of which its word tokenizer uses neither; seqeval loads all of scikit-learn
for the class of a warning.
"""

import importlib.util
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOCK = threading.RLock()


@contextmanager
def hollow(*packages: str) -> Iterator[None]:
    """Have packages in ``sys.modules`` that were made but not run, in a block, so that their modules can be imported.

    Afterwards they and their modules are taken out again, for who wants to import them whole. What is loaded already is
    used as it is.

    Args:
        packages: of one distribution, each behind the one that it lies in.

    Raises:
        ModuleNotFoundError: if one isn't installed.
    """
    root = packages[0].partition(".")[0]

    def loaded() -> list[str]:
        return [name for name in sys.modules if name.partition(".")[0] == root]

    with _LOCK:
        if loaded():
            yield
            return
        try:
            for package in packages:
                spec = importlib.util.find_spec(package)
                if spec is None:
                    raise ModuleNotFoundError(f"No module named {package!r}", name=package)
                sys.modules[package] = importlib.util.module_from_spec(spec)
            yield
        finally:
            for name in loaded():
                del sys.modules[name]
