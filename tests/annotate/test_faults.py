"""Every way in which a server can fail, over HTTP: what is asked again, what ends the run, what is kept."""

import datetime
import json
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.annotate.workspace import KEY, annotate_here, completion, configure, environment, sentence_of
from tinyner.files import load, write_rows

Doing = Callable[[BaseHTTPRequestHandler, str, int], None]
"""The handler of a request, the sentence that is asked, and how often it was asked before."""


class Server:
    """A server on loopback that does to each request what a test says."""

    def __init__(self, doing: Doing, context: ssl.SSLContext | None = None) -> None:
        self.asked: Counter[str] = Counter()
        self.keys: set[str] = set()
        lock, outer = threading.Lock(), self

        class Requests(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                sentence = sentence_of(self.rfile.read(int(self.headers["Content-Length"])))
                with lock:
                    before = outer.asked[sentence]
                    outer.asked[sentence] += 1
                    outer.keys.add(self.headers.get("Authorization", ""))
                doing(self, sentence, before)

            def log_message(self, *args: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
        self.http.daemon_threads = True
        # A client that hangs up is what these tests are about; its traceback would land among what the stage prints.
        self.http.handle_error = lambda *_: None  # type: ignore[method-assign]
        if context:
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def url(self, scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self.http.server_port}/v1"


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(doing: Doing, context: ssl.SSLContext | None = None) -> Server:
        servers.append(Server(doing, context))
        return servers[-1]

    yield start
    for server in servers:
        server.http.shutdown()
        server.http.server_close()


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def answer(handler: BaseHTTPRequestHandler, text: str = "Result: {}") -> None:
    send(handler, 200, completion(text))


def error(message: str, code: str | None = None) -> bytes:
    return json.dumps({"error": {"message": message, "code": code, "type": None}}).encode()


def run(workspace: Path) -> subprocess.CompletedProcess[str]:
    """Run the stage; whatever happens, the key stands nowhere."""
    done = annotate_here(workspace)
    written = [path.read_text(errors="replace") for path in workspace.rglob("*") if path.is_file()]
    assert not [text for text in [*written, done.stdout, done.stderr] if KEY in text]
    return done


def stored(workspace: Path) -> list[dict[str, Any]]:
    rows = [row for path in (workspace / "replies").rglob("*.jsonl") for row in load(path)]
    return [row for row in rows if "reply" in row]


ALL = {"Sentence 0", "Sentence 1", "Sentence 2", "News 0"}


def first_broken(handler: BaseHTTPRequestHandler) -> None:
    """Send half a body, and shut the connection down."""
    body = completion("Result: {}")
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[:40])
    handler.wfile.flush()
    handler.connection.shutdown(2)
    handler.close_connection = True


def first_reset(handler: BaseHTTPRequestHandler) -> None:
    """Send half a body, and an RST."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"{")
    handler.wfile.flush()
    time.sleep(0.2)  # the half arrives first
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.rfile.close()
    handler.connection.close()
    handler.close_connection = True


def hang(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(3)
    handler.close_connection = True


PASSING: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {
    "429 with Retry-After": lambda handler: send(handler, 429, error("slow down"), Retry_After="0.2"),
    "429 with Retry-After as a date": lambda handler: send(
        handler, 429, error("slow down"), Retry_After=time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
    ),
    "429 without Retry-After": lambda handler: send(handler, 429, error("slow down")),
    "500": lambda handler: send(handler, 500, b"oh dear"),
    "503 with Retry-After": lambda handler: send(handler, 503, b"", Retry_After="0.1"),
    "529": lambda handler: send(handler, 529, error("overloaded")),
    "a hang": hang,
    "a connection closed in mid-body": first_broken,
    "a connection reset in mid-body": first_reset,
    "truncated JSON": lambda handler: send(handler, 200, completion("Result: {}")[:60]),
    "no choices": lambda handler: send(handler, 200, b'{"choices": []}'),
    "a wrong encoding": lambda handler: send(handler, 200, completion("x").replace(b'"x"', '"é"'.encode("latin-1"))),
}


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_is_asked_again(fault: str, workspace: Path, serve: Callable[..., Server]) -> None:
    def doing(handler: BaseHTTPRequestHandler, sentence: str, before: int) -> None:
        if sentence == "Sentence 1" and not before:
            PASSING[fault](handler)
        else:
            answer(handler, sentence)

    server = serve(doing)
    configure(workspace, server.url(), {"retries": 2}, {"concurrency": 2, "timeout": 1.0})
    done = run(workspace)
    assert done.returncode == 0, done.stderr
    assert server.asked == dict.fromkeys(ALL, 1) | {"Sentence 1": 2}
    assert {row["reply"] for row in stored(workspace)} == ALL


FATAL: dict[str, tuple[Callable[[BaseHTTPRequestHandler], None], str]] = {
    "a bad key": (lambda handler: send(handler, 401, error(f"Incorrect API key provided: {KEY}")), "HTTP 401: "),
    "a forbidden one": (lambda handler: send(handler, 403, error("not yours")), "HTTP 403: "),
    "no such model": (lambda handler: send(handler, 404, error("The model `m` does not exist")), "does not exist"),
    "no money left": (
        lambda handler: send(handler, 429, error("You exceeded your quota", "insufficient_quota")),
        "quota",
    ),
    "a redirect": (
        lambda handler: send(handler, 307, b"", Location="http://127.0.0.2:9/v1"),
        "redirects to 127.0.0.2:9, which is never followed",
    ),
    "a redirect to nowhere": (
        lambda handler: send(handler, 302, b"", Location="http://[bad"),
        "redirects to what is no address",
    ),
    "a limit of tomorrow": (
        lambda handler: send(handler, 429, error("daily limit"), Retry_After="3600"),
        "wait 3600 s",
    ),
    "an outage until tomorrow": (
        lambda handler: send(handler, 503, error("down"), Retry_After="3600"),
        "wait 3600 s: HTTP 503",
    ),
}


@pytest.mark.parametrize("fault", FATAL)
def test_a_fault_that_all_share_ends_the_run_at_once(fault: str, workspace: Path, serve: Callable[..., Server]) -> None:
    does, part = FATAL[fault]
    server = serve(lambda handler, sentence, before: does(handler))
    configure(workspace, server.url(), {"retries": 5})
    done = run(workspace)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert part in done.stderr
    assert "4 replies are left, run again to go on" in done.stderr
    assert server.asked.total() == 1
    assert not (workspace / "data/annotated").exists()


def test_a_redirect_is_not_followed_with_the_key(workspace: Path, serve: Callable[..., Server]) -> None:
    other = serve(lambda handler, sentence, before: answer(handler))
    server = serve(
        lambda handler, sentence, before: send(handler, 308, b"", Location=f"{other.url()}/chat/completions")
    )
    configure(workspace, server.url())
    assert run(workspace).returncode == 2
    assert server.keys == {f"Bearer {KEY}"}
    assert not other.asked


def flood(handler: BaseHTTPRequestHandler) -> None:
    with suppress(ConnectionError):  # the client hangs up
        send(handler, 200, b'"' + b"x" * 20_000_000)


def bomb(handler: BaseHTTPRequestHandler) -> None:
    """Send a hundred megabytes of white space before a completion, compressed to a hundredth of that."""
    assert handler.headers["Accept-Encoding"] == "identity"
    packer = zlib.compressobj(9, wbits=31)
    body = b"".join(packer.compress(b" " * 10_000_000) for _ in range(10)) + packer.compress(completion("Result: {}"))
    with suppress(ConnectionError):
        send(handler, 200, body + packer.flush(), Content_Encoding="gzip")
    handler.close_connection = True


LASTING: dict[str, tuple[Callable[[BaseHTTPRequestHandler], None], str, int]] = {
    "500s": (lambda handler: send(handler, 500, b"oh dear"), "HTTP 500: ", 2),
    "a bad request": (lambda handler: send(handler, 400, error("messages: expected a list")), "HTTP 400: ", 1),
    "a body that is too large": (flood, "sent more than 8 MB", 1),
    "one that is compressed": (bomb, "sent a compressed body (gzip), which nobody asked for", 1),
    "a compressed refusal": (
        lambda handler: send(handler, 400, b"\x1f\x8b" * 9, Content_Encoding="gzip"),
        "HTTP 400: ",
        1,
    ),
}


@pytest.mark.parametrize("fault", LASTING)
def test_a_fault_that_lasts_costs_no_other_reply(fault: str, workspace: Path, serve: Callable[..., Server]) -> None:
    does, part, times = LASTING[fault]

    def doing(handler: BaseHTTPRequestHandler, sentence: str, before: int) -> None:
        if sentence == "Sentence 0":
            does(handler)
        else:
            answer(handler)

    server = serve(doing)
    configure(workspace, server.url(), {"retries": 1})
    done = run(workspace)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert part in done.stderr
    assert "(sentence s0)" in done.stderr
    assert "1 replies are left" in done.stderr
    assert server.asked["Sentence 0"] == times
    assert len(stored(workspace)) == 3


def test_a_limit_that_comes_back_in_an_hour_ends_the_run_with_what_arrived(
    workspace: Path, serve: Callable[..., Server]
) -> None:
    limits = {"limit": "1", "remaining": "0", "reset": "1h0m0s"}
    headers = {f"x_ratelimit_{name}_requests": value for name, value in limits.items()}
    server = serve(lambda handler, sentence, before: send(handler, 200, completion("Result: {}"), **headers))
    configure(workspace, server.url())
    done = run(workspace)
    assert done.returncode == 2
    assert "would have us wait 3600 s: the limit that its headers tell of is used up; 3 replies are left" in done.stderr
    assert len(stored(workspace)) == server.asked.total() == 1


@pytest.mark.slow
def test_a_long_wait_is_told_of(workspace: Path, serve: Callable[..., Server]) -> None:
    refused = threading.Event()

    def doing(handler: BaseHTTPRequestHandler, sentence: str, before: int) -> None:
        send(handler, 529, error("overloaded"), Retry_After="60")
        refused.set()

    server = serve(doing)
    configure(workspace, server.url(), {"retries": 5})
    process = started(workspace)
    assert process.stdout is not None
    assert "has us wait 60 s: HTTP 529: overloaded" in process.stdout.readline()
    process.send_signal(signal.SIGINT)  # nothing is under way
    assert process.wait(30) == 130
    assert server.asked.total() == 1


def test_refusals_without_a_word_on_when_are_waited_out_longer_and_longer(
    workspace: Path, serve: Callable[..., Server]
) -> None:
    times: list[float] = []

    def doing(handler: BaseHTTPRequestHandler, sentence: str, before: int) -> None:
        if sentence == "Sentence 0" and before < 4:
            times.append(time.monotonic())
            # Its headers tell of a limit that is not the one that refuses.
            send(handler, 429, error("slow down"), x_ratelimit_limit_requests="60000")
        else:
            answer(handler)

    server = serve(doing)
    configure(workspace, server.url(), {"retries": 0})
    assert run(workspace).returncode == 0
    assert server.asked == dict.fromkeys(ALL, 1) | {"Sentence 0": 5}
    gaps = [after - before for before, after in pairwise(times)]
    assert gaps[2] >= 1.0  # of 0.5, 1, 2 s, jittered by half, the last


def test_failures_in_a_row_of_one_kind_end_the_run(workspace: Path, serve: Callable[..., Server]) -> None:
    write_rows(
        workspace / "data/prepared/target.jsonl",
        [{"id": f"s{index}", "words": ["Sentence", str(index)]} for index in range(20)],
    )
    server = serve(lambda handler, sentence, before: send(handler, 422, error("no such parameter")))
    configure(workspace, server.url(), {"retries": 3, "max_failures": 4})
    done = run(workspace)
    assert done.returncode == 2
    assert "no such parameter (4 in a row); 21 replies are left" in done.stderr
    assert server.asked.total() == 4


@pytest.mark.parametrize("code", ["context_length_exceeded", "content_filter"])
def test_a_sentence_that_will_never_be_answered_is_a_failed_reply_and_asked_once(
    code: str, workspace: Path, serve: Callable[..., Server]
) -> None:
    def doing(handler: BaseHTTPRequestHandler, sentence: str, before: int) -> None:
        if sentence == "Sentence 0":
            send(handler, 400, error("can't", code))
        else:
            answer(handler)

    server = serve(doing)
    configure(workspace, server.url(), {"retries": 3})
    for _ in range(2):
        assert run(workspace).returncode == 0
    assert server.asked == dict.fromkeys(ALL, 1)
    row = load(workspace / "data/annotated/target.jsonl")[0]
    assert (row["reply"], row["finish_reason"]) == ("", code)
    assert json.loads((workspace / "metrics/annotate.json").read_text())["replies"][0]["failures"] == 1


def test_a_key_that_is_sent_back_is_not_kept(workspace: Path, serve: Callable[..., Server]) -> None:
    server = serve(lambda handler, sentence, before: answer(handler, f"You are {KEY}"))
    configure(workspace, server.url())
    assert run(workspace).returncode == 0
    assert {row["reply"] for row in stored(workspace)} == {"You are [key]"}


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_why_a_reply_ended_is_kept(reason: str, workspace: Path, serve: Callable[..., Server]) -> None:
    body = completion("Result: {").replace(b'"stop"', f'"{reason}"'.encode())
    server = serve(lambda handler, sentence, before: send(handler, 200, body))
    configure(workspace, server.url())
    assert run(workspace).returncode == 0
    assert {row["finish_reason"] for row in load(workspace / "data/annotated/target.jsonl")} == {reason}


def test_a_fatal_fault_loses_no_reply_that_is_under_way(workspace: Path, serve: Callable[..., Server]) -> None:
    arrived = threading.Barrier(4, timeout=30)

    def doing(handler: BaseHTTPRequestHandler, sentence: str, before: int) -> None:
        arrived.wait()  # all are under way
        if sentence == "News 0":
            send(handler, 401, error("expired"))
        else:
            time.sleep(0.5)
            answer(handler)

    server = serve(doing)
    configure(workspace, server.url(), annotator={"concurrency": 4})
    done = run(workspace)
    assert done.returncode == 2
    assert "1 replies are left" in done.stderr
    assert len(stored(workspace)) == 3
    assert server.asked == dict.fromkeys(ALL, 1)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.slow
def test_ctrl_c_waits_for_what_is_under_way_and_keeps_it(
    sent: signal.Signals, workspace: Path, serve: Callable[..., Server]
) -> None:
    under_way, interrupted = threading.Barrier(3, timeout=60), threading.Event()

    def doing(handler: BaseHTTPRequestHandler, sentence: str, before: int) -> None:
        under_way.wait()
        interrupted.wait(60)
        answer(handler)

    server = serve(doing)
    configure(workspace, server.url(), annotator={"concurrency": 2})
    process = started(workspace)
    under_way.wait()
    process.send_signal(sent)
    assert process.stdout is not None
    assert "waiting for the replies under way" in process.stdout.readline()
    interrupted.set()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "tinyner: interrupted; 2 replies are stored, 2 are left: run again to go on\n"
    assert len(stored(workspace)) == server.asked.total() == 2


def test_where_the_loop_takes_no_signals_the_replies_are_the_same(
    workspace: Path, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows; tests run in the main thread, so the loop is asked."""
    asked: list[int] = []

    def add_signal_handler(_: object, number: int, *__: object) -> None:
        asked.append(number)
        raise NotImplementedError

    monkeypatch.setattr("asyncio.unix_events._UnixSelectorEventLoop.add_signal_handler", add_signal_handler)
    server = serve(lambda handler, *_: answer(handler))
    configure(workspace, server.url())
    assert run(workspace).returncode == 0
    assert asked
    assert server.asked == dict.fromkeys(ALL, 1)


def started(workspace: Path) -> subprocess.Popen[str]:
    command, pipe = [sys.executable, "-m", "tinyner.annotate"], subprocess.PIPE
    return subprocess.Popen(command, cwd=workspace, env=environment(workspace), stdout=pipe, stderr=pipe, text=True)


# A dollar a token of output: a request may cost 10, and costs 2.
PRICE = {"input": 0.0, "cached_input": 0.0, "output": 1e6, "batch_discount": 0.5}


@pytest.mark.parametrize("ended", ["by a second Ctrl-C", "by SIGKILL", "by a fault, and then by Ctrl-C twice"])
@pytest.mark.slow
def test_what_was_under_way_when_a_run_was_ended_is_booked_at_its_worst(
    ended: str, workspace: Path, serve: Callable[..., Server]
) -> None:
    under_way, over = threading.Barrier(3, timeout=60), threading.Event()

    def doing(handler: BaseHTTPRequestHandler, sentence: str, before: int) -> None:
        if over.is_set():
            return answer(handler)
        if sentence == "Sentence 0":
            return send(handler, 503, b"", Retry_After="0.1") if not before else answer(handler)
        under_way.wait()
        if "fault" in ended and sentence == "Sentence 2":
            return send(handler, 401, error("expired"))
        over.wait(60)
        handler.close_connection = True
        return None

    server = serve(doing)
    annotator = {"concurrency": 2, "price": PRICE}
    configure(workspace, server.url(), {"max_cost_usd": 100, "retries": 1}, annotator, max_tokens=10)
    process = started(workspace)
    under_way.wait()
    assert process.stdout is not None
    if "SIGKILL" in ended:
        process.kill()
    else:
        if "fault" in ended:
            time.sleep(1)
        process.send_signal(signal.SIGINT)
        assert any("waiting for the replies under way" in line for line in process.stdout)
        process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    over.set()
    lost = 10.0 if "fault" in ended else 20.0  # the refused one cost nothing
    assert run(workspace).returncode == 0
    metrics = json.loads((workspace / "metrics/annotate.json").read_text())
    assert metrics["costs_of_lost_replies_usd"] == [lost]
    assert metrics["cost_usd"] == lost + 4 * 2


def test_a_self_signed_certificate_must_be_given(
    workspace: Path, serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate_file = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file)
    server = serve(lambda handler, sentence, before: answer(handler), context)
    configure(workspace, server.url("https"), {"retries": 5})
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    done = run(workspace)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "its certificate does not verify" in done.stderr
    assert "SSL_CERT_FILE" in done.stderr
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate_file))
    assert run(workspace).returncode == 0


