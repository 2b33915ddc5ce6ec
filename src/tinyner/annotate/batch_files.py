"""The Batch API's files: requests written within the provider's limits, results read in whatever state they come.

A request line is ``{"custom_id", "method", "url", "body"}``, a result line ``{"custom_id", "response":
{"status_code", "body"}, "error"}``; `vllm run-batch` and others read and write the same.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from tinyner.annotate.client import NO_MONEY, UNANSWERABLE, Fault, answer_of, key_of, told_of
from tinyner.annotate.costs import cost_of
from tinyner.annotate.requests import Answer, Place, Plan, Question
from tinyner.annotate.store import Key
from tinyner.errors import UserError
from tinyner.files import atomic, line_of, load, write_rows
from tinyner.params import Batch

URL: Final = "/v1/chat/completions"


@dataclass
class Collected:
    """What result files held."""

    replies: int = 0
    unknown: int = 0  # ids that were never asked, or lines that are none
    repeated: int = 0  # ids that had a reply already
    faults: Counter[str] = field(default_factory=Counter)
    passing: int = 0  # of the faults: worth another try
    final: set[Key] = field(default_factory=set)  # whose faults are not
    last: Fault | None = None  # or a fatal one, where there was any

    def fail(self, place: Place, fault: Fault) -> None:
        """Count a fault."""
        self.faults[fault.kind] += 1
        self.passing += fault.passing
        if not fault.passing:
            self.final.add(place.key)
        self.last = self.last if self.last and self.last.fatal else fault

    def add(self, other: "Collected") -> None:
        """Count what another file held, too."""
        self.replies += other.replies
        self.unknown += other.unknown
        self.repeated += other.repeated
        self.faults += other.faults
        self.passing += other.passing
        self.final |= other.final
        self.last = self.last if self.last and self.last.fatal else other.last or self.last


def split(plan: Plan, questions: Sequence[Question], limits: Batch) -> Iterator[tuple[list[Question], bytes]]:
    """The questions in parts, each with its request file's bytes, none larger than the limits allow.

    Raises:
        UserError: where one request alone is larger.
    """
    part: list[Question] = []
    lines: list[bytes] = []
    size = 0
    for question in questions:
        body = plan.target.body(question)
        line = line_of({"custom_id": question.place.custom_id, "method": "POST", "url": URL, "body": body})
        if len(line) > limits.max_bytes:
            raise UserError(
                f"annotate.batch.max_bytes: {limits.max_bytes}, and the request of {question.id} alone has {len(line)}"
            )
        if part and (len(part) == limits.max_requests or size + len(line) > limits.max_bytes):
            yield part, b"".join(lines)
            part, lines, size = [], [], 0
        part.append(question)
        lines.append(line)
        size += len(line)
    if part:
        yield part, b"".join(lines)


def write(folder: Path, part: Sequence[Question], content: bytes, worst: Callable[[str], float]) -> Path:
    """A request file, named after what is in it; beside it, as .places.jsonl, where each reply goes.

    Raises:
        UserError: where that can't be done.
    """
    path = folder / f"{hashlib.sha256(content).hexdigest()[:16]}.requests.jsonl"
    try:
        rows = [{**asdict(question.place), "worst_usd": worst(question.text)} for question in part]
        write_rows(_places(path), rows)  # first, so that no request file is without
        with atomic(path) as file:
            file.write(content)
    except OSError as error:
        raise UserError(f"{path}: can't be written: {error.strerror}; see TINYNER_REPLIES") from None
    return path


def _places(path: Path) -> Path:
    return path.with_name(f"{path.name[:16]}.places.jsonl")


def places(path: Path) -> dict[str, tuple[Place, float]]:
    """By custom_id, where each reply to a request file goes, and what it may cost; ``path``: named as the file begins.

    Raises:
        UserError: where there is no such request file.
    """
    if not _places(path).exists():
        raise UserError(f"{path}: its name should begin as its request file's: <16 digits>.results.jsonl")
    found: dict[str, tuple[Place, float]] = {}
    for row in load(_places(path)):
        place = Place(**{name: value for name, value in row.items() if name != "worst_usd"})
        found[place.custom_id] = (place, row["worst_usd"])
    return found


def collect(plan: Plan, path: Path) -> Collected:
    """Put the replies of a result file into the store: in any order, each once, a line cut off at the end passed over.

    The file's name begins as its request file's, whose places may be of another prompt than the plan's.

    Raises:
        UserError: where it is the result of no request file that is here.
    """
    known = places(path)
    for scope in {place.scope for place, _ in known.values()} - set(plan.scopes()):  # the plan's own are open
        plan.store.open(scope)
    found, key = Collected(), key_of(plan.target.annotator)
    with path.open("rb") as file:
        for line in filter(bytes.strip, file):
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                row = None
            name = row.get("custom_id") if isinstance(row, dict) else None
            if not isinstance(name, str) or name not in known:
                found.unknown += 1
                continue
            place, worst = known[name]
            result = _result(row)
            if plan.store.get(place.key) is not None:
                found.repeated += 1
            elif isinstance(result, Fault):
                found.fail(place, result)
                if result.billed and worst:
                    plan.store.lose(place.scope, place.key, worst, result.kind, f"{path.name} {name}")
            else:
                result = result.without(key)
                usd = cost_of(plan.target.annotator, result, worst, batch=True)
                plan.store.put(place.scope, place.reply(plan.target.identity, result, usd))
                found.replies += 1
    return found


def _result(row: Mapping[str, Any]) -> Answer | Fault:
    """The answer of one line, or what became of it."""
    response, error = row.get("response"), row.get("error")
    response = response if isinstance(response, dict) else {}
    body, status = response.get("body"), response.get("status_code")
    if status == 200 and isinstance(body, dict):
        return answer_of(body)
    told = told_of(error) or told_of(body)
    code = next((one for one in (told.get("code"), told.get("type")) if isinstance(one, str)), "")
    message = str(told.get("message") or code or "no message")
    if code in UNANSWERABLE:
        return Answer("", code)
    fatal = status in (401, 402, 403, 404) or code in NO_MONEY
    passing = not fatal and not (status in range(400, 500) and status not in (408, 409, 425, 429))
    what = f"HTTP {status}" if status is not None else "not run"  # since the batch expired, say
    return Fault(code or what, f"{what}: {message}", passing=passing, fatal=fatal)
