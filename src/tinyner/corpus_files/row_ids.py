"""Which key or column of a file's rows has their ids."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tinyner.corpus_files.column_lines import folded

ID = "id"
_LIKE_ID = re.compile(r"(?i:id)|.*(?:(?i:[\s_-]id)|[^\W\d_]Id|[^\W\d_A-Z]ID)", re.S)
_OF_LABELS = "annotation id"  # Label Studio's: it names who labelled when, and no text


def id_key(rows: Iterable[Mapping[str, Any]]) -> str | None:
    """Return the key of the ids: ``id``, else the first that ends in ``_id`` or ``Id`` and differs in each row.

    >>> id_key([{"text": "a", "note_id": 1}, {"text": "b", "note_id": "2"}])
    'note_id'
    >>> id_key([{"ward_id": 1, "noteId": 1}, {"ward_id": 1, "noteId": 2}]), id_key([{"paid": 1}, {"paid": 2}])
    ('noteId', None)

    Args:
        rows: can be iterated several times.
    """
    if any(row.get(ID) not in (None, "") for row in rows):
        return ID
    keys = dict.fromkeys(key for row in rows for key in row)
    like_id = (key for key in keys if _LIKE_ID.fullmatch(key) and folded(key) != _OF_LABELS)
    return next((key for key in like_id if _differ(row.get(key) for row in rows)), None)


def _differ(values: Iterable[Any]) -> bool:
    """Return whether values are ids, each another: texts that are not empty, or whole numbers."""
    ids: set[str] = set()
    for count, value in enumerate(values):
        if not isinstance(value, str | int) or isinstance(value, bool):
            return False
        ids.add(str(value).strip())
        if len(ids) <= count or "" in ids:
            return False
    return bool(ids)
