"""A server on loopback that behaves as OpenAI's Files and Batches API, and as badly as a test asks it to."""

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.annotate.workspace import KEY, completion, sentence_of

UPLOAD, CREATE, POLL = "POST /v1/files", "POST /v1/batches", "GET /v1/batches/{id}"
CONTENT, FILES, BATCHES = "GET /v1/files/{id}/content", "GET /v1/files", "GET /v1/batches"

# What becomes of a call, beside the usual (None).
ERROR = "500"
LOST = "done, but the connection is closed before the response"
CUT = "the response ends in the middle of its body"
STALL = "nothing is done, and nothing comes back until the client is gone"
STALL_AFTER = "done, but nothing comes back until the client is gone"

Json = dict[str, Any]
_STEPS = {"validating": "in_progress", "in_progress": "finalizing", "finalizing": "completed"}
_PAGE = 2  # of a list; the client has to turn pages


def answered(text: str | None, **usage: int) -> Json:
    """Return a result line's part on a reply."""
    body = json.loads(completion(text))
    body["usage"] |= usage
    return {"response": {"status_code": 200, "request_id": "req_1", "body": body}, "error": None}


def refused(status: int, message: str, code: str | None = None) -> Json:
    """Return a result line's part on a request that a model's endpoint refused."""
    body = {"error": {"message": message, "type": "some_error", "param": None, "code": code}}
    return {"response": {"status_code": status, "request_id": "req_1", "body": body}, "error": None}


EXPIRED: Json = {
    "response": None,
    "error": {
        "code": "batch_expired",
        "message": "This request could not be executed before the completion window expired.",
    },
}


class Provider:
    """The API's state; ``reply`` says what becomes of a sentence, given how often it was asked before."""

    def __init__(self) -> None:
        self.url = ""
        self.key = KEY
        self.reply: Callable[[str, int], Json] = lambda sentence, _: answered(f"Result: {{}} \u00e9\n{sentence}")
        self.garble: Callable[[bytes], bytes] = lambda content: content  # of an output or error file, as it is sent
        self.invalid: list[list[Json]] = []  # errors of the next batches, which so fail at validation
        self.queue: int | None = None  # requests that may be under way at once
        self.script: defaultdict[str, list[str | None]] = defaultdict(list)  # by route, what becomes of the next calls
        self.stalled = threading.Event()
        self.calls: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()  # sentences that were processed, whatever came out
        self.files: dict[str, Json] = {}
        self.contents: dict[str, bytes] = {}
        self.batches: dict[str, Json] = {}
        self.lock = threading.Lock()

    @property
    def uploads(self) -> list[bytes]:
        """The request files, in the order of their arrival."""
        return [self.contents[file["id"]] for file in self.files.values() if file["purpose"] == "batch"]

    @property
    def statuses(self) -> list[str]:
        """Of all batches, the oldest first."""
        return [batch["status"] for batch in self.batches.values()]

    def answer(self, route: str, name: str, query: dict[str, str], body: bytes, kind: str) -> tuple[int, bytes]:
        """Return status and body of a response."""
        if route == UPLOAD:
            return self._upload(body, kind)
        if route == FILES:
            purpose = query.get("purpose")
            return _page([file for file in self.files.values() if purpose in (None, file["purpose"])], query)
        if route == CONTENT:
            return (200, self.garble(self.contents[name])) if name in self.contents else _missing(name)
        if route == CREATE:
            return self._create(json.loads(body))
        if route == BATCHES:
            return _page(list(self.batches.values()), query)
        if route == POLL:
            return self._poll(self.batches[name]) if name in self.batches else _missing(name)
        if route == "POST /v1/chat/completions":
            response = self._processed(body)["response"]
            return response["status_code"], json.dumps(response["body"]).encode()
        return _missing(route)

    def _processed(self, body: bytes) -> Json:
        sentence = sentence_of(body)
        self.asked[sentence] += 1
        return self.reply(sentence, self.asked[sentence] - 1)

    def _upload(self, body: bytes, kind: str) -> tuple[int, bytes]:
        fields: dict[str, tuple[str, bytes]] = {}
        for part in body.split(b"--" + kind.partition("boundary=")[2].encode())[1:-1]:
            head, _, value = part.partition(b"\r\n\r\n")
            names = dict(pair.split("=", 1) for pair in head.decode().replace("\r\n", "; ").split("; ") if "=" in pair)
            fields[names["name"].strip('"')] = (names.get("filename", "").strip('"'), value.removesuffix(b"\r\n"))
        name, content = fields["file"]
        return 200, json.dumps(self._keep(name, fields["purpose"][1].decode(), content)).encode()

    def _keep(self, name: str, purpose: str, content: bytes) -> Json:
        file: Json = {
            "id": f"file-{len(self.files)}",
            "object": "file",
            "bytes": len(content),
            "created_at": len(self.files),
            "filename": name,
            "purpose": purpose,
            "status": "processed",
        }
        self.files[file["id"]], self.contents[file["id"]] = file, content
        return file

    def _create(self, body: Json) -> tuple[int, bytes]:
        if self.files.get(body["input_file_id"], {}).get("purpose") != "batch" or body["completion_window"] != "24h":
            return 400, b'{"error": {"message": "Invalid input_file_id or completion_window"}}'
        total = len(self.contents[body["input_file_id"]].splitlines())
        under_way = sum(
            batch["request_counts"]["total"] for batch in self.batches.values() if batch["status"] in _STEPS
        )
        errors = self.invalid.pop(0) if self.invalid else self._complaints(body)
        if self.queue is not None and under_way + total > self.queue:
            message = f"Enqueued token limit reached for m in organization org-1. Limit: {self.queue} enqueued tokens."
            errors = [{"code": "token_limit_exceeded", "line": None, "message": message, "param": None}]
        batch: Json = {
            "id": f"batch_{len(self.batches)}",
            "object": "batch",
            "status": "validating",
            "errors": None,
            "output_file_id": None,
            "error_file_id": None,
            "created_at": len(self.batches),
            "request_counts": {"total": total, "completed": 0, "failed": 0},
            "metadata": None,
        } | body
        self.batches[batch["id"]] = batch
        response = json.dumps(batch).encode()
        if errors:  # seen at the first poll
            batch |= {"status": "failed", "errors": {"object": "list", "data": errors}}
        return 200, response

    def _complaints(self, body: Json) -> list[Json]:
        """Return what OpenAI finds wrong with a request file."""
        complaints, names, lines = [], set(), self.contents[body["input_file_id"]].split(b"\n")
        for number, line in enumerate(lines[:-1] if not lines[-1] else lines, 1):
            row = json.loads(line)
            if set(row) != {"custom_id", "method", "url", "body"} or row["custom_id"] in names:
                complaints.append({"code": "invalid_request", "line": number, "message": "Invalid line", "param": None})
            elif (row["method"], row["url"]) != ("POST", body["endpoint"]):
                complaints.append(
                    {"code": "mismatched_endpoint", "line": number, "message": "Other url", "param": "url"}
                )
            names.add(row["custom_id"])
        return complaints

    def _poll(self, batch: Json) -> tuple[int, bytes]:
        batch["status"] = _STEPS.get(batch["status"], batch["status"])
        if batch["status"] == "completed" and batch["output_file_id"] is None and batch["error_file_id"] is None:
            self._finish(batch)
        return 200, json.dumps(batch).encode()

    def _finish(self, batch: Json) -> None:
        good, bad = b"", b""
        for number, line in enumerate(self.contents[batch["input_file_id"]].splitlines()):
            row = json.loads(line)
            result = self._processed(json.dumps(row["body"]).encode())
            answered_row = {"id": f"batch_req_{number}", "custom_id": row["custom_id"]} | result
            fine = result["response"] is not None and result["response"]["status_code"] == 200
            if result is EXPIRED:
                batch["status"] = "expired"
            batch["request_counts"]["completed" if fine else "failed"] += 1
            text = json.dumps(answered_row).encode() + b"\n"
            good, bad = (good + text, bad) if fine else (good, bad + text)
        for field, content in (("output_file_id", good), ("error_file_id", bad)):
            if content:
                batch[field] = self._keep(f"{batch['id']}_{field}.jsonl", "batch_output", content)["id"]


