"""``tinyner serve-student``: a trained student behind HTTP on this machine (extra ``service``)."""

import argparse
from pathlib import Path

from tinyner.commands.arguments import Commands
from tinyner.errors import UserError


def register(commands: Commands) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "serve-student",
        help="a trained student behind HTTP: POST /predict (extra service)",
        description="Answer POST /predict with the entities of texts, as `tinyner predict` finds them. Nothing is "
        "logged or sent elsewhere. (`tinyner serve` is another thing: it serves an LLM, as a teacher.)",
        epilog="Where TINYNER_SERVICE_TOKEN is set, clients have to give it: Authorization: Bearer TOKEN. "
        "docs/service.md has the rest.",
    )
    parser.add_argument(
        "-m", "--model", type=Path, default=Path("models/student"), help="folder (default: %(default)s)"
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen at (default: %(default)s, this machine alone)"
    )
    parser.add_argument("--port", type=int, default=8018, help="0: any free one (default: %(default)s)")
    parser.add_argument(
        "--runtime", choices=("torch", "onnx"), default="torch", help="onnx (an extra): starts in a second"
    )
    parser.add_argument("--int8", action="store_true", help="8-bit weights on ONNX Runtime (extra onnx): rounded")
    parser.add_argument("--threads", type=int, help="default: all cores")
    parser.add_argument("--min-score", type=float, default=0.0, help="leave out entities that are less probable")
    parser.add_argument("--max-bytes", type=int, default=256 * 1024, help="of a request's body (default: %(default)s)")
    parser.add_argument("--max-texts", type=int, default=256, help="in a request (default: %(default)s)")
    parser.add_argument(
        "--max-waiting",
        type=int,
        default=512,
        help="requests that wait; further ones are answered 503 (default: %(default)s)",
    )
    parser.add_argument(
        "--batch-texts",
        type=int,
        default=128,
        help="texts of waiting requests that are computed at once (default: %(default)s)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Raises:
        UserError: without the extra, or where an option, the model or the address can't be used.
    """
    try:
        import starlette  # noqa: F401, of an extra
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise UserError(
            f"serve-student: {error.name} is not installed; pip install -e '.[service]' in the clone"
        ) from None
    from tinyner.service.limits import Limits
    from tinyner.service.server import Options, serve

    serve(
        arguments.model,
        arguments.host,
        arguments.port,
        Options(arguments.runtime, arguments.int8, arguments.threads, arguments.min_score),
        Limits(arguments.max_bytes, arguments.max_texts, arguments.max_waiting, arguments.batch_texts),
    )
