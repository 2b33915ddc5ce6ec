"""The reply store: every reply ever had, found by what was asked of whom.

A reply's key is (annotator, prompt_sha256, text_sha256, sample): the model with its sampling settings and
output format, the prompt's bytes with all but the sentence filled in, the sentence's text, and which of
several replies. So a changed prompt, model or setting misses, and nothing else does. Replies are read
from data/recorded/ (in git, never written) and from the user's own store, a folder an annotator, a file a
template: $TINYNER_REPLIES, else $XDG_DATA_HOME/tinyner/replies, else ~/.local/share/tinyner/replies. It
lies outside the repository, so that experiments that run in a copy of it find it, and nothing that DVC
cleans up can lose a paid reply.
"""

import errno
import fcntl
import json
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from tinyner.errors import UserError
from tinyner.files import line_of, read_rows, sha256_text
from tinyner.params import Annotator
from tinyner.rows import Reply

RECORDED = Path("data/recorded")
Key = tuple[str, str, int]
"""(prompt_sha256, text_sha256, sample)."""

_NAMES = ("annotator", "prompt_sha256", "text_sha256")
_FSYNC_SECONDS = 1.0


def identity(annotator: Annotator, response_format: Mapping[str, Any] | None = None) -> str:
    """The annotator's name in the store: the model, and the settings of its output where there are any.

    The endpoint is no part of it: the same model behind another address gives the same replies.
    """
    settings = dict(annotator.sampling)
    if response_format is not None:
        settings["response_format"] = dict(response_format)
    if not settings:
        return annotator.model
    return f"{annotator.model} {json.dumps(settings, sort_keys=True, ensure_ascii=False)}"


