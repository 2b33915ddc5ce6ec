"""Proxies: requests to this machine pass by them, all others go through them."""

import asyncio
import io
import os
import sys
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.annotate.workspace import completion
from tinyner import fetch
from tinyner.annotate.answers import Answer
from tinyner.annotate.client import Client
from tinyner.errors import UserError
from tinyner.params import Params
from tinyner.surroundings import settle

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


class Seen:
    """A server on loopback that answers everything, also as a proxy, and keeps what it was asked for."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        seen = self

        class Requests(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                seen.requests.append(f"{self.command} {self.path}")
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                body = completion("Result: {}")
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST  # noqa: N815, the name is http.server's

            def do_CONNECT(self) -> None:
                seen.requests.append(f"CONNECT {self.path}")
                self.send_error(502)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def taken(self) -> list[str]:
        """Return what was asked for since the last call."""
        requests, self.requests = self.requests, []
        return requests


@pytest.fixture
def servers() -> Iterator[tuple[Seen, Seen]]:
    both = Seen(), Seen()
    yield both
    for seen in both:
        seen.server.shutdown()
        seen.server.server_close()


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test begin without proxies, and undo what ``settle`` does."""
    monkeypatch.setattr(urllib.request, "_opener", None)  # it keeps the proxies of its first request
    for name in PROXIES:
        for spelled in (name, name.lower()):
            monkeypatch.setenv(spelled, "")  # so that monkeypatch puts back what is there now
            monkeypatch.delenv(spelled)


@pytest.mark.parametrize("lower", [True, False])
def test_a_local_llm_is_asked_directly_and_others_through_the_proxy(
    lower: bool, servers: tuple[Seen, Seen], params: Params, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, local = servers
    monkeypatch.setenv("TINYNER_CACHE", str(tmp_path))
    for name in PROXIES[:2]:
        monkeypatch.setenv(name.lower() if lower else name, f"http://127.0.0.1:{proxy.port}")
    settle()
    annotator = params.annotate.annotators["local"]

    async def ask(url: str) -> object:
        client = Client("local", annotator.model_copy(update={"base_url": url, "api_key_env": None}), 1)
        answer, _ = await client.ask({"model": "m", "messages": []})
        await client.close()
        return answer

    for host in ("127.0.0.1", "localhost"):
        assert isinstance(asyncio.run(ask(f"http://{host}:{local.port}/v1")), Answer)
        assert fetch.file(f"http://{host}:{local.port}/data.json").read_bytes()
        assert (local.taken(), proxy.taken()) == (["POST /v1/chat/completions", "GET /data.json"], [])
    asyncio.run(ask("http://llm.example/v1"))
    fetch.file("http://data.example/data.json")
    asyncio.run(ask("https://llm.example/v1"))
    with pytest.raises(UserError, match="can't be fetched"):
        fetch.file("https://data.example/data.json")
    urls = ["POST http://llm.example/v1/chat/completions", "GET http://data.example/data.json"]
    assert proxy.taken() == [*urls, "CONNECT llm.example:443", "CONNECT data.example:443"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {}),
        ({"NO_PROXY": "a.example"}, {"NO_PROXY": "a.example"}),
        ({"HTTP_PROXY": ""}, {"HTTP_PROXY": ""}),
        ({"https_proxy": "http://p", "NO_PROXY": "*"}, {"NO_PROXY": "*", "no_proxy": "localhost,127.0.0.1,::1"}),
        (
            {"ALL_PROXY": "http://p", "no_proxy": "a.example, localhost"},
            {"no_proxy": "a.example,localhost,127.0.0.1,::1", "NO_PROXY": "localhost,127.0.0.1,::1"},
        ),
    ],
)
def test_what_the_user_excepted_stays_so(
    before: dict[str, str], after: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in before.items():
        monkeypatch.setenv(name, value)
    settle()
    settle()  # as a stage does that a command runs
    excepted = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    assert excepted == before | after


def test_a_stream_that_is_none_or_of_another_kind_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)  # as of pythonw on Windows
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    settle()
