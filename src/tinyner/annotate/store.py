"""The reply store: every reply that was ever received, keyed by what was asked and of which model.

A reply's key is (annotator, prompt_sha256, text_sha256, sample): the model with its sampling settings and
output format, the prompt with every field but the sentence filled in, the sentence's text, and the number of
the sample. A change of any of these is a miss, and no other change is. Replies are read from data/recorded/
(in git, never written) and from the user's store, a folder per annotator with a file per template:
$TINYNER_REPLIES, else $XDG_DATA_HOME/tinyner/replies, else ~/.local/share/tinyner/replies. The user's store
lies outside the repository, so that experiments that run in a copy of the repository find it, and nothing
that DVC cleans up can lose a reply that was paid for.
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
ReplyKey = tuple[str, str, int]
"""(prompt_sha256, text_sha256, sample)."""

_TEXT_FIELDS = ("annotator", "prompt_sha256", "text_sha256")  # of a row: with `sample` they say what it replies to
_FSYNC_SECONDS = 1.0


def identity(annotator: Annotator, response_format: Mapping[str, Any] | None = None) -> str:
    """Return the annotator's name in the store: the model, and its sampling settings and output format, if any.

    The endpoint is no part of the name: the same model at another address gives the same replies.
    """
    settings = dict(annotator.sampling)
    if response_format is not None:
        settings["response_format"] = dict(response_format)
    if not settings:
        return annotator.model
    return f"{annotator.model} {json.dumps(settings, sort_keys=True, ensure_ascii=False)}"


def user_folder() -> Path:
    """Return the folder of the user's store."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local/share")
    return Path(os.environ.get("TINYNER_REPLIES") or Path(base) / "tinyner" / "replies")


