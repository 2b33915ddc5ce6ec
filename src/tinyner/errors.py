"""Errors that the user can correct: one line on standard error, and exit code 2."""

import os
import sys
from collections.abc import Callable


class UserError(Exception):
    """A mistake that the user can correct. The message is one line: what is wrong, where, what to do."""


def run(main: Callable[[], None]) -> None:
    """Call ``main``; a ``UserError`` is printed as one line with exit code 2; Ctrl-C exits 130, a closed pipe 141."""
    try:
        main()
        sys.stdout.flush()
    except UserError as error:
        print(f"tinyner: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:  # the reader of the output, such as `head`, has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except KeyboardInterrupt:
        print("tinyner: interrupted", file=sys.stderr)
        sys.exit(130)
