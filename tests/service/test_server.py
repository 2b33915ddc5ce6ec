"""The command as a process: many clients at once, each with its own answer; and how it ends."""

import asyncio
import json
import platform
import random
import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import httpx2
import pytest

from tests.conll import conll_2003
from tests.in_process import command as tinyner
from tests.service.serving import Command, command, rows_of
from tinyner.files import write_rows

pytestmark = pytest.mark.slow

CLIENTS = 200


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Return a text for each client, all of them different, of a sentence or some."""
    words = [" ".join(row["words"]) for row in conll_2003("test")[: 2 * CLIENTS]]
    choose = random.Random(0)
    return [f"{number}: " + " ".join(choose.sample(words, choose.randint(1, 3))) for number in range(CLIENTS)]


@pytest.fixture(scope="module")
def rows(texts: list[str], tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Return what ``tinyner predict`` writes of the texts."""
    path = tmp_path_factory.mktemp("predicted") / "in.jsonl"
    write_rows(path, ({"text": text} for text in texts))
    return rows_of(path, tiny)


@pytest.fixture(scope="module")
def by_torch(tiny: Path) -> Iterator[Command]:
    with command(tiny) as running:
        yield running


@pytest.fixture(scope="module")
def by_onnx(tiny: Path) -> Iterator[Command]:
    pytest.importorskip("onnxruntime")
    with command(tiny, "--runtime", "onnx") as running:
        yield running


