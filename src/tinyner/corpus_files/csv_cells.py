"""The cells of a CSV file that hold lists: of spans, words or tags, as JSON or as Python writes them."""

import ast
import io
import itertools
import json
import tokenize
from collections.abc import Sequence
from typing import Any

from tinyner.files import object_of

_BEGINNINGS = ("[", "{")


def value_of(cell: str) -> list[Any] | None:
    """Return the list that a cell holds, None where it holds none.

    spaCy's ``{"entities": [...]}`` is the list in it.

    >>> value_of('[[0, 8, "LOC"]]'), value_of("[(0, 8, 'LOC')]"), value_of("[sic] a text")
    ([[0, 8, 'LOC']], [[0, 8, 'LOC']], None)
    """
    text = cell.strip()
    if not text.startswith(_BEGINNINGS):
        return None
    try:
        value = json.loads(text, object_pairs_hook=object_of)
    except (ValueError, RecursionError):
        value = _of_python(text)
    if isinstance(value, dict) and list(value) == ["entities"]:
        value = value["entities"]
    return value if isinstance(value, list) else None


def are_spans(value: Sequence[Any]) -> bool:
    """Return whether a list looks like one of spans: of objects, or of lists that begin with two numbers.

    >>> are_spans([{"start": 0}]), are_spans([[0, 8, "LOC"]]), are_spans([["head", "tail"]]), are_spans([])
    (True, True, False, False)
    """
    return bool(value) and all(
        "start" in "".join(map(str, item)).casefold()
        if isinstance(item, dict)
        else isinstance(item, list) and len(item) > 2 and all(isinstance(number, int) for number in item[:2])
        for item in value
    )


def are_texts(value: object) -> bool:
    """Return whether a value is a list of texts, perhaps an empty one."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def number_or_text(cell: str) -> float | str | None:
    """Return the number that a cell holds, else its text, None where it is empty.

    >>> number_or_text("0.02"), number_or_text("accept"), number_or_text("")
    (0.02, 'accept', None)
    """
    try:
        return float(cell)
    except ValueError:
        return cell or None


def _of_python(text: str) -> Any:
    """Return the value of a Python literal, tuples as lists; None where it is none.

    Arrays are none: NumPy writes them without commas, and Python would join their texts.
    """
    try:
        kinds = [token.type for token in tokenize.generate_tokens(io.StringIO(text).readline)]
        if (tokenize.STRING, tokenize.STRING) in itertools.pairwise(kinds):
            return None
        return _listed(ast.literal_eval(text))
    except (ValueError, SyntaxError, tokenize.TokenError, RecursionError, MemoryError):
        return None


def _listed(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_listed(item) for item in value]
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    return value
