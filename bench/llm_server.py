"""A server that answers as an LLM's endpoint would, after a latency: ``python bench/llm_server.py TASK``.

It runs in a process of its own, so that its CPU does not count as a client's. TASK is a JSON list: the latency in
seconds, the limit in requests a second or null, and the text of each reply.
"""

import asyncio
import json
import math
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MODEL = "gpt-4.1-mini"
PROBE = 400  # bytes; a shorter request is no sentence's: some tools ask something first
RESULT = 'Result: {"LOC": ["Paris"], "PER": ["Someone"]}'


@dataclass
class Server:
    """An endpoint with a latency, and maybe a limit: a bucket of one second's requests, stated as a limit a minute."""

    latency: float
    rate: float | None
    body: bytes
    counts: dict[str, Any] = field(default_factory=lambda: {"requests": 0, "answered": 0, "refused": 0, "late": 0})
    most: int = 0  # requests in flight at once
    in_flight: int = 0
    client_pid: int = 0
    first: float | None = None  # when the first request arrived
    last: float = 0.0  # when the last answer went out
    learned: float = math.inf  # a second after the first answer: a client knows the limit by then
    level: float = 0.0  # of the bucket, in requests
    minute: float = 0.0  # requests that are left of the limit a minute
    filled_at: float = 0.0

    def take(self) -> bool:
        """Take a request from the bucket, and return whether there was one."""
        if not self.rate:
            return True
        now = time.monotonic()
        self.level = min(self.rate, self.level + (now - self.filled_at) * self.rate)
        self.minute = min(60 * self.rate, self.minute + (now - self.filled_at) * self.rate)
        self.filled_at = now
        if self.level < 1:
            return False
        self.level -= 1
        self.minute -= 1
        return True

    def limit_headers(self) -> bytes:
        """Return the headers that state the limit, as OpenAI sends them."""
        if not self.rate:
            return b""
        limit = 60 * self.rate
        return (
            b"x-ratelimit-limit-requests: %d\r\nx-ratelimit-remaining-requests: %d\r\n"
            b"x-ratelimit-reset-requests: %.3fs\r\n" % (limit, self.minute, (limit - self.minute) / self.rate)
        )

    def stats(self) -> dict[str, Any]:
        """Return what was counted so far."""
        return {**self.counts, "most": self.most, "first": self.first, "last": self.last}


class Connection(asyncio.Protocol):
    """HTTP/1.1, one request after another, at little cost: nothing is parsed but where a request ends."""

    def __init__(self, server: Server) -> None:
        """Serve a connection."""
        self.server, self.data = server, b""

    def connection_made(self, transport: Any) -> None:
        """Keep the transport."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Collect a request until it is whole."""
        self.data += data
        head, end, body = self.data.partition(b"\r\n\r\n")
        if not end:
            return
        lines = head.lower().split(b"\r\n")
        size = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        if len(body) >= size:
            self.data = b""
            self.handle(head, size)

    def handle(self, head: bytes, size: int) -> None:
        """Answer later, or refuse at once."""
        server = self.server
        if head.startswith(b"GET /watch/"):
            server.client_pid = int(head.split()[1][7:])
            self.send(200, b"", b"{}")
            return
        if head.startswith(b"GET /stats"):
            self.send(200, b"", json.dumps(server.stats()).encode())
            return
        if size < PROBE:
            self.send(200, server.limit_headers(), server.body)
            return
        now = time.monotonic()
        if server.first is None:
            server.first, server.counts["cpu"] = now, cpu_of(server.client_pid)
        server.counts["requests"] += 1
        if not server.take():
            server.counts["refused"] += 1
            server.counts["late"] += now > server.learned
            error = {"message": "Rate limit reached for requests", "type": "requests", "code": "rate_limit_exceeded"}
            self.send(429, server.limit_headers() + b"Retry-After: 1\r\n", json.dumps({"error": error}).encode())
            return
        server.in_flight += 1
        server.most = max(server.most, server.in_flight)
        delay = server.latency * random.uniform(0.8, 1.2)
        asyncio.get_running_loop().call_later(delay, self.answer, server.limit_headers())

    def answer(self, limit_headers: bytes) -> None:
        """Send the reply."""
        server = self.server
        self.send(200, limit_headers, server.body)
        server.in_flight -= 1
        server.counts["answered"] += 1
        server.last = time.monotonic()
        server.learned = min(server.learned, server.last + 1.0)

    def send(self, status: int, headers: bytes, body: bytes) -> None:
        """Send a response."""
        if not self.transport.is_closing():
            reason = b"OK" if status == 200 else b"Too Many Requests"
            self.transport.write(
                b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s"
                % (status, reason, len(body), headers, body)
            )


async def serve(latency: float, rate: float | None, content: str) -> None:
    """Serve until killed; the first line printed is the port."""
    random.seed(0)
    message = {"role": "assistant", "content": content}
    answer = {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 500, "completion_tokens": 30, "total_tokens": 530},
    }
    server = Server(latency, rate, json.dumps(answer).encode())
    server.level, server.minute, server.filled_at = rate or 0.0, 60 * (rate or 0.0), time.monotonic()
    listening = await asyncio.get_running_loop().create_server(lambda: Connection(server), "127.0.0.1", 0, backlog=2048)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


def cpu_of(pid: int) -> float:
    """Return the seconds of CPU that a process and all under it have taken so far."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK") + sum(map(cpu_of, children))


@contextmanager
def served(latency: float, rate: float | None, content: str = RESULT) -> Iterator[str]:
    """Start a server in another process; its address."""
    task = json.dumps([latency, rate, content])
    process = subprocess.Popen([sys.executable, str(Path(__file__).resolve()), task], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.communicate()


if __name__ == "__main__":
    asyncio.run(serve(*json.loads(sys.argv[1])))
