"""A store of a few replies, as tests of its files use it."""

from pathlib import Path

from tinyner.annotate.reply_rows import ReplyKey
from tinyner.annotate.store import ReplyStore
from tinyner.files import sha256_text
from tinyner.rows import Reply

SCOPE = "s" * 64


def reply(text: str, annotator: str = "m", prompt: str = "p" * 64) -> Reply:
    return {
        "id": "x",
        "text_sha256": sha256_text(text),
        "annotator": annotator,
        "prompt_sha256": prompt,
        "reply": f"to {text}",
    }


def key(text: str, prompt: str = "p" * 64, sample: int = 0) -> ReplyKey:
    return prompt, sha256_text(text), sample


def opened(annotator: str = "m") -> ReplyStore:
    """Return a store whose file is open; this process does not hold the lock any more."""
    store = ReplyStore(annotator)
    store.open(SCOPE)
    return store


def filled(*texts: str) -> Path:
    """Store replies as a run does, and return their file, which is all in its index."""
    store = ReplyStore("m")
    with store.locked():
        store.open(SCOPE)
        for text in texts:
            store.put(SCOPE, reply(text) | {"cost_usd": 0.25})
    return store.path(SCOPE)


def replies(*texts: str) -> list[str | None]:
    """Return what a new store has for each text."""
    store = opened()
    rows = [store.get(key(text)) for text in texts]
    return [row and row["reply"] for row in rows]
