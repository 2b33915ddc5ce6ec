"""The end of a command or stage: a mistake of the user is one line on standard error and exit code 2."""

import os
import select
import sys
from collections.abc import Callable, Iterable
from typing import TextIO


class UserError(Exception):
    """A mistake that the user can correct. The message is one line: what is wrong, where, what to do."""


def listed(texts: Iterable[object]) -> str:
    """Return texts as a list in words, for messages.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    *before, last = map(str, texts)
    return f"{', '.join(before)} and {last}" if before else last


def run(main: Callable[[], None]) -> None:
    """Call ``main`` and exit with the code that its end calls for.

    Exit codes: 2 and its one line after a ``UserError``; 130 after Ctrl-C, with what the exception says is kept; 141,
    as a process that SIGPIPE ends, where the reader of the output has closed the pipe, as ``head`` does.
    """
    code: str | int | None = 0
    try:
        try:
            main()
        except SystemExit as end:  # by argparse, or by rich, which turns a closed pipe into exit code 1
            code = 141 if isinstance(end.__context__, BrokenPipeError) else end.code
        except UserError as error:
            print(f"tinyner: {' '.join(str(error).split())}", file=sys.stderr)
            code = 2
        except KeyboardInterrupt as interrupt:
            print("; ".join(["tinyner: interrupted", *map(str, interrupt.args)]), file=sys.stderr)
            code = 130
        sys.stdout.flush()  # here and not at the interpreter's end, where its error could not be caught
    except BrokenPipeError:
        closed = [stream for stream in (sys.stdout, sys.stderr) if _is_closed(stream)]
        if not closed:
            raise  # another pipe, such as one to a process of ours
        for stream in closed:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # for what is still in its buffer
        code = 141
    if code:
        sys.exit(code)


def _is_closed(stream: TextIO) -> bool:
    """Return whether nobody reads what a stream writes any more."""
    poll = select.poll()
    poll.register(stream, select.POLLOUT)
    return any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll(0))
