"""An LLM's endpoint on loopback, with the Files and Batches API, that counts what each sentence was asked.

A reply says what a sentence's words are by their case, so the same sentence has the same reply.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]
LATENCY = 0.03  # seconds for a chat completion
_STEPS = {"validating": "in_progress", "in_progress": "completed"}


def answer(messages: list[Json]) -> Json:
    """Return the completion of a prompt, whose last line has the sentence."""
    names = [word for word in sentence_of(messages).split() if word.istitle()]
    entities = {"PER": names[:1], "LOC": names[1:2]}
    message = {"role": "assistant", "content": f"Result: {json.dumps(entities)}"}
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9},
    }


def sentence_of(messages: list[Json]) -> str:
    """Return the sentence that a prompt asks for."""
    text: str = messages[-1]["content"]
    return text.rstrip("\n").rpartition("Sentence: ")[2]


class Provider:
    """What a server has seen and keeps. ``on_call``, where it is set, is called with the number of each call."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.url = ""
        self.lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget all."""
        with self.lock:
            self.on_call: Callable[[int], None] | None = None
            self.asked: Counter[str] = Counter()  # sentences that were processed, whatever became of the answer
            self.calls = 0
            self.files: dict[str, Json] = {}
            self.contents: dict[str, bytes] = {}
            self.batches: dict[str, Json] = {}

    def respond(self, method: str, path: str, body: bytes, kind: str) -> tuple[int, bytes]:
        """Return status and body of a response."""
        if path.endswith("/chat/completions"):
            time.sleep(LATENCY)
            return 200, json.dumps(self._process(json.loads(body)["messages"])).encode()
        with self.lock:
            _, _, resource, *name = path.split("/")
            if method == "GET" and not name:
                rows = [*(self.files if resource == "files" else self.batches).values()][::-1]
                return 200, json.dumps({"object": "list", "data": rows, "has_more": False}).encode()
            if resource == "files":
                return self._upload(body, kind) if method == "POST" else (200, self.contents[name[0]])
        return self._create(json.loads(body)) if method == "POST" else self._poll(name[0])

    def _process(self, messages: list[Json]) -> Json:
        with self.lock:
            self.asked[sentence_of(messages)] += 1
        return answer(messages)

    def _upload(self, body: bytes, kind: str) -> tuple[int, bytes]:
        fields: dict[str, tuple[str, bytes]] = {}
        for part in body.split(b"--" + kind.partition("boundary=")[2].encode())[1:-1]:
            head, _, value = part.partition(b"\r\n\r\n")
            names = dict(pair.split("=", 1) for pair in head.decode().replace("\r\n", "; ").split("; ") if "=" in pair)
            fields[names["name"].strip('"')] = (names.get("filename", "").strip('"'), value.removesuffix(b"\r\n"))
        return 200, json.dumps(self._keep(*fields["file"], "batch")).encode()

    def _keep(self, name: str, content: bytes, purpose: str) -> Json:
        number = len(self.files)
        row = {"id": f"file-{number}", "object": "file", "bytes": len(content), "created_at": number}
        row |= {"filename": name, "purpose": purpose, "status": "processed"}
        self.files[f"file-{number}"], self.contents[f"file-{number}"] = row, content
        return row

    def _create(self, body: Json) -> tuple[int, bytes]:
        with self.lock:
            total, number = len(self.contents[body["input_file_id"]].splitlines()), len(self.batches)
            batch: Json = {
                "id": f"batch_{number}",
                "object": "batch",
                "status": "validating",
                "created_at": number,
            } | body
            batch |= {"errors": None, "output_file_id": None, "error_file_id": None}
            batch["request_counts"] = {"total": total, "completed": 0, "failed": 0}
            self.batches[batch["id"]] = batch
        for line in self.contents[body["input_file_id"]].splitlines():  # paid for from now on
            self._process(json.loads(line)["body"]["messages"])
        return 200, json.dumps(batch).encode()

    def _poll(self, name: str) -> tuple[int, bytes]:
        with self.lock:
            batch = self.batches[name]
            batch["status"] = _STEPS.get(batch["status"], batch["status"])
            if batch["status"] == "completed" and batch["output_file_id"] is None:
                rows = [json.loads(line) for line in self.contents[batch["input_file_id"]].splitlines()]
                results = b"".join(
                    json.dumps(
                        {
                            "id": "1",
                            "custom_id": row["custom_id"],
                            "response": {"status_code": 200, "body": answer(row["body"]["messages"])},
                            "error": None,
                        }
                    ).encode()
                    + b"\n"
                    for row in rows
                )
                batch["output_file_id"] = self._keep(f"{name}.jsonl", results, "batch_output")["id"]
                batch["request_counts"]["completed"] = len(rows)
            return 200, json.dumps(batch).encode()


@contextmanager
def serving() -> Iterator[Provider]:
    """Serve a provider, in threads of this process."""
    provider = Provider()

    class Requests(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with provider.lock:
                provider.calls += 1
                number, on_call = provider.calls, provider.on_call
            kind = self.headers.get("Content-Type") or ""
            status, content = provider.respond(self.command, urlsplit(self.path).path, body, kind)
            if on_call is not None:
                on_call(number)
            with suppress(OSError):  # the client may be gone
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        do_GET = do_POST  # noqa: N815, the name is http.server's

        def log_message(self, *args: object) -> None:
            """Print nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *_: object) -> None:
            """Print nothing: the client was killed."""

    server = Server(("127.0.0.1", 0), Requests)
    provider.url = f"http://127.0.0.1:{server.server_port}/v1"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
