"""A user's mistake ends a command with one line on standard error and exit code 2."""

import sys
from collections.abc import Callable


class UserError(Exception):
    """Something the user can mend. The message is one line: what is wrong, where, what to do."""


def run(main: Callable[[], None]) -> None:
    """Call ``main``; a ``UserError`` becomes its one line and exit code 2, Ctrl-C exit code 130."""
    try:
        main()
    except UserError as error:
        print(f"tinyner: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("tinyner: interrupted", file=sys.stderr)
        sys.exit(130)
