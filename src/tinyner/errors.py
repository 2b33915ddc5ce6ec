"""A user's mistake ends a command with one line on standard error and exit code 2."""

import os
import sys
from collections.abc import Callable


class UserError(Exception):
    """Something the user can mend. The message is one line: what is wrong, where, what to do."""


def run(main: Callable[[], None]) -> None:
    """Call ``main``; a ``UserError`` becomes its one line and exit code 2, Ctrl-C exit code 130, a closed pipe 141."""
    try:
        main()
        sys.stdout.flush()
    except UserError as error:
        print(f"tinyner: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:  # whoever read the output has enough of it, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except KeyboardInterrupt:
        print("tinyner: interrupted", file=sys.stderr)
        sys.exit(130)