def own_folder() -> Path:
    """The folder of the user's own store."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local/share")
    return Path(os.environ.get("TINYNER_REPLIES") or Path(base) / "tinyner" / "replies")


class ReplyStore:
    """The replies of one annotator; appends are whole lines or nothing.

    ``folder`` is where its own replies lie, a file a template: ``scope`` is that file's name, the sha256 of
    the template.
    """

    def __init__(self, annotator: str) -> None:
        """Read the recorded replies; those of a template come with ``open``."""
        self.annotator = annotator
        slug = re.sub(r"[^A-Za-z0-9._-]+", "-", annotator)[:40]
        self.folder = own_folder() / f"{slug}-{sha256_text(annotator)[:12]}"
        self._replies: dict[Key, Reply] = {}
        self._lost: dict[str, float] = {}  # by scope: US dollars that may have been paid for nothing
        self._sources: set[str | None] = set()  # of lost replies
        self._asked: dict[str, dict[Key, float]] = {}  # by scope: what requests may cost that nothing came back of yet
        self._files: dict[str, int] = {}
        self._synced = time.monotonic()
        for path in sorted(RECORDED.rglob("*.jsonl")):
            for number, row in read_rows(path):
                if any(not isinstance(row.get(key), str) for key in ("id", "reply", *_NAMES)):
                    raise UserError(f"{path}:{number}: expected a reply with id, reply, {', '.join(_NAMES)}")
                self._take(row)

    def open(self, scope: str) -> None:
        """Read (again) the replies to one template; a line that a killed writer left unfinished is passed over."""
        self._lost[scope], self._asked[scope] = 0.0, {}
        asked = self._asked[scope]
        for row in _rows(self.path(scope)):
            key = row.get("prompt_sha256", ""), row.get("text_sha256", ""), row.get("sample", 0)
            if isinstance(row.get("asked_usd"), int | float):
                asked[key] = row["asked_usd"]
            elif isinstance(row.get("lost_usd"), int | float):
                self._lost[scope] += row["lost_usd"]
                self._sources.add(row.get("source") or None)
                asked.pop(key, None)
            elif all(isinstance(row.get(key), str) for key in ("reply", *_NAMES)):
                self._take(row)
                asked.pop(key, None)

    def path(self, scope: str) -> Path:
        """The file of a template's replies."""
        return self.folder / f"{scope[:16]}.jsonl"

    def _take(self, row: dict[str, Any]) -> None:
        if row["annotator"] == self.annotator:
            sample = row.get("sample", 0)
            self._replies.setdefault((row["prompt_sha256"], row["text_sha256"], sample), cast(Reply, row))

    def __len__(self) -> int:
        """The number of replies."""
        return len(self._replies)

    def get(self, key: Key) -> Reply | None:
        """The reply to a question."""
        return self._replies.get(key)

    def to_prompt(self, prompt_sha256: str) -> Iterator[Reply]:
        """All replies to one prompt."""
        return (row for (prompt, _, _), row in self._replies.items() if prompt == prompt_sha256)

    def put(self, scope: str, row: Reply) -> None:
        """Append a reply: one write of one line, out of this process' hands when this returns."""
        # The newline in front parts it from whatever a killed writer left behind.
        self._append(scope, b"\n" + line_of(row))
        self._take(dict(row))
        self._asked.get(scope, {}).pop((row["prompt_sha256"], row["text_sha256"], row.get("sample", 0)), None)

    def ask(self, scope: str, key: Key, usd: float) -> None:
        """Note what a request may cost, just before it is sent: whoever is killed now can't note it any more."""
        self._append(scope, b"\n" + line_of({"asked_usd": usd, **_fields(key)}))
        self._asked.setdefault(scope, {})[key] = usd

    def lose(self, scope: str, key: Key, usd: float, why: str, source: str = "") -> None:
        """Note what a request may have cost whose reply never came; 0 where it came to nothing for free.

        ``source``: what told so, if it may be read again: each counts once.
        """
        if source in self._sources:
            return
        told = {"lost_usd": usd, "why": why, **_fields(key)}
        if source:
            told["source"] = source
            self._sources.add(source)
        self._append(scope, b"\n" + line_of(told))
        self._lost[scope] = self._lost.get(scope, 0.0) + usd
        self._asked.get(scope, {}).pop(key, None)

    def lose_all(self, scope: str) -> None:
        """Book what a run that was killed had asked as lost; for whoever alone asks, before it begins."""
        for key, usd in tuple(self._asked.get(scope, {}).items()):
            self.lose(scope, key, usd, "killed")

    def lost(self, scopes: Iterable[str]) -> float:
        """US dollars that may have been paid for replies to these templates that never came, or not yet."""
        return sum(self._lost.get(scope, 0.0) + sum(self._asked.get(scope, {}).values()) for scope in scopes)

    def check_writable(self, scope: str) -> None:
        """Open the file that replies go to, before the first of them is paid for.

        Raises:
            UserError: where that can't be done.
        """
        self._append(scope, b"")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone among processes in asking this annotator: two would pay for the same replies twice."""
        self.check_writable("lock")
        descriptor = os.open(self.path("lock"), os.O_RDWR)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                print("another process asks the same annotator: waiting for it", flush=True)
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """See to it that all that was appended is on the disk."""
        for descriptor in self._files.values():
            os.fsync(descriptor)
            os.close(descriptor)
        self._files.clear()

    def _append(self, scope: str, data: bytes) -> None:
        path = self.path(scope)
        try:
            if scope not in self._files:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._files[scope] = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            descriptor = self._files[scope]
            if os.write(descriptor, data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # noqa: TRY301, as the system says it elsewhere
            # A written line outlives this process; a failing machine may lose the last second's.
            if time.monotonic() - self._synced > _FSYNC_SECONDS:
                os.fsync(descriptor)
                self._synced = time.monotonic()
        except OSError as error:
            raise UserError(f"{path}: replies can't be stored: {error.strerror}; see TINYNER_REPLIES") from None


def _fields(key: Key) -> dict[str, Any]:
    return {"prompt_sha256": key[0], "text_sha256": key[1], "sample": key[2]}


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: can't be read: {error.strerror}; see TINYNER_REPLIES") from None
    for line in content.split(b"\n"):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue  # blank, or cut off when its writer was killed; its sentence is asked again
        if isinstance(row, dict):
            yield row
