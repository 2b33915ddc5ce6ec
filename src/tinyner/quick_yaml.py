"""YAML parsed by libyaml: seven times as fast, which counts in each command, and for hundreds of revisions.

libyaml reads as PyYAML does, but allows more tabs, a ? within the words of a list, and comments right behind the | of a
block; it skips a byte order mark that begins a later line, and crashes where a text is nested tens of thousands deep.
``read_values`` leaves such texts, those with a mistake, and all of them where PyYAML lacks libyaml, to PyYAML, which
says what is wrong.
"""

import contextlib
import functools
import importlib
from typing import Any

import yaml

_MOST = 250  # levels of nesting: PyYAML refuses some 480, and libyaml none
_HAS_LIBYAML: bool = yaml.__with_libyaml__


def read_values(text: str, loader: Any) -> Any:
    """Read a YAML document as ``yaml.load`` does with a ``SafeLoader``.

    Raises:
        yaml.YAMLError: where it is not valid YAML.
    """
    if not any(sign in text for sign in "*|>?\ufeff") and _is_for_libyaml(text):
        with contextlib.suppress(yaml.YAMLError, ValueError, TypeError):
            return yaml.load(text, _quick(loader))  # noqa: S506, a SafeLoader
    return yaml.load(text, loader)  # noqa: S506, a SafeLoader


def read_texts(text: str) -> Any:
    """Read a YAML document without aliases whose values are all taken as text.

    Raises:
        yaml.YAMLError: where it is not valid YAML.
    """
    quick = _is_for_libyaml(text)
    return yaml.load(text, _quick(yaml.BaseLoader) if quick else yaml.BaseLoader)  # noqa: S506, makes texts alone


def _is_for_libyaml(text: str) -> bool:
    return _HAS_LIBYAML and "\t" not in text and is_shallow(text)


def is_shallow(text: str) -> bool:
    """Return whether a text is nested less than 250 levels deep, for sure.

    >>> is_shallow("a: {b: [1, 2]}"), is_shallow("[" * 1000), is_shallow("- " * 1000 + "x")
    (True, False, False)
    """
    brackets = text.count("[") + text.count("{")
    return brackets + max(map(_levels, text.split("\n"))) < _MOST


def _levels(line: str) -> int:
    """Return at least how many blocks are open in a line: one for each blank before it, and for each that it opens."""
    return len(line) - len(line.lstrip()) + sum(map(line.count, "-?:")) + 1


@functools.cache
def _quick(loader: Any) -> Any:
    """Return a loader with libyaml's parser in place of PyYAML's, as PyYAML makes its own."""
    cyaml: Any = importlib.import_module("yaml.cyaml")

    def begin(self: Any, stream: str) -> None:
        cyaml.CParser.__init__(self, stream)
        yaml.constructor.BaseConstructor.__init__(self)
        yaml.resolver.BaseResolver.__init__(self)

    return type(f"Quick{loader.__name__}", (cyaml.CParser, loader), {"__init__": begin})
