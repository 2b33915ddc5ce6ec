"""A stand-in for the Hugging Face hub on loopback: what its client asks when a folder is uploaded or fetched."""

import base64
import hashlib
import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TOKEN = "hf_of_a_test"
COMMIT = "1" * 40
_LARGE = 10_000  # bytes from which on a file goes to large file storage


@dataclass
class Hub:
    """Repositories by name, each with its files; ``status``: what creating answers in place of success."""

    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    private: dict[str, bool] = field(default_factory=dict)
    large: dict[str, bytes] = field(default_factory=dict)
    status: int = 200
    cards: list[str] = field(default_factory=list)

    def answer(self, address: str, method: str, path: str, body: bytes) -> tuple[int, Any]:
        """Return status and content, as JSON, of a request."""
        if path == "/api/repos/create":
            return self._create(address, json.loads(body))
        if path == "/api/validate-yaml":
            self.cards.append(json.loads(body)["content"])
            return 200, {"errors": [], "warnings": []}
        if match := re.fullmatch(r"/api/models/(.+)/preupload/main", path):
            sizes = {row["path"]: row["size"] for row in json.loads(body)["files"]}
            rows = [{"path": name, "uploadMode": _mode(size), "shouldIgnore": False} for name, size in sizes.items()]
            return 200, {"files": rows}
        if re.fullmatch(r"/(.+)\.git/info/lfs/objects/batch", path):
            rows = json.loads(body)["objects"]
            for row in rows:
                row["actions"] = {"upload": {"href": f"{address}/storage/{row['oid']}"}}
            return 200, {"transfer": "basic", "objects": rows}
        if method == "PUT" and (match := re.fullmatch(r"/storage/(.+)", path)):
            self.large[match[1]] = body
            return 200, {}
        if match := re.fullmatch(r"/api/models/(.+)/commit/main", path):
            for line in body.splitlines():
                self._add(match[1], json.loads(line))
            return 200, {"commitUrl": f"{address}/{match[1]}/commit/1", "commitOid": "1" * 40, "hookOutput": ""}
        if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)(/revision/[^/]+)?", path):
            name = match[1]
            if name not in self.files:
                return 404, {"error": "Repository not found"}
            siblings = [{"rfilename": file} for file in self.files[name]]
            return 200, {"id": name, "private": self.private[name], "siblings": siblings, "sha": COMMIT}
        if match := re.fullmatch(rf"/api/models/([^/]+/[^/]+)/tree/{COMMIT}", path):
            files = self.files[match[1]].items()
            return 200, [{"type": "file", "path": name, "size": len(data), "oid": "2" * 40} for name, data in files]
        return 404, {"error": f"{method} {path}"}

    def file(self, path: str) -> bytes | None:
        """Return the content of a file by the path that it is fetched by; None where there is none."""
        match = re.fullmatch(rf"/([^/]+/[^/]+)/resolve/{COMMIT}/(.+)", path)
        return self.files.get(match[1], {}).get(match[2]) if match else None

    def _create(self, address: str, body: dict[str, Any]) -> tuple[int, Any]:
        if self.status != 200:
            return self.status, {"error": "You don't have the rights to create a model under this namespace"}
        name = f"{body['organization']}/{body['name']}"
        if name in self.files:
            return 409, {"error": "You already created this model repo", "url": f"{address}/{name}"}
        self.files[name], self.private[name] = {}, body.get("visibility") == "private"
        return 200, {"url": f"{address}/{name}", "name": name}

    def _add(self, name: str, line: dict[str, Any]) -> None:
        value = line["value"]
        if line["key"] == "file":
            self.files[name][value["path"]] = base64.b64decode(value["content"])
        elif line["key"] == "lfsFile":
            content = self.large[value["oid"]]
            assert (hashlib.sha256(content).hexdigest(), len(content)) == (value["oid"], value["size"])
            self.files[name][value["path"]] = content


def _mode(size: int) -> str:
    return "lfs" if size > _LARGE else "regular"


def requests_of(hub: Hub) -> type[BaseHTTPRequestHandler]:
    """Return the handler of a server that is this hub."""

    class Requests(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            body = _body_of(self.headers.get("Transfer-Encoding"), self.headers.get("Content-Length"), self.rfile.read)
            address = f"http://{self.headers['Host']}"
            path = self.path.partition("?")[0]
            is_allowed = path.startswith("/storage/") or self.headers.get("Authorization") == f"Bearer {TOKEN}"
            file = hub.file(path) if is_allowed else None
            if file is not None:
                self._send(200, file, {"ETag": f'"{hashlib.sha256(file).hexdigest()}"', "X-Repo-Commit": COMMIT})
                return
            status, content = hub.answer(address, self.command, path, body) if is_allowed else (401, {"error": "token"})
            self._send(status, json.dumps(content).encode(), {"Content-Type": "application/json"})

        def _send(self, status: int, data: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        do_GET = do_HEAD = do_POST = do_PUT = _do  # noqa: N815, the names are http.server's

        def log_message(self, *args: object) -> None:
            pass

    return Requests


@contextmanager
def serving(hub: Hub) -> Iterator[str]:
    """Serve a hub, and give its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), requests_of(hub))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def settings(address: str, home: Path, token: str = TOKEN) -> dict[str, str]:
    """Return the environment of a process whose client asks a hub; it reads its settings when it is imported."""
    of_hub = {"HF_ENDPOINT": address, "HF_TOKEN": token, "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1"}
    return {**os.environ, **of_hub, "HF_HOME": str(home), "HF_HUB_DISABLE_PROGRESS_BARS": "1"}


def _body_of(encoding: str | None, length: str | None, read: Callable[[int], bytes]) -> bytes:
    if encoding != "chunked":
        return read(int(length or 0))
    parts = []
    while True:
        line = b""
        while not line.endswith(b"\r\n"):
            line += read(1)
        size = int(line, 16)
        parts.append(read(size))
        read(2)
        if not size:
            return b"".join(parts)