def certificate(folder: Path) -> Path:
    """Write a key and a certificate for 127.0.0.1 that nobody else signed, in one file."""
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "certificate.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def without_waiting(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Make each wait before a retry 0 s, and return the list that the numbers of the tries are added to."""
    attempts: list[int] = []

    def backoff(attempt: int) -> float:
        attempts.append(attempt)
        return 0.0

    monkeypatch.setattr("tinyner.annotate.session.backoff", backoff)
    return attempts


def test_a_server_that_was_never_there_ends_the_run_whatever_the_retries(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = without_waiting(monkeypatch)
    configure(workspace, "http://127.0.0.1:9/v1", {"retries": 50}, {"concurrency": 1})
    done = run(workspace)
    assert done.returncode == 2
    assert (
        "openai at 127.0.0.1:9 can't be reached: no server listens there: start it, or mend base_url; "
        "4 replies are left"
    ) in done.stderr
    assert done.stderr.count("\n") == 1
    assert "ssl" not in done.stdout + done.stderr
    assert waits == [0, 1]


def test_a_server_that_goes_away_is_asked_as_often_as_any(
    workspace: Path, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = without_waiting(monkeypatch)

    def doing(handler: BaseHTTPRequestHandler, sentence: str, before: int) -> None:
        server.http.shutdown()
        server.http.server_close()
        answer(handler)
        handler.close_connection = True

    server = serve(doing)
    configure(workspace, server.url(), {"retries": 4, "max_failures": 1}, {"concurrency": 1})
    done = run(workspace)
    assert done.returncode == 2
    assert "no server listens there" in done.stderr
    assert waits == [0, 1, 2, 3]
    assert len(stored(workspace)) == 1


def test_a_wait_of_our_own_is_not_called_the_servers(
    workspace: Path, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinyner.annotate.session._SILENT", 0.0)

    def doing(handler: BaseHTTPRequestHandler, sentence: str, before: int) -> None:
        if sentence == "Sentence 0" and not before:
            send(handler, 500, b"oh dear")
        else:
            answer(handler)

    server = serve(doing)
    configure(workspace, server.url(), {"retries": 2})
    done = run(workspace)
    assert done.returncode == 0
    assert "HTTP 500: oh dear; next try in " in done.stdout
    assert "has us wait" not in done.stdout
