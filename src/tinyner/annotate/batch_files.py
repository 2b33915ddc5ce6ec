"""The Batch API's files: requests written within the provider's limits, and results, which may be damaged.

A request line is ``{"custom_id", "method", "url", "body"}``, a result line ``{"custom_id", "response":
{"status_code", "body"}, "error"}``; `vllm run-batch` and others read and write the same. A request file is
<16 hexadecimal digits>.requests.jsonl, its digits those of its sha256; the names of its other files begin with
the same digits.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from tinyner.annotate.answers import NO_MONEY, UNANSWERABLE, Answer, Fault, answer_of, error_fields
from tinyner.annotate.client import api_key
from tinyner.annotate.costs import cost_of
from tinyner.annotate.reply_rows import ReplyKey
from tinyner.annotate.requests import Request, RequestPlan, RequestRef
from tinyner.errors import UserError
from tinyner.files import atomic, line_of
from tinyner.params import Batch
from tinyner.sealed_rows import FIELD, DamageError, read_line, sealed

URL: Final = "/v1/chat/completions"
CURE: Final = (
    "restore it from a backup, or delete all files beside it that begin with its 16 digits to give the batch up, "
    "and perhaps pay twice for what it holds"
)
"""What to do where a file of a batch is damaged."""


@dataclass
class Collected:
    """Counts of the results in files."""

    replies: int = 0
    unknown: int = 0  # lines that are no result, or have an id that no request of the file has
    repeated: int = 0  # results of requests that have a reply already
    faults: Counter[str] = field(default_factory=Counter)  # by kind
    transient: int = 0  # faults that are worth another try
    final: set[ReplyKey] = field(default_factory=set)  # requests whose faults are not worth another try
    last_fault: Fault | None = None  # or a fatal one, if there was any

    def add_fault(self, ref: RequestRef, fault: Fault) -> None:
        """Count the fault of a request."""
        self.faults[fault.kind] += 1
        self.transient += fault.transient
        if not fault.transient:
            self.final.add(ref.key)
        self.last_fault = self.last_fault if self.last_fault and self.last_fault.fatal else fault

    def add(self, other: "Collected") -> None:
        """Add what another file held."""
        self.replies += other.replies
        self.unknown += other.unknown
        self.repeated += other.repeated
        self.faults += other.faults
        self.transient += other.transient
        self.final |= other.final
        has_fatal = self.last_fault and self.last_fault.fatal
        self.last_fault = self.last_fault if has_fatal else other.last_fault or self.last_fault

    def summary(self) -> str:
        """Return the counts for people, those of zero left out."""
        counts: dict[str, Any] = {
            "failed": ", ".join(f"{count} {kind}" for kind, count in self.faults.most_common()),
            "repeated": self.repeated,
            "of no request": self.unknown,
        }
        return f"{self.replies} replies" + "".join(f"; {name}: {value}" for name, value in counts.items() if value)


def split(plan: RequestPlan, requests: Sequence[Request], limits: Batch) -> Iterator[tuple[list[Request], bytes]]:
    """Yield the requests in parts, each with its request file's bytes, none larger than the limits allow.

    Raises:
        UserError: where one request alone is larger.
    """
    part: list[Request] = []
    lines: list[bytes] = []
    size = 0
    for request in requests:
        body = plan.endpoint.body(request)
        line = line_of({"custom_id": request.ref.custom_id, "method": "POST", "url": URL, "body": body})
        if len(line) > limits.max_bytes:
            sentence_id = request.sentence["id"]
            raise UserError(
                f"annotate.batch.max_bytes: {limits.max_bytes}, and the request of {sentence_id} alone has {len(line)}"
            )
        if part and (len(part) == limits.max_requests or size + len(line) > limits.max_bytes):
            yield part, b"".join(lines)
            part, lines, size = [], [], 0
        part.append(request)
        lines.append(line)
        size += len(line)
    if part:
        yield part, b"".join(lines)


def write(folder: Path, part: Sequence[Request], content: bytes, worst_usd: Callable[[str], float]) -> Path:
    """Write a request file, and beside it .places.jsonl, which says which request each line is; return its path.

    Args:
        folder: of the annotator's batches.
        part: the requests in the file.
        content: the file's bytes.
        worst_usd: the most that a prompt and its reply may cost.

    Raises:
        UserError: where that can't be done.
    """
    path = folder / f"{hashlib.sha256(content).hexdigest()[:16]}.requests.jsonl"
    try:
        rows = [{**asdict(request.ref), "worst_usd": worst_usd(request.text)} for request in part]
        with atomic(refs_path(path)) as file:  # first, so that no request file is without
            file.writelines(sealed(row) + b"\n" for row in rows)
        with atomic(path) as file:
            file.write(content)
    except OSError as error:
        raise UserError(f"{path}: can't be written: {error.strerror}; see TINYNER_REPLIES") from None
    return path


def refs_path(path: Path) -> Path:
    """Return the file that says which request each line of a request file is, from any file that begins as it does."""
    return path.with_name(f"{path.name[:16]}.places.jsonl")


def read_refs(path: Path) -> dict[str, tuple[RequestRef, float]]:
    """Return the requests of a request file by custom_id, each with the US dollars that it may cost.

    Args:
        path: any file whose name begins as the request file's.

    Raises:
        UserError: where there is no such request file, or what is known of its lines is damaged.
    """
    places = refs_path(path)
    if not places.exists():
        raise UserError(f"{path}: its name should begin as its request file's: <16 digits>.results.jsonl")
    refs: dict[str, tuple[RequestRef, float]] = {}
    lines = places.read_bytes().split(b"\n")
    has_checksums = FIELD in lines[0]  # else it is as tinyner wrote it before
    for number, line in enumerate(lines, 1):
        if line:
            try:
                row = read_line(line, needs_checksum=has_checksums)
                worst_usd = float(row.pop("worst_usd"))
                ref = RequestRef(**row)
            except (DamageError, KeyError, TypeError, ValueError) as error:
                why = str(error) if isinstance(error, DamageError) else "is no row of such a file"
                raise UserError(f"{places}:{number}: {why}; {CURE}") from None
            refs[ref.custom_id] = (ref, worst_usd)
    return refs


def read_requests(path: Path) -> bytes:
    """Return the content of a request file.

    Raises:
        UserError: where it is not the one whose sha256 is in its name: replies to it would be to other prompts.
    """
    content = path.read_bytes()
    if not path.name.startswith(hashlib.sha256(content).hexdigest()[:16]):
        raise UserError(f"{path}: was changed after it was written, so it may ask something else; {CURE}")
    return content


def collect(plan: RequestPlan, path: Path) -> Collected:
    """Put the replies of a result file into the store, each once; lines may be in any order, or damaged.

    The file's name begins with the digits of its request file. The requests there may be of another prompt than
    those of the plan.

    Raises:
        UserError: where there is no such request file.
    """
    refs = read_refs(path)
    for scope in {ref.scope for ref, _ in refs.values()} - set(plan.scopes()):  # the plan's are open
        plan.store.open(scope)
    collected, key = Collected(), api_key(plan.endpoint.annotator)
    with path.open("rb") as file:
        for line in filter(bytes.strip, file):
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                row = None
            custom_id = row.get("custom_id") if isinstance(row, dict) else None
            if not isinstance(custom_id, str) or custom_id not in refs:
                collected.unknown += 1
                continue
            ref, worst_usd = refs[custom_id]
            result = _result(row)
            if plan.store.get(ref.key) is not None:
                collected.repeated += 1
            elif isinstance(result, Fault):
                collected.add_fault(ref, result)
                if result.billed and worst_usd:
                    plan.store.record_lost(ref.scope, ref.key, worst_usd, result.kind, f"{path.name} {custom_id}")
            else:
                result = result.redacted(key)
                usd = cost_of(plan.endpoint.annotator, result, worst_usd, batch=True)
                plan.store.put(ref.scope, ref.reply(plan.endpoint.identity, result, usd))
                collected.replies += 1
    return collected


def _result(row: Mapping[str, Any]) -> Answer | Fault:
    """Return the answer or the fault in a result line."""
    response, error = row.get("response"), row.get("error")
    response = response if isinstance(response, dict) else {}
    body, status = response.get("body"), response.get("status_code")
    if status == 200 and isinstance(body, dict):
        return answer_of(body)
    fields = error_fields(error) or error_fields(body)
    code = next((value for value in (fields.get("code"), fields.get("type")) if isinstance(value, str)), "")
    message = str(fields.get("message") or code or "no message")
    if code in UNANSWERABLE:
        return Answer("", code)
    fatal = status in (401, 402, 403, 404) or code in NO_MONEY
    transient = not fatal and not (status in range(400, 500) and status not in (408, 409, 425, 429))
    outcome = f"HTTP {status}" if status is not None else "not run"  # since the batch expired, say
    return Fault(code or outcome, f"{outcome}: {message}", transient=transient, fatal=fatal)
