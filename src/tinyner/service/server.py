"""The process of the service: its socket, the model's thread, the server, and the end by a signal."""

import asyncio
import ipaddress
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from tinyner.errors import UserError
from tinyner.plurals import number
from tinyner.predict.labelling import Labelled, Steps, labelled, labelled_in_steps
from tinyner.predict.options import Options as PredictOptions
from tinyner.predict.tagger import Runtime, Tagger
from tinyner.predict.text import Text
from tinyner.service.app import Service
from tinyner.service.batches import Batches
from tinyner.service.http_server import BACKLOG, HttpServer
from tinyner.service.limits import Limits

TOKEN = "TINYNER_SERVICE_TOKEN"  # noqa: S105, the name of a variable


@dataclass(frozen=True)
class Options:
    """How texts are labelled: see ``tinyner.predict.options.Options``."""

    runtime: Runtime = "torch"
    int8: bool = False
    threads: int | None = None
    min_score: float = 0.0


def serve(model: Path, host: str, port: int, options: Options, limits: Limits) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Args:
        model: folder of the model.
        host: address or name to listen at.
        port: 0: any free one.
        options: how texts are labelled.
        limits: what is taken at most.

    Raises:
        UserError: where an option, the model or the address can't be used.
    """
    limits.check()
    if not 0 <= options.min_score <= 1:
        raise UserError(f"--min-score: expected a probability from 0 to 1, found {options.min_score:g}")
    token = _token()
    threads = ThreadPoolExecutor(1, "tagger"), ThreadPoolExecutor(1, "splitter")
    with _listener(host, port) as listener, threads[0] as thread, threads[1] as splitter:
        is_early = threading.Event()
        _on_signals(lambda *_: is_early.set())
        # The model is loaded in the thread that computes, as torch has settings of a thread.
        student = thread.submit(_Student, model, options).result()
        batches = Batches(student, thread, splitter, limits.batch_texts)
        service = Service(batches, limits, {"model": str(model), "types": student.types}, token)
        server = HttpServer(service, batches)
        # uvicorn puts its own in place of these, and raises the signal again when it has stopped: no end by it.
        _on_signals(server.handle_exit)
        if not is_early.is_set():
            _tell(model, listener, token)
            asyncio.run(server.serve_at(listener))
    print(f"stopped; {number(service.answered, 'request')} answered", flush=True)


def _on_signals(handler: Callable[[int, FrameType | None], object]) -> None:
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, handler)


def _tell(model: Path, listener: socket.socket, token: str | None) -> None:
    """Say where it is served, once connections are taken; warn where others may ask."""
    listener.listen(BACKLOG)
    host, port = listener.getsockname()[:2]
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    if token is None and not ipaddress.ip_address(host.partition("%")[0]).is_loopback:
        print(
            f"tinyner: --host {host}: other machines may ask too, and nobody has to say who he is; set {TOKEN} to a "
            "secret that clients give, or leave --host out",
            file=sys.stderr,
        )
    print(f"{model} is served at {address}/predict; Ctrl-C ends it", flush=True)


class _Student:
    """What labels texts."""

    def __init__(self, model: Path, options: Options) -> None:
        """Load the model in a folder; label a word, so that it can."""
        self._tagger = Tagger(model, options.int8, options.threads, runtime=options.runtime)
        PredictOptions(min_score=options.min_score).lowest_score(self._tagger, model)
        self._tagger.label([["Rome"]])
        self._options = options
        self.types = list(self._tagger.types)

    def label(self, texts: Sequence[Text]) -> list[Labelled]:
        # In 8 bits, numbers are rounded by the largest of all that are computed together: by others' texts.
        together = [[text] for text in texts] if self._options.int8 else [texts]
        return [text for some in together for text in labelled(some, self._tagger, self._options.min_score)]

    def steps(self, text: Text) -> Steps:
        return labelled_in_steps(text, self._tagger, self._options.min_score)


def _token() -> str | None:
    """Return the token that clients have to give, if one is set.

    Raises:
        UserError: where no header can hold it.
    """
    token = os.environ.get(TOKEN) or None
    if token is not None and not (token.isascii() and token.isprintable() and " " not in token):
        raise UserError(f"{TOKEN}: expected letters, digits and signs of ASCII without blanks")
    return token


def _listener(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to an address; nobody can connect before the server listens.

    Raises:
        UserError: where the address is none of this machine, or the port is taken.
    """
    if not 0 <= port <= 65535:
        raise UserError(f"--port: expected 0 to 65535, found {port}")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise UserError(f"--host {host}: no address of this machine ({error})") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        reason = os.strerror(error.errno or 0)
        raise UserError(f"{host}:{port} can't be listened at: {reason}; --port 0 takes any free port") from None
    return listener
