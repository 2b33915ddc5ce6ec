"""The end of a command or stage: a mistake of the user is one line on standard error and exit code 2."""

import errno
import os
import re
import select
import sys
from collections.abc import Callable, Iterable
from typing import TextIO

from tinyner import surroundings
from tinyner.terminal import guarded, harmless, without_passwords


class UserError(Exception):
    """A mistake that the user can correct. The message is one line: what is wrong, where, what to do."""


def listed(texts: Iterable[object]) -> str:
    """Return texts as a list in words, for messages.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    *before, last = map(str, texts)
    return f"{', '.join(before)} and {last}" if before else last


def printable(message: str) -> str:
    """Return a message as it may be printed: without controls and passwords."""
    return without_passwords(harmless(message))


def run(main: Callable[[], None]) -> None:
    """Call ``main`` and exit with the code that its end calls for.

    Exit codes: 2 and its one line after a ``UserError``, or an error of the disk; 130 after Ctrl-C, with what the
    exception says is kept; 141, as a process that SIGPIPE ends, where the reader of the output has closed the pipe, as
    ``head`` does.
    """
    surroundings.settle()
    code: str | int | None = 0
    try:
        try:
            with guarded():
                main()
        except SystemExit as end:  # by argparse, or by rich, which turns a closed pipe into exit code 1
            code = 141 if isinstance(end.__context__, BrokenPipeError) else end.code
        except UserError as error:
            print(f"tinyner: {printable(' '.join(str(error).split()))}", file=sys.stderr)
            code = 2
        except Exception as error:
            line = of_the_disk(error)
            if line is None:
                raise
            print(f"tinyner: {printable(line)}", file=sys.stderr)
            code = 2
        except KeyboardInterrupt as interrupt:
            print(printable("; ".join(["tinyner: interrupted", *map(str, interrupt.args)])), file=sys.stderr)
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


_MAKE_ROOM = "make room, and run this again"
_ALLOW = "see that this user may write there, and run this again"
_OF_THE_DISK = {
    errno.ENOSPC: _MAKE_ROOM,
    errno.EDQUOT: _MAKE_ROOM,
    errno.EFBIG: _MAKE_ROOM,
    errno.EROFS: _ALLOW,
    errno.EACCES: _ALLOW,
    errno.EPERM: _ALLOW,
    errno.EBUSY: _ALLOW,
    errno.EIO: "look at the disk before you run this again",
}
_NUMBER = re.compile(r"\(os error (\d+)\)")


def of_the_disk(error: BaseException) -> str | None:
    """Return a line on an error that the disk or its permissions made: what, where, what to do; None for others."""
    number = system_number(error)
    if number not in _OF_THE_DISK:
        return None
    path = error.filename if isinstance(error, OSError) else None
    place = "a file" if path is None else os.fsdecode(path)
    return f"{place}: {os.strerror(number)}; {_OF_THE_DISK[number]}"


def system_number(error: BaseException) -> int | None:
    """Return the number that the system gives an error, also where a library in Rust raises it; None for others."""
    if isinstance(error, OSError):
        return error.errno
    named = _NUMBER.search(str(error))
    return int(named[1]) if named else None


def _is_closed(stream: TextIO) -> bool:
    """Return whether nobody reads what a stream writes any more."""
    if not hasattr(select, "poll"):  # on Windows no pipe can be asked; that of the output is the likely one
        return stream is sys.stdout
    poll = select.poll()
    poll.register(stream, select.POLLOUT)
    return any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll(0))
