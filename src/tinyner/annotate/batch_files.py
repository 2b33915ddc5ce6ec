"""The Batch API's files: requests written within the provider's limits, results read whatever their state.

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
from tinyner.annotate.requests import Request, RequestPlan, RequestRef
from tinyner.annotate.store import ReplyKey
from tinyner.errors import UserError
from tinyner.files import atomic, line_of, load, write_rows
from tinyner.params import Batch

URL: Final = "/v1/chat/completions"


@dataclass
class Collected:
    """What result files held."""

    replies: int = 0
    unknown: int = 0  # lines whose id is of no request of the file, or that are no result
    repeated: int = 0  # results of requests that have a reply already
    faults: Counter[str] = field(default_factory=Counter)  # by kind
    transient: int = 0  # faults that are worth another try
    final: set[ReplyKey] = field(default_factory=set)  # requests whose faults are not
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
        write_rows(_refs_path(path), rows)  # first, so that no request file is without
        with atomic(path) as file:
            file.write(content)
    except OSError as error:
        raise UserError(f"{path}: can't be written: {error.strerror}; see TINYNER_REPLIES") from None
    return path


def _refs_path(path: Path) -> Path:
    return path.with_name(f"{path.name[:16]}.places.jsonl")


def read_refs(path: Path) -> dict[str, tuple[RequestRef, float]]:
    """Return the requests of a request file by custom_id, each with the US dollars that it may cost.

    Args:
        path: any file whose name begins as the request file's.

    Raises:
        UserError: where there is no such request file.
    """
    if not _refs_path(path).exists():
        raise UserError(f"{path}: its name should begin as its request file's: <16 digits>.results.jsonl")
    refs: dict[str, tuple[RequestRef, float]] = {}
    for row in load(_refs_path(path)):
        ref = RequestRef(**{name: value for name, value in row.items() if name != "worst_usd"})
        refs[ref.custom_id] = (ref, row["worst_usd"])
    return refs


def collect(plan: RequestPlan, path: Path) -> Collected:
    """Put the replies of a result file into the store: in any order, each once, a line that was cut off skipped.

    The file's name begins as its request file's, whose requests may be of another prompt than the plan's.

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