async def all_at_once(url: str, bodies: Sequence[dict[str, Any]]) -> list[tuple[int, bytes]]:
    """Send each body by a connection of its own, all at the same time; return status and content of each answer."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def ask(body: dict[str, Any]) -> tuple[int, bytes]:
            async with session.post(f"{url}/predict", json=body) as answer:
                return answer.status, await answer.read()

        return await asyncio.gather(*map(ask, bodies))


def without_scores(row: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(span["start"], span["end"], span["label"], span["text"]) for span in row["spans"]]


def scores(row: dict[str, Any]) -> list[float]:
    return [span["score"] for span in row["spans"]]


def test_of_200_clients_at_once_each_gets_what_predict_finds(
    by_torch: Command, texts: list[str], rows: list[dict[str, Any]]
) -> None:
    answers = asyncio.run(all_at_once(by_torch.url, [{"text": text} for text in texts]))
    assert [status for status, _ in answers] == [200] * CLIENTS
    contents = [json.loads(content) for _, content in answers]
    assert [content["text"] for content in contents] == texts
    assert list(map(without_scores, contents)) == list(map(without_scores, rows))
    # Sums are rounded by what is computed together, far behind the four digits; at a border the last of these differs.
    for content, row in zip(contents, rows, strict=True):
        assert scores(content) == pytest.approx(scores(row), abs=0.00011)
    assert len({label for row in rows for _, _, label, _ in without_scores(row)}) > 2


def test_with_onnx_an_answer_is_the_same_bytes_alone_and_among_200(by_onnx: Command, texts: list[str]) -> None:
    bodies = [{"text": text} for text in texts]
    together = asyncio.run(all_at_once(by_onnx.url, bodies))
    with httpx2.Client(timeout=60) as client:
        alone = [client.post(f"{by_onnx.url}/predict", json=body) for body in bodies]
    if platform.machine() == "x86_64":
        assert [content for _, content in together] == [answer.content for answer in alone]
    assert [json.loads(content)["text"] for _, content in together] == [answer.json()["text"] for answer in alone]


def test_with_int8_an_answer_does_not_depend_on_what_others_ask(tiny: Path, texts: list[str]) -> None:
    pytest.importorskip("onnxruntime")
    with command(tiny, "--int8") as running:
        together = asyncio.run(all_at_once(running.url, [{"text": text} for text in texts]))
        alone = [httpx2.post(f"{running.url}/predict", json={"text": text}, timeout=60) for text in texts[:20]]
    assert [content for _, content in together[:20]] == [answer.content for answer in alone]


def test_lists_and_words_are_answered_as_predict_does(by_onnx: Command, tiny: Path, tmp_path: Path) -> None:
    sentences = [row["words"] for row in conll_2003("test")[:5]]
    write_rows(tmp_path / "in.jsonl", ({"words": words} for words in sentences))
    rows = rows_of(tmp_path / "in.jsonl", tiny, runtime="onnx")
    for words, row in zip(sentences, rows, strict=True):
        answer = httpx2.post(f"{by_onnx.url}/predict", json={"words": words}, timeout=60).json()
        assert answer == {"text": row["text"], "spans": row["spans"]}
    strange = ["", " \t\n", "\ud800", "\u200e\u200e Blair", "x" * 5000, "東京 \U0001f600", "a\x00b\x1b[2J"]
    write_rows(tmp_path / "in.jsonl", ({"text": text} for text in strange))
    rows = rows_of(tmp_path / "in.jsonl", tiny, runtime="onnx")
    body = json.dumps({"texts": strange})
    answers = httpx2.post(f"{by_onnx.url}/predict", content=body, timeout=60).json()["answers"]
    assert answers == [{"text": row["text"], "spans": row["spans"]} for row in rows]


def test_min_score_leaves_out_as_predict_does(tiny: Path, texts: list[str], tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    write_rows(tmp_path / "in.jsonl", ({"text": text} for text in texts[:20]))
    options = {"runtime": "onnx", "min-score": 0.5}
    rows = rows_of(tmp_path / "in.jsonl", tiny, **options)
    with command(tiny, "--runtime", "onnx", "--min-score", "0.5") as running:
        answers = httpx2.post(f"{running.url}/predict", json={"texts": texts[:20]}, timeout=60).json()["answers"]
    assert list(map(without_scores, answers)) == list(map(without_scores, rows))
    assert all(score >= 0.5 for row in rows for score in scores(row))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_loses_no_request_and_ends_with_a_line(tiny: Path, texts: list[str], number: int) -> None:
    pytest.importorskip("onnxruntime")
    with command(tiny, "--runtime", "onnx") as running:
        answered: list[int] = []
        refused: list[object] = []

        def ask(begun: threading.Barrier) -> None:
            body = {"texts": texts[:40]}
            begun.wait()
            try:
                answered.append(httpx2.post(f"{running.url}/predict", json=body, timeout=60).status_code)
            except httpx2.TransportError as error:  # the connection was not taken any more
                refused.append(type(error))

        begun = threading.Barrier(21)
        threads = [threading.Thread(target=ask, args=(begun,)) for _ in range(20)]
        for thread in threads:
            thread.start()
        begun.wait()
        end = time.monotonic() + 60
        while time.monotonic() < end and httpx2.get(f"{running.url}/health").json()["waiting"] < 2:
            pass
        code, output, errors = running.end(number)
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads)
    assert len(answered) + len(refused) == 20
    assert set(answered) <= {200, 503}
    count = answered.count(200)
    assert count > 1
    assert (code, errors) == (0, "")
    assert output == f"stopped; {count} requests answered\n"


def test_texts_are_printed_nowhere(tiny: Path) -> None:
    pytest.importorskip("onnxruntime")
    with command(tiny, "--runtime", "onnx") as running:
        for body in (b'{"text": "Mrs Secret"}', b'{"text": "Mrs Secret', b'{"Mrs Secret": 1}', b"\xff Secret", b"GET"):
            httpx2.post(f"{running.url}/predict", content=body, timeout=60)
        host, port = running.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"Mrs Secret is no HTTP\r\n\r\n")
            assert connection.recv(1000).startswith(b"HTTP/1.1 400 ")
        code, output, errors = running.end(signal.SIGTERM)
    assert (code, output, errors) == (0, "stopped; 1 request answered\n", "")


def test_at_other_addresses_than_loopback_it_warns_without_a_token(tiny: Path) -> None:
    pytest.importorskip("onnxruntime")
    words = ("--runtime", "onnx", "--host", "0.0.0.0")
    with command(tiny, *words) as running:
        assert running.end(signal.SIGTERM)[2].startswith("tinyner: --host 0.0.0.0: other machines may ask too")
    with command(tiny, *words, TINYNER_SERVICE_TOKEN="s3cret") as running:
        url = running.url.replace("0.0.0.0", "127.0.0.1")
        assert httpx2.post(f"{url}/predict", json={"text": "Rome"}, timeout=60).status_code == 401
        assert running.end(signal.SIGTERM)[2] == ""


def test_what_cannot_be_served_is_a_line(tiny: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        lines = {
            ("--port", port): f"127.0.0.1:{port} can't be listened at: Address already in use; --port 0 takes any free",
            ("--port", "70000"): "--port: expected 0 to 65535, found 70000",
            ("--host", "192.0.2.1"): "192.0.2.1:8018 can't be listened at: Cannot assign requested address; --port 0",
            ("--host", "no such host"): "--host no such host: no address of this machine",
            ("--max-texts", "0"): "--max-texts: expected 1 or more, found 0",
            ("--min-score", "95"): "--min-score: expected a probability from 0 to 1, found 95",
            ("--port", "0", "--threads", "0"): "--threads: expected 1 or more, found 0",
            ("--port", "0", "--model", str(tmp_path)): f"{tmp_path}: no model here",
        }
        for words, line in lines.items():
            done = tinyner(tmp_path, "serve-student", "-m", str(tiny), *words)
            assert (done.returncode, done.stdout) == (2, "")
            assert done.stderr.startswith(f"tinyner: {line}")
            assert done.stderr.count("\n") == 1
    done = tinyner(tmp_path, "serve-student", "-m", str(tiny), TINYNER_SERVICE_TOKEN="two words")
    assert done.stderr.startswith("tinyner: TINYNER_SERVICE_TOKEN: expected letters")
