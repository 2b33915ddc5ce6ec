"""The rows that stages hand to each other: JSON lines, UTF-8, one object a line, written atomically.

>>> text_of({"id": "conll-test-00000", "words": ["EU", "rejects"]})
'EU rejects'
"""

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NotRequired, TypedDict

from tinyner.errors import UserError

Span = tuple[int, int, str]
"""Half-open range of words, and its label: ``(start, end, label)``."""


class Sentence(TypedDict):
    """A sentence of a corpus; ``tags`` (IOB2, one a word) where people labelled it."""

    id: str
    words: list[str]
    tags: NotRequired[list[str]]


class Reply(TypedDict):
    """What an annotator answered for one sentence, verbatim, with what the server said of it.

    ``prompt_sha256`` is that of the template with all fields but the sentence filled in.
    """

    id: str
    text_sha256: str
    annotator: str
    prompt_sha256: str
    sample: NotRequired[int]  # which of several replies to the same question, 0 where absent
    reply: str
    finish_reason: NotRequired[str]
    prompt_tokens: NotRequired[int]
    cached_tokens: NotRequired[int]  # of the prompt's
    completion_tokens: NotRequired[int]
    cost_usd: NotRequired[float]  # by the prices of the time


class PromptRow(TypedDict):
    """A template that was asked, with all fields but the sentence filled in."""

    prompt_sha256: str
    template: str


class Mention(TypedDict):
    """A surface text with a type, as the annotator gave it."""

    type: str
    text: str


class Annotation(TypedDict):
    """The mentions of one reply; ``status`` is ok, repaired or failed, ``problems`` say how or why.

    A sentence that was asked of several prompts, or several times, has as many, one behind the other.
    """

    id: str
    prompt_sha256: str
    status: str
    mentions: list[Mention]
    problems: list[str]


class SpanRow(TypedDict):
    """A span of words, half-open; ``share``: of the replies that have it, where there were several."""

    start: int
    end: int
    label: str
    share: NotRequired[float]


class Unflattened(TypedDict):
    """An entity as the annotator gave it: nested or in pieces. ``fragments`` are half-open ranges."""

    label: str
    fragments: list[list[int]]


class Example(TypedDict):
    """A labelled sentence. ``unflattened`` holds every entity, where ``tags`` can't.

    Where the sentence was asked several times, a span has its ``share`` of the replies that did not fail,
    and ``weights`` (one a word) are the shares of those that gave the word its tag.
    """

    id: str
    words: list[str]
    tags: list[str]
    spans: list[SpanRow]
    weights: NotRequired[list[float]]
    unflattened: NotRequired[list[Unflattened]]


class LedgerRow(TypedDict):
    """What became of one mention. ``span``: its half-open places, or fragments; None if none.

    Where the sentence was asked several times, ``vote`` is the reply's number from 0 and ``share`` the largest
    share of the replies that have one of the mention's places under its type (0 where it has none).
    """

    id: str
    type: str
    text: str
    outcome: str
    span: list[list[int]] | None
    vote: NotRequired[int]
    share: NotRequired[float]


class Prediction(TypedDict):
    """A student's tags, one a word, valid or not as IOB2: the argmax of each first subword."""

    id: str
    tags: list[str]


def text_of(sentence: Sentence) -> str:
    """The text of a sentence: its words joined by one space."""
    return " ".join(sentence["words"])


def sha256_text(text: str) -> str:
    """Hexadecimal sha256 of the UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def sha256_file(path: Path) -> str:
    """Hexadecimal sha256 of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def cache() -> Path:
    """The folder outside the repository that downloads and trained cells are kept in."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("TINYNER_CACHE") or Path(base) / "tinyner")


@contextmanager
def atomic(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears under ``path`` whole, when the block ends without an error, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with unfinished.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def line_of(row: Mapping[str, Any]) -> bytes:
    """A row as a line of JSON; half a surrogate pair, which UTF-8 can't hold, as an escape."""
    try:
        return json.dumps(row, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(row).encode() + b"\n"


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write JSON lines atomically; keys in the order given. No rows are a blank line: DVC warns of empty files."""
    lines = map(line_of, rows)
    with atomic(path) as file:
        file.write(next(lines, b"\n"))
        file.writelines(lines)


def write_json(path: Path, value: Any) -> None:
    """Write one JSON document atomically, indented, with a last newline."""
    with atomic(path) as file:
        file.write(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False).encode() + b"\n")


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file atomically; None is an empty field."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    with atomic(path) as file:
        file.write(text.getvalue().encode())


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a JSON lines file, each with its line number from 1; blank lines are skipped.

    Raises:
        UserError: naming file and line, where the file is missing, not UTF-8 or not JSON objects.
    """
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UserError(f"{path}:{number}: expected a JSON object, found {line.strip()[:40]!r} ({error})") from None
        if not isinstance(row, dict):
            raise UserError(f"{path}:{number}: expected a JSON object, found a {type(row).__name__}")
        yield number, row


def read_lines(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 file, a byte-order mark dropped, split at newlines only.

    Raises:
        UserError: naming file and line, where the file is missing or not UTF-8.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: can't be read: {error.strerror}") from None
    data = data.removeprefix(b"\xef\xbb\xbf")
    for number, line in enumerate(data.split(b"\n"), 1):
        try:
            yield line.decode()
        except UnicodeDecodeError as error:
            raise UserError(f"{path}:{number}: expected UTF-8 text, found the byte {line[error.start]:#04x}") from None


def load(path: str | Path) -> list[Any]:
    """All rows of one stage's output; their shape is what the stage that wrote it says."""
    return [row for _, row in read_rows(Path(path))]