class ReplyStore:
    """The replies of one annotator, and the costs of requests without a reply.

    ``folder`` is the annotator's folder in the user's store. A ``scope`` names a file in it: the sha256 of the
    template that its replies answer. A file's lines are replies, ``asked_usd`` rows (a request was sent) and
    ``lost_usd`` rows (its reply will not come). An append writes a whole line or raises.
    """

    def __init__(self, annotator: str) -> None:
        """Read the recorded replies of ``annotator``; ``open`` reads the user's replies to a template.

        Raises:
            UserError: where a recorded file has a row that is no reply.
        """
        self.annotator = annotator
        slug = re.sub(r"[^A-Za-z0-9._-]+", "-", annotator)[:40]
        self.folder = user_folder() / f"{slug}-{sha256_text(annotator)[:12]}"
        self._replies: dict[ReplyKey, Reply] = {}
        self._asked_usd: dict[str, dict[ReplyKey, float]] = {}  # by scope: the most that unanswered requests may cost
        self._lost_usd: dict[str, float] = {}  # by scope: may have been paid for replies that never came
        self._loss_sources: set[str | None] = set()
        self._descriptors: dict[str, int] = {}  # by scope
        self._synced = time.monotonic()
        for path in sorted(RECORDED.rglob("*.jsonl")):
            for number, row in read_rows(path):
                if any(not isinstance(row.get(key), str) for key in ("id", "reply", *_TEXT_FIELDS)):
                    raise UserError(f"{path}:{number}: expected a reply with id, reply, {', '.join(_TEXT_FIELDS)}")
                self._add(row)

    def open(self, scope: str) -> None:
        """Read the file of a template, again if it was read before; skip a line that a killed writer left unfinished.

        Raises:
            UserError: where the file can't be read.
        """
        self._lost_usd[scope], self._asked_usd[scope] = 0.0, {}
        asked_usd = self._asked_usd[scope]
        for row in _rows(self.path(scope)):
            key = row.get("prompt_sha256", ""), row.get("text_sha256", ""), row.get("sample", 0)
            if isinstance(row.get("asked_usd"), int | float):
                asked_usd[key] = row["asked_usd"]
            elif isinstance(row.get("lost_usd"), int | float):
                self._lost_usd[scope] += row["lost_usd"]
                self._loss_sources.add(row.get("source") or None)
                asked_usd.pop(key, None)
            elif all(isinstance(row.get(key), str) for key in ("reply", *_TEXT_FIELDS)):
                self._add(row)
                asked_usd.pop(key, None)

    def path(self, scope: str) -> Path:
        """Return the file of the replies to a template."""
        return self.folder / f"{scope[:16]}.jsonl"

    def _add(self, row: dict[str, Any]) -> None:
        if row["annotator"] == self.annotator:
            sample = row.get("sample", 0)
            self._replies.setdefault((row["prompt_sha256"], row["text_sha256"], sample), cast(Reply, row))

    def __len__(self) -> int:
        """Return the number of replies."""
        return len(self._replies)

    def get(self, key: ReplyKey) -> Reply | None:
        """Return the reply to a request, None where there is none."""
        return self._replies.get(key)

    def replies_to(self, prompt_sha256: str) -> Iterator[Reply]:
        """Yield all replies to one prompt."""
        return (row for (prompt, _, _), row in self._replies.items() if prompt == prompt_sha256)

    def put(self, scope: str, row: Reply) -> None:
        """Append a reply; the operating system has the line when this returns.

        Raises:
            UserError: where it can't be written.
        """
        # The newline in front parts it from whatever a killed writer left behind.
        self._append(scope, b"\n" + line_of(row))
        self._add(dict(row))
        self._asked_usd.get(scope, {}).pop((row["prompt_sha256"], row["text_sha256"], row.get("sample", 0)), None)

    def record_asked(self, scope: str, key: ReplyKey, usd: float) -> None:
        """Append what a request may cost (US dollars), to be called just before the request is sent.

        So a process that is killed with the request under way leaves a record of it.
        """
        self._append(scope, b"\n" + line_of({"asked_usd": usd, **_key_fields(key)}))
        self._asked_usd.setdefault(scope, {})[key] = usd

    def record_lost(self, scope: str, key: ReplyKey, usd: float, why: str, source: str = "") -> None:
        """Append what a request may have cost whose reply never came; 0 US dollars where it was surely free.

        A ``source`` names what reported the loss, where that may be read more than once: it counts once.
        """
        if source in self._loss_sources:
            return
        row = {"lost_usd": usd, "why": why, **_key_fields(key)}
        if source:
            row["source"] = source
            self._loss_sources.add(source)
        self._append(scope, b"\n" + line_of(row))
        self._lost_usd[scope] = self._lost_usd.get(scope, 0.0) + usd
        self._asked_usd.get(scope, {}).pop(key, None)

    def record_killed(self, scope: str) -> None:
        """Record as lost what a killed process had under way; only the process that holds the lock may call this."""
        for key, usd in tuple(self._asked_usd.get(scope, {}).items()):
            self.record_lost(scope, key, usd, "killed")

    def lost_usd(self, scopes: Iterable[str]) -> float:
        """Return US dollars that may have been paid for replies to these templates that never came, or not yet."""
        return sum(self._lost_usd.get(scope, 0.0) + sum(self._asked_usd.get(scope, {}).values()) for scope in scopes)

    def check_writable(self, scope: str) -> None:
        """Open the file that replies will go to, before the first of them is paid for.

        Raises:
            UserError: where that can't be done.
        """
        self._append(scope, b"")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the annotator's lock: two processes that ask it at once would pay for the same replies twice."""
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
        """Sync everything that was appended to the disk, and close the files."""
        for descriptor in self._descriptors.values():
            os.fsync(descriptor)
            os.close(descriptor)
        self._descriptors.clear()

    def _append(self, scope: str, data: bytes) -> None:
        path = self.path(scope)
        try:
            if scope not in self._descriptors:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._descriptors[scope] = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            descriptor = self._descriptors[scope]
            if os.write(descriptor, data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # noqa: TRY301, as the system says it elsewhere
            # A line survives the end of this process as soon as it is written; a power cut may lose the last second.
            if time.monotonic() - self._synced > _FSYNC_SECONDS:
                os.fsync(descriptor)
                self._synced = time.monotonic()
        except OSError as error:
            raise UserError(f"{path}: replies can't be stored: {error.strerror}; see TINYNER_REPLIES") from None


def _key_fields(key: ReplyKey) -> dict[str, Any]:
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
