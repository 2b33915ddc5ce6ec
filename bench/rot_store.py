"""The files that hold LLM replies, as ``bench/rot.py`` damages them."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rot_kind import Kind
from tinyner.annotate import batch_files, batch_states
from tinyner.annotate.batch_states import BatchState
from tinyner.annotate.reply_rows import ReplyKey
from tinyner.annotate.requests import RequestRef
from tinyner.annotate.store import ReplyStore
from tinyner.files import sha256_text, write_rows
from tinyner.rows import Reply

ANNOTATOR = 'm {"temperature": 0}'
SCOPE, OTHER_SCOPE = "5c09e" * 8, "07e5" * 8
PROMPT = sha256_text("prompt")
TEXTS = [f"sentence {number}" for number in range(12)]


def key(text: str) -> ReplyKey:
    """Return the key of the reply to a text."""
    return PROMPT, sha256_text(text), 0


def reply(text: str) -> Reply:
    """Return the reply to a text: of several lines, with quotes and signs that are not ASCII."""
    return {
        "id": text.replace(" ", "-"),
        "text_sha256": sha256_text(text),
        "annotator": ANNOTATOR,
        "prompt_sha256": PROMPT,
        "reply": f'„{text}“ names no one.\nResult: {{"PER": [], "ORG": ["{text.upper()} & Söhne"]}}',
        "finish_reason": "stop",
        "completion_tokens": len(text),
        "cost_usd": 0.0012,
    }


def opened(folder: Path) -> ReplyStore:
    """Return the store in a folder, which is the working folder."""
    os.environ["TINYNER_REPLIES"] = str(folder / "replies")
    return ReplyStore(ANNOTATOR)


def make_log(folder: Path) -> Path:
    """Write a store's file as a few runs do, the last of which is killed: replies, and what was asked and lost."""
    store = opened(folder)
    for texts in (TEXTS[:5], TEXTS[5:]):
        with store.locked():
            store.open(SCOPE)
            for text in texts:
                store.record_asked(SCOPE, key(text), 0.25)
                store.put(SCOPE, reply(text))
            store.record_asked(SCOPE, key("lost"), 0.25)
            store.record_lost(SCOPE, key("lost"), 0.25, "time-out", f"file {texts[0]}")
            store.record_asked(SCOPE, key("under way"), 0.5)
    return store.path(SCOPE)


def make_index(folder: Path) -> Path:
    """Write a store's file and its index; return the index."""
    return make_log(folder).with_suffix(".index")


def read_store(folder: Path) -> dict[str, Any]:
    """Return what a store says of each sentence, and the money that was lost."""
    store = opened(folder)
    with store.locked():
        store.open(SCOPE)
        replies = {text: store.get(key(text)) for text in TEXTS}
        stored = sorted(row["id"] for row in store.replies_to({PROMPT}))
        assert stored == sorted(row["id"] for row in replies.values() if row)
        return {**replies, "lost": store.lost_usd([SCOPE])}


def lacks_replies(whole: Mapping[str, Any], damaged: Mapping[str, Any]) -> bool:
    """Return whether the second lacks replies of the first; what was asked for them is lost, so money may differ."""
    return all(damaged[text] in (None, whole[text]) for text in TEXTS)


def says_the_same(whole: Mapping[str, Any], damaged: Mapping[str, Any]) -> bool:
    """Return whether all replies are the same, and no loss is missing: a row that stands twice counts twice."""
    return damaged["lost"] >= whole["lost"] and all(damaged[text] == whole[text] for text in TEXTS)


def make_recorded(folder: Path) -> Path:
    """Write recorded replies, with their sums, as data/recorded has them."""
    path = folder / "data/recorded/mine/replies.jsonl"
    write_rows(path, [reply(text) for text in TEXTS])
    digest = sha256_text(path.read_text())
    (folder / "data/recorded/SHA256SUMS").write_text(f"{digest}  mine/replies.jsonl\n")
    return path


def make_sums(folder: Path) -> Path:
    """Write recorded replies, with their sums; return these."""
    return make_recorded(folder).parents[1] / "SHA256SUMS"


def _batch(folder: Path) -> tuple[Path, BatchState]:
    content = b"".join(json.dumps({"custom_id": text, "body": text}).encode() + b"\n" for text in TEXTS)
    place = folder / "batches"
    place.mkdir(exist_ok=True)

    class Asked:
        text = "prompt"

        def __init__(self, text: str) -> None:
            self.ref = RequestRef(text, SCOPE, *key(text))

    path = batch_files.write(place, [Asked(text) for text in TEXTS], content, lambda _: 0.5)  # type: ignore[misc]
    state = BatchState(f"{path.name[:16]}-0", len(TEXTS), batch_id="batch_1", status="in_progress")
    return path, state


def make_state(folder: Path) -> Path:
    """Write the state of a batch, beside its request file."""
    path, state = _batch(folder)
    batch_states.save(path.parent, state)
    return batch_states.path_of(path.parent, state)


def make_refs(folder: Path) -> Path:
    """Write what says which request each line of a batch is, beside its state."""
    return batch_files.refs_path(make_state(folder))


def make_requests(folder: Path) -> Path:
    """Write the request file of a batch, beside its state."""
    path, state = _batch(folder)
    batch_states.save(path.parent, state)
    return path


def read_batch(folder: Path) -> list[Any]:
    """Return what the files of batches say."""
    place = folder / "batches"
    states = list(batch_states.load_all(place))
    refs = [batch_states.refs_of(place, state) for state in states]
    return [states, refs, [batch_files.read_requests(path) for path in place.glob("*.requests.jsonl")]]


def _store(make: Callable[[Path], Path]) -> Kind:
    return Kind(make, read_store, says_the_same, lacks_replies)


KINDS = {
    "store-log": _store(make_log),
    "store-index": _store(make_index),
    "store-recorded": _store(make_recorded),
    "store-sums": _store(make_sums),
    "store-state": Kind(make_state, read_batch),
    "store-places": Kind(make_refs, read_batch),
    "store-requests": Kind(make_requests, read_batch),
}
