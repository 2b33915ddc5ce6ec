"""Over real HTTP, of a function that labels when the test lets it: what is refused, who waits, how it stops."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator

from tests.service.serving import Running, Slow, service
from tinyner.service.limits import Limits

LIMITS = Limits(max_bytes=1000, max_texts=3, max_waiting=4, batch_texts=2)


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def running(slow: Slow) -> Iterator[Running]:
    with service(slow, LIMITS) as running:
        yield running


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def post(running: Running, content: bytes | str | dict[str, Any], **headers: str) -> httpx2.Response:
    body = json.dumps(content) if isinstance(content, dict) else content
    return httpx2.post(f"{running.url}/predict", content=body, headers=headers, timeout=60)


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def connected(running: Running) -> socket.socket:
    host, port = running.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=60)


def ask_without_waiting(connection: socket.socket, body: bytes, length: int | None = None) -> None:
    """Send a request, or a part of it."""
    head = f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body) if length is None else length}\r\n\r\n"
    connection.sendall(head.encode() + body)


def received(connection: socket.socket) -> bytes:
    """Return all that comes until the server closes."""
    parts = []
    while part := connection.recv(10_000):
        parts.append(part)
    return b"".join(parts)


def test_each_answer_is_as_the_document_says(running: Running, slow: Slow) -> None:
    slow.may_go_on.set()
    document = httpx2.get(f"{running.url}/openapi.json").json()
    responses = document["paths"]["/predict"]["post"]["responses"]
    bodies: dict[int, list[str | dict[str, Any]]] = {
        200: [{"text": "Rome"}, {"texts": ["Rome", "fell"]}, {"texts": []}, {"words": ["Rome", "fell"]}],
        400: ["{"],
        413: [{"texts": ["a"] * 4}, {"text": "a" * 1000}],
        422: [{}, {"text": 1}],
        500: [{"text": "bad"}],
    }
    for status, contents in bodies.items():
        schema = responses[str(status)]["content"]["application/json"]["schema"]
        is_so = Draft202012Validator({**schema, "components": document["components"]})
        for content in contents:
            answer = post(running, content)
            assert answer.status_code == status
            assert answer.headers["content-type"] == "application/json"
            assert answer.content.count(b"\n") == 1
            is_so.validate(answer.json())
    health = document["paths"]["/health"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    Draft202012Validator({**health, "components": document["components"]}).validate(
        httpx2.get(f"{running.url}/health").json()
    )


def test_answers_are_in_the_form_of_the_question(running: Running, slow: Slow) -> None:
    slow.may_go_on.set()

    def answer(text: str) -> dict[str, Any]:
        return {"text": text, "spans": [{"start": 0, "end": len(text), "label": "ALL", "text": text, "score": 0.5}]}

    assert post(running, {"text": "Rome"}).json() == answer("Rome")
    assert post(running, {"words": ["Rome", "fell"]}).json() == answer("Rome fell")
    assert post(running, {"texts": ["a", "b", "c"]}).json() == {"answers": [answer("a"), answer("b"), answer("c")]}
    assert post(running, {"text": "half \ud800"}).json() == answer("half \ud800")


def test_what_the_body_is_called_makes_no_difference_but_compression_does(running: Running, slow: Slow) -> None:
    slow.may_go_on.set()
    assert post(running, '{"text": "Rome"}', **{"Content-Type": "application/x-www-form-urlencoded"}).status_code == 200
    answer = post(running, b"\x1f\x8b", **{"Content-Encoding": "gzip"})
    assert answer.status_code == 415
    assert answer.json() == {"error": "the body: is compressed (Content-Encoding); send it as it is"}


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_body_that_is_too_long_is_refused_and_the_client_sees_why(running: Running, is_chunked: bool) -> None:
    body = b'{"text": "' + b"x" * 3_000_000 + b'"}'
    answer = httpx2.post(f"{running.url}/predict", content=iter([body]) if is_chunked else body, timeout=60)
    assert answer.status_code == 413
    assert answer.json() == {"error": "the body: has more than 1,000 bytes; send the texts in several requests"}


def test_a_body_of_the_greatest_length_is_read(running: Running, slow: Slow) -> None:
    slow.may_go_on.set()
    body = '{"text": "' + "x" * 988 + '"}'
    assert len(body) == 1000
    assert post(running, body).status_code == 200
    assert post(running, body + " ").status_code == 413


def test_other_paths_and_methods_are_told_what_is_here(running: Running) -> None:
    line = {"error": "here are POST /predict, GET /health and GET /openapi.json"}
    assert (httpx2.get(f"{running.url}/").status_code, httpx2.get(f"{running.url}/").json()) == (404, line)
    slash = httpx2.post(f"{running.url}/predict/", content=b"{}")
    assert (slash.status_code, slash.json()) == (404, line)
    answer = httpx2.get(f"{running.url}/predict")
    assert (answer.status_code, answer.json(), answer.headers["allow"]) == (405, line, "POST")


def test_when_too_many_wait_others_are_told_to_ask_again(
    running: Running, slow: Slow, pool: ThreadPoolExecutor
) -> None:
    waiting = [pool.submit(post, running, {"text": str(number)}) for number in range(4)]
    until(lambda: running.waiting() == 4)
    answer = post(running, {"text": "late"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json() == {"error": "4 requests wait already; ask again in a second"}
    slow.may_go_on.set()
    assert [each.result().json()["text"] for each in waiting] == list("0123")
    assert post(running, {"text": "late"}).status_code == 200


def test_a_client_that_goes_before_its_turn_is_not_computed(
    running: Running, slow: Slow, pool: ThreadPoolExecutor
) -> None:
    first = pool.submit(post, running, {"text": "first"})
    until(lambda: running.waiting() == 1)
    with connected(running) as connection:
        ask_without_waiting(connection, b'{"text": "gone"}')
        until(lambda: running.waiting() == 2)
    until(lambda: running.waiting() == 1)
    slow.may_go_on.set()
    assert first.result().status_code == 200
    assert post(running, {"text": "last"}).status_code == 200
    assert slow.computed == ["first", "last"]


def test_a_client_that_goes_between_the_steps_of_its_long_text_is_computed_no_further(
    slow: Slow, pool: ThreadPoolExecutor
) -> None:
    with service(slow, Limits()) as running:
        with connected(running) as connection:
            ask_without_waiting(connection, json.dumps({"text": "x" * 200_000}).encode())
            until(lambda: running.waiting() == 1)
        until(lambda: running.waiting() == 0)
        slow.may_go_on.set()
        assert post(running, {"text": "last"}).status_code == 200
    assert slow.computed in (["last"], ["x" * 1000, "last"])  # it went before its first step, or within it


def test_a_client_that_goes_within_its_body_leaves_its_place(running: Running) -> None:
    with connected(running) as connection:
        ask_without_waiting(connection, b'{"text": ', length=100)
        until(lambda: running.waiting() == 1)
    until(lambda: running.waiting() == 0)


def test_a_failing_model_is_told_and_the_service_lives(
    running: Running, slow: Slow, capfd: pytest.CaptureFixture[str]
) -> None:
    slow.may_go_on.set()
    answer = post(running, {"text": "bad secret"})
    assert answer.status_code == 500
    assert answer.json() == {"error": "the model failed (ValueError); other requests are answered"}
    assert post(running, {"text": "good"}).status_code == 200
    printed = capfd.readouterr().err
    assert printed.startswith("tinyner: a request failed: ValueError in serving.py, line ")
    assert (printed.count("\n"), "secret" in printed) == (1, False)


def test_what_has_arrived_is_answered_when_it_stops_and_the_rest_is_refused(
    running: Running, slow: Slow, pool: ThreadPoolExecutor
) -> None:
    waiting = [pool.submit(post, running, {"text": str(number)}) for number in range(3)]
    until(lambda: running.waiting() == 3)
    with connected(running) as half, connected(running) as idle:
        ask_without_waiting(half, b'{"text": "half', length=100)
        until(lambda: running.waiting() == 4)
        running.stop()
        refused = received(half)
        assert refused.startswith(b"HTTP/1.1 503 ")
        assert refused.endswith(b'{"error": "the service stops; ask again when it is back"}\n')
        assert received(idle) == b""
    with pytest.raises(httpx2.ConnectError):
        post(running, {"text": "late"})
    slow.may_go_on.set()
    assert [each.result().json()["text"] for each in waiting] == list("012")
    running.thread.join(60)
    assert not running.thread.is_alive()


@pytest.mark.slow
def test_who_still_waits_some_seconds_after_the_stop_is_refused(
    running: Running, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinyner.service.app._STOP_SECONDS", 0.2)
    waiting = [pool.submit(post, running, {"text": str(number)}) for number in range(3)]
    until(lambda: running.waiting() == 3)
    running.stop()
    assert [each.result().status_code for each in waiting] == [503] * 3
    running.thread.join(60)
    assert not running.thread.is_alive()


def test_a_body_that_does_not_arrive_is_given_up(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinyner.service.app._BODY_SECONDS", 0.2)
    with connected(running) as connection:
        ask_without_waiting(connection, b'{"text": ', length=100)
        assert received(connection).startswith(b"HTTP/1.1 408 ")
    assert running.waiting() == 0


def test_a_token_is_asked_for(slow: Slow) -> None:
    slow.may_go_on.set()
    with service(slow, LIMITS, token="s3cret") as running:
        for sent in ({}, {"Authorization": "Bearer other"}, {"Authorization": "s3cret"}, {"Authorization": "Bearer é"}):
            raw = [(name.encode(), value.encode()) for name, value in sent.items()]
            answer = httpx2.post(f"{running.url}/predict", content=b"{}", headers=raw)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
        assert post(running, {"text": "Rome"}, Authorization="Bearer s3cret").status_code == 200
        assert httpx2.get(f"{running.url}/health").status_code == 200
