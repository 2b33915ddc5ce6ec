"""The rows of a store's files: replies, what was asked, what was lost; and the key of each."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from tinyner.sealed_rows import DamageError

ReplyKey = tuple[str, str, int]
"""(prompt_sha256, text_sha256, sample)."""

TEXT_FIELDS = ("annotator", "prompt_sha256", "text_sha256")  # of a reply: with `sample`, its key
_MONEY = ("asked_usd", "lost_usd")


def key_of(row: Mapping[str, Any]) -> ReplyKey:
    """Return the key of a row; fields that it lacks are empty."""
    return row.get("prompt_sha256", ""), row.get("text_sha256", ""), row.get("sample", 0)


def key_fields(key: ReplyKey) -> dict[str, Any]:
    """Return the fields of a row that are its key."""
    return {"prompt_sha256": key[0], "text_sha256": key[1], "sample": key[2]}


def key_hash(annotator: str, key: ReplyKey) -> int:
    """Return the 64 bits under which an index has a key, as SQLite's signed integer."""
    return _hash(f"{annotator}\n{key[0]} {key[1]} {key[2]}")


def source_hash(source: str) -> int:
    """Return the 64 bits under which an index has the report of a loss."""
    return _hash(f"source\n{source}")


def _hash(text: str) -> int:
    digest = blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def kind_of(row: Mapping[str, Any], annotator: str | None = None) -> str:
    """Return what a row is: "reply", "asked_usd" or "lost_usd".

    Args:
        row: of a file of the store.
        annotator: whose file it is, None where it may hold those of several.

    Raises:
        DamageError: where it is none of them, or another annotator's.
    """
    if not isinstance(row.get("sample", 0), int):
        raise DamageError("has a sample that is no number")
    for kind in _MONEY:
        if kind in row:
            if not isinstance(row[kind], int | float) or not all(isinstance(text, str) for text in key_of(row)[:2]):
                raise DamageError(f"is a row of {kind} without a number, or whose key is no text")
            return kind
    if not all(isinstance(row.get(name), str) for name in ("reply", *TEXT_FIELDS)):
        raise DamageError("is no row of a store: neither a reply nor an asked_usd or lost_usd")
    if annotator is not None and row["annotator"] != annotator:
        raise DamageError(f"is a reply of another annotator, {row['annotator'][:60]!r}")
    return "reply"
