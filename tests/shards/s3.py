"""A stand-in for an object store on loopback: as much of S3's HTTP interface as s3fs uses for small files."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

_TIME = "2026-01-02T03:04:05.000Z"


@dataclass(frozen=True)
class Store:
    """Where it is, and what it holds by bucket and key."""

    url: str
    objects: dict[str, bytes]


def _tag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


@contextmanager
def object_store() -> Iterator[Store]:
    """Serve an empty store."""
    objects: dict[str, bytes] = {}

    class Requests(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self, status: int, content: bytes = b"", **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            if "Content_Length" not in headers:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _key(self) -> tuple[str, dict[str, list[str]]]:
            parts = urlsplit(self.path)
            return unquote(parts.path).strip("/"), parse_qs(parts.query, keep_blank_values=True)

        def do_HEAD(self) -> None:
            key, _ = self._key()
            content = objects.get(key)
            if content is None:
                self._answer(404)
            else:
                self._answer(200, Content_Length=str(len(content)), ETag=_tag(content))

        def do_GET(self) -> None:
            key, query = self._key()
            if "list-type" in query:
                self._list(key, query)
            elif key in objects:
                self._answer(200, objects[key], ETag=_tag(objects[key]))
            else:
                self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

        def _list(self, name: str, query: dict[str, list[str]]) -> None:
            prefix, parted = query.get("prefix", [""])[0], query.get("delimiter", [""])[0]
            keys = sorted(key.removeprefix(f"{name}/") for key in objects if key.startswith(f"{name}/{prefix}"))
            folders: dict[str, None] = {}
            rows = []
            for key in keys:
                head, separator, _ = key[len(prefix) :].partition(parted) if parted else (key, "", "")
                if separator:
                    folders[prefix + head + separator] = None
                    continue
                content = objects[f"{name}/{key}"]
                rows.append(
                    f"<Contents><Key>{escape(key)}</Key><Size>{len(content)}</Size><ETag>{escape(_tag(content))}</ETag>"
                    f"<LastModified>{_TIME}</LastModified></Contents>"
                )
            rows += [f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>" for folder in folders]
            listing = f"<ListBucketResult><IsTruncated>false</IsTruncated>{''.join(rows)}</ListBucketResult>"
            self._answer(200, listing.encode())

        def do_PUT(self) -> None:
            key, _ = self._key()
            if "x-amz-copy-source" in self.headers:
                content = objects[unquote(self.headers["x-amz-copy-source"]).strip("/")]
                objects[key] = content
                self._answer(200, f"<CopyObjectResult><ETag>{escape(_tag(content))}</ETag></CopyObjectResult>".encode())
                return
            content = self._body()
            objects[key] = content
            self._answer(200, ETag=_tag(content))

        def _body(self) -> bytes:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if "aws-chunked" not in self.headers.get("Content-Encoding", ""):
                return body
            content = b""
            while body:
                size, _, rest = body.partition(b"\r\n")
                length = int(size.split(b";")[0], 16)
                content += rest[:length]
                body = rest[length + 2 :] if length else b""
            return content

        def do_DELETE(self) -> None:
            key, _ = self._key()
            objects.pop(key, None)
            self._answer(204)

        def do_POST(self) -> None:
            key, query = self._key()
            assert "delete" in query, self.path
            body = self._body().decode()
            for part in body.split("<Key>")[1:]:
                objects.pop(f"{key}/{part.split('</Key>')[0]}", None)
            self._answer(200, b"<DeleteResult></DeleteResult>")

        def log_message(self, *_: object) -> None:
            """Keep silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Store(f"http://127.0.0.1:{server.server_port}", objects)
    finally:
        server.shutdown()
        server.server_close()
