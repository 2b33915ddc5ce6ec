"""The reply store: every reply that was ever received, by annotator, prompt, sentence and sample.

A reply's key is (annotator, prompt_sha256, text_sha256, sample): the model with its sampling settings and
output format, the prompt with every field but the sentence filled in, the sentence's text, and the number of
the sample. Nothing else is part of the key. Replies are read from data/recorded/ (in git, never written) and
from the user's store, a folder per annotator with a file per template:
$TINYNER_REPLIES, else $XDG_DATA_HOME/tinyner/replies, else ~/.local/share/tinyner/replies. The user's store
lies outside the repository, so that experiments that run in a copy of the repository find it, and nothing
that DVC cleans up can lose a reply that was paid for.
"""

import json
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tinyner.annotate.recorded import Recorded
from tinyner.annotate.reply_log import ReplyLog
from tinyner.annotate.reply_rows import ReplyKey, key_fields, key_of
from tinyner.errors import UserError
from tinyner.files import open_binary, sha256_text
from tinyner.locks import lock
from tinyner.params import Annotator
from tinyner.rows import Reply


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

    ``folder`` is the annotator's folder in the user's store. A ``scope`` names a file in it (``reply_log``): the sha256
    of the template that its replies answer. Its rows are replies, ``asked_usd`` rows (a request was sent) and
    ``lost_usd`` rows (its reply will not come).
    """

    def __init__(self, annotator: str, *, holds_lock: bool = False) -> None:
        """Read the recorded replies; ``open`` reads the user's replies to a template.

        Args:
            annotator: whose replies they are.
            holds_lock: whether whoever started this process holds the annotator's lock for it.

        Raises:
            UserError: where a recorded file is damaged, or has a row that is no reply.
        """
        self.annotator = annotator
        slug = re.sub(r"[^A-Za-z0-9._-]+", "-", annotator)[:40]
        self.folder = user_folder() / f"{slug}-{sha256_text(annotator)[:12]}"
        self._recorded = Recorded()
        self._logs: dict[str, ReplyLog] = {}  # by scope
        self._holds_lock = holds_lock

    def open(self, scope: str) -> None:
        """Read what is new in the file of a template; say which line a killed writer left unfinished.

        Raises:
            UserError: where the file can't be read, or a line of it is damaged.
        """
        if self._holds_lock:
            self._logs[scope] = ReplyLog(self.path(scope), self.annotator, writable=True)
            return
        with self._lock_if_free() as is_held:
            self._logs[scope] = ReplyLog(self.path(scope), self.annotator, writable=is_held)
            self._logs[scope].seal()

    def path(self, scope: str) -> Path:
        """Return the file of the replies to a template."""
        return self.folder / f"{scope[:16]}.jsonl"

    def _log(self, scope: str) -> ReplyLog:
        if scope not in self._logs:
            self.open(scope)
        return self._logs[scope]

    def get(self, key: ReplyKey) -> Reply | None:
        """Return the reply to a request, None where there is none in data/recorded and the files that are open.

        Raises:
            UserError: where its line is damaged.
        """
        reply = self._recorded.get(self.annotator, key)
        logs = iter(self._logs.values())
        while reply is None and (log := next(logs, None)) is not None:
            reply = log.get(key)
        return reply

    def replies_to(self, prompts: Collection[str]) -> Iterator[Reply]:
        """Yield all replies to prompts, by their sha256; each key once."""
        yield from self._recorded.replies_to(self.annotator, prompts)
        for log in self._logs.values():
            for reply in log.replies_to(prompts):
                if self._recorded.get(self.annotator, key_of(reply)) is None:
                    yield reply

    def put(self, scope: str, row: Reply) -> None:
        """Append a reply; the operating system has the line when this returns.

        Raises:
            UserError: where it can't be written.
        """
        self._log(scope).append(row)

    def record_asked(self, scope: str, key: ReplyKey, usd: float) -> None:
        """Append what a request may cost (US dollars). Call this just before the request is sent.

        If the process is killed with the request under way, the record remains.
        """
        self._log(scope).append({"asked_usd": usd, **key_fields(key)})

    def record_lost(self, scope: str, key: ReplyKey, usd: float, why: str, source: str = "") -> None:
        """Append what a request without a reply may have cost, in US dollars; 0 where it was surely free.

        ``source`` names the report of the loss, e.g. a line of a result file; a report that is read again is ignored.
        """
        row = {"lost_usd": usd, "why": why, **key_fields(key)}
        if source:
            if self._log(scope).has_source(source):
                return
            row["source"] = source
        self._log(scope).append(row)

    def record_killed(self, scope: str) -> None:
        """Record as lost what a killed process had under way; only the process that holds the lock may call this."""
        for key, usd in tuple(self._log(scope).state.asked_usd.items()):
            self.record_lost(scope, key, usd, "killed")

    def lost_usd(self, scopes: Iterable[str]) -> float:
        """Return US dollars that requests of these templates without a reply may have cost, pending ones included."""
        states = [self._logs[scope].state for scope in scopes if scope in self._logs]
        return sum(state.lost_usd + sum(state.asked_usd.values()) for state in states)

    def check_writable(self, scope: str) -> None:
        """Open the file that replies will go to, before the first of them is paid for.

        Raises:
            UserError: where that can't be done.
        """
        self._log(scope).check_writable()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the annotator's lock: two processes that ask it at once would pay for the same replies twice.

        Files that are opened meanwhile are read once more where a killed writer may have left them, and migrated.

        Raises:
            UserError: where the lock's file can't be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor = self._open_lock()
        except OSError as error:
            path = self.path("lock")
            raise UserError(f"{path}: replies can't be stored: {error.strerror}; see TINYNER_REPLIES") from None
        try:
            if not lock(descriptor, wait=False):
                print("another process asks the same annotator: waiting for it", flush=True)
                lock(descriptor, wait=True)
            self._holds_lock = True
            yield
        finally:
            self._holds_lock = False
            for log in self._logs.values():
                log.sync()
                log.seal()
            os.close(descriptor)

    @contextmanager
    def _lock_if_free(self) -> Iterator[bool]:
        """Hold the lock if nobody else does, and give whether that is so."""
        descriptor, is_held = None, False
        with suppress(OSError):  # held by another process; no folder yet; a folder that can't be written
            descriptor = self._open_lock()
            is_held = lock(descriptor, wait=False)
        try:
            yield is_held
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def _open_lock(self) -> int:
        return open_binary(self.path("lock"), os.O_RDWR | os.O_CREAT)

    def close(self) -> None:
        """Sync everything that was appended to the disk, and close the files."""
        for log in self._logs.values():
            log.sync()