def _page(rows: list[Json], query: dict[str, str]) -> tuple[int, bytes]:
    rows = rows[::-1]  # the newest first
    ids = [row["id"] for row in rows]
    start = ids.index(query["after"]) + 1 if "after" in query else 0
    data = rows[start : start + min(_PAGE, int(query.get("limit", 20)))]
    more = start + len(data) < len(rows)
    return 200, json.dumps({"object": "list", "data": data, "has_more": more}).encode()


def _missing(name: str) -> tuple[int, bytes]:
    return 404, json.dumps({"error": {"message": f"No such object: {name}", "code": None}}).encode()


def _routed(method: str, path: str) -> tuple[str, str]:
    """Return the route, and the id in it."""
    parts = path.strip("/").split("/")
    name = parts[2] if len(parts) > 2 and parts[1] in ("files", "batches") else ""
    return f"{method} /{'/'.join('{id}' if name and at == 2 else part for at, part in enumerate(parts))}", name


@contextmanager
def serving() -> Iterator[Provider]:
    """Serve a provider."""
    provider = Provider()

    class Requests(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            url = urlsplit(self.path)
            route, name = _routed(self.command, url.path)
            query = {key: values[-1] for key, values in parse_qs(url.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with provider.lock:
                provider.calls[route] += 1
                fate = provider.script[route].pop(0) if provider.script[route] else None
                if self.headers["Authorization"] != f"Bearer {provider.key}":
                    error = {"error": {"message": f"Incorrect API key provided: {self.headers['Authorization']}"}}
                    status, answer = 401, json.dumps(error).encode()
                elif fate == ERROR:
                    status, answer = 500, b'{"error": {"message": "The server had an error"}}'
                elif fate != STALL:
                    kind = self.headers.get("Content-Type") or ""
                    status, answer = provider.answer(route, name, query, body, kind)
            if fate in (STALL, STALL_AFTER):
                provider.stalled.set()
                with suppress(OSError):
                    self.connection.recv(1)
            elif fate != LOST:
                self._send(status, answer, answer[: len(answer) // 2] if fate == CUT else answer)

        do_GET = do_POST  # noqa: N815, the name is http.server's

        def _send(self, status: int, answer: bytes, sent: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
    provider.url = f"http://127.0.0.1:{server.server_port}/v1"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
