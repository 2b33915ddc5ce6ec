"""Services for tests: of any function that labels, in a thread; and the command, as a user starts it."""

import asyncio
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests.in_process import command as tinyner
from tinyner.files import load
from tinyner.predict.labelling import Entity, Labelled, Steps
from tinyner.predict.text import Text
from tinyner.service.app import Service
from tinyner.service.batches import Batches
from tinyner.service.http_server import HttpServer
from tinyner.service.limits import Limits


@dataclass
class Slow:
    """Finds an entity in each text, but not before it may go on; keeps what it has computed."""

    may_go_on: threading.Event = field(default_factory=threading.Event)
    computed: list[str] = field(default_factory=list)

    def label(self, texts: Sequence[Text]) -> list[Labelled]:
        assert self.may_go_on.wait(60)
        self.computed += [text.text for text in texts]
        if any("bad" in text.text for text in texts):
            raise ValueError(texts[0].text)
        return [Labelled(text, [], [Entity(0, len(text.text), "ALL", 0.5)]) for text in texts]

    def steps(self, text: Text) -> Steps:
        for begin in range(0, len(text.text), 1000):
            assert self.may_go_on.wait(60)
            self.computed.append(text.text[begin : begin + 1000])
            yield
        return Labelled(text, [], [Entity(0, len(text.text), "ALL", 0.5)])


@dataclass
class Running:
    """A service in a thread."""

    url: str
    server: HttpServer
    thread: threading.Thread

    def stop(self) -> None:
        """Do what a signal does."""
        self.server.handle_exit(15, None)

    def waiting(self) -> int:
        """Return how many requests wait."""
        count: int = httpx2.get(f"{self.url}/health", timeout=60).json()["waiting"]
        return count


@contextmanager
def service(slow: Slow, limits: Limits, token: str | None = None) -> Iterator[Running]:
    """Serve what labels slowly, in a thread."""
    with socket.socket() as listener, ThreadPoolExecutor(1) as tagger, ThreadPoolExecutor(1) as splitter:
        listener.bind(("127.0.0.1", 0))
        listener.listen(100)
        batches = Batches(slow, tagger, splitter, limits.batch_texts)
        server = HttpServer(Service(batches, limits, {"model": "slow", "types": ["ALL"]}, token), batches)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve_at(listener)))
        thread.start()
        running = Running(f"http://127.0.0.1:{listener.getsockname()[1]}", server, thread)
        try:
            assert httpx2.get(f"{running.url}/health", timeout=60).status_code == 200
            yield running
        finally:
            slow.may_go_on.set()
            running.stop()
            thread.join(60)
        assert not thread.is_alive()


@dataclass
class Command:
    """``tinyner serve-student`` as a process."""

    url: str
    process: subprocess.Popen[str]

    def end(self, number: int) -> tuple[int, str, str]:
        """Send a signal; return the exit code, and what it printed then to standard output and in all to the other."""
        self.process.send_signal(number)
        output, errors = self.process.communicate(timeout=60)
        return self.process.returncode, output, errors


def cache_of(model: Path) -> str:
    """Return where the model is converted to, so that nothing stays of it."""
    return str(model.parent / "cache")


@contextmanager
def command(model: Path, *words: str, **variables: str) -> Iterator[Command]:
    """Start the command at a free port; it is killed at the end, if it still runs."""
    common = ["serve-student", "-m", str(model), "--port", "0", "--threads", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "tinyner.cli", *common, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TINYNER_CACHE": cache_of(model)} | variables,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        address = re.search(r" is served at (http://\S+)/predict; Ctrl-C ends it\n", line)
        if address is None:
            raise AssertionError(f"{line}{process.communicate()[1]}")
        yield Command(address[1], process)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def rows_of(path: Path, model: Path, **options: Any) -> list[dict[str, Any]]:
    """Return the rows that ``tinyner predict`` writes of a file."""
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    common = ["predict", str(path), "-m", str(model), "--threads", "1", "-o", "out.jsonl"]
    done = tinyner(path.parent, *common, *words, TINYNER_CACHE=cache_of(model))
    assert done.returncode == 0, done.stderr
    return load(path.parent / "out.jsonl")
