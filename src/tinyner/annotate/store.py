"""The reply store: every reply ever had, found by what was asked of whom.

A reply's key is (annotator, prompt_sha256, text_sha256): the model with its sampling settings, the
template's bytes and the sentence's text. So a changed prompt, model or setting misses, and nothing
else does. Replies are read from data/recorded/ (in git, never written) and from the user's own
store, one file an annotator and prompt: $TINYNER_REPLIES, else $XDG_DATA_HOME/tinyner/replies,
else ~/.local/share/tinyner/replies. It lies outside the repository, so that experiments that run in
a copy of it find it, and nothing that DVC cleans up can lose a paid reply.
"""

import errno
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from tinyner.errors import UserError
from tinyner.params import Annotator
from tinyner.rows import Reply, line_of, read_rows, sha256_text

RECORDED = Path("data/recorded")
_KEY = ("annotator", "prompt_sha256", "text_sha256")


def identity(annotator: Annotator) -> str:
    """The annotator's name in the store: the model, and the sampling settings where there are any.

    The endpoint is no part of it: the same model behind another address gives the same replies.
    """
    if not annotator.sampling:
        return annotator.model
    return f"{annotator.model} {json.dumps(annotator.sampling, sort_keys=True, ensure_ascii=False)}"


def own_folder() -> Path:
    """The folder of the user's own store."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local/share")
    return Path(os.environ.get("TINYNER_REPLIES") or Path(base) / "tinyner" / "replies")


class ReplyStore:
    """The replies of one annotator to one prompt, by the sentence's text; appends are whole lines or nothing."""

    def __init__(self, annotator: str, prompt_sha256: str) -> None:
        """Read the replies that are there; a line that a killed writer left unfinished is passed over."""
        self.annotator, self.prompt_sha256 = annotator, prompt_sha256
        slug = re.sub(r"[^A-Za-z0-9._-]+", "-", annotator)[:40]
        self.path = own_folder() / f"{slug}-{sha256_text(annotator)[:12]}" / f"{prompt_sha256[:16]}.jsonl"
        self._replies: dict[str, Reply] = {}
        for path in sorted(RECORDED.rglob("*.jsonl")):
            for number, row in read_rows(path):
                if any(not isinstance(row.get(key), str) for key in ("id", "reply", *_KEY)):
                    raise UserError(f"{path}:{number}: expected a reply with id, reply, {', '.join(_KEY)}")
                self._take(row)
        for row in self._own():
            self._take(row)

    def _take(self, row: dict[str, Any]) -> None:
        if (row["annotator"], row["prompt_sha256"]) == (self.annotator, self.prompt_sha256):
            self._replies.setdefault(row["text_sha256"], cast(Reply, row))

    def _own(self) -> Iterator[dict[str, Any]]:
        if not self.path.exists():
            return
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise UserError(f"{self.path}: can't be read: {error.strerror}; see TINYNER_REPLIES") from None
        for line in content.split(b"\n"):
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                continue  # blank, or cut off when its writer was killed; its sentence is asked again
            if isinstance(row, dict) and all(isinstance(row.get(key), str) for key in ("reply", *_KEY)):
                yield row

    def __len__(self) -> int:
        """The number of replies."""
        return len(self._replies)

    def get(self, text: str) -> Reply | None:
        """The reply to the sentence with this text."""
        return self._replies.get(sha256_text(text))

    def put(self, row: Reply) -> None:
        """Append a reply: one write of one line, on the disk when this returns."""
        # The newline in front parts it from whatever a killed writer left behind.
        self._append(b"\n" + line_of(row))
        self._take(dict(row))

    def check_writable(self) -> None:
        """Open the file that replies go to, before the first of them is paid for.

        Raises:
            UserError: where that can't be done.
        """
        self._append(b"")

    def _append(self, data: bytes) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                if os.write(descriptor, data) != len(data):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise UserError(f"{self.path}: replies can't be stored: {error.strerror}; see TINYNER_REPLIES") from None
