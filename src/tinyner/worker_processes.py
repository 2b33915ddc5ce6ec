"""Processes that work side by side on this machine: how many, and how each ends."""

import multiprocessing
import os
import signal
import threading

from tinyner.errors import UserError


def count(allowed: int, jobs: int) -> int:
    """Return how many processes to start: at least one, at most a job each.

    Args:
        allowed: as many as cores and memory allow; $TINYNER_WORKERS, where it is set, says otherwise.
        jobs: that there are.

    Raises:
        UserError: where $TINYNER_WORKERS is no number.
    """
    workers = os.environ.get("TINYNER_WORKERS") or str(max(1, allowed))
    if not workers.isdecimal():
        raise UserError(f"TINYNER_WORKERS: expected a number, found {workers!r}")
    return max(1, min(jobs, int(workers)))


def end_with_parent() -> None:
    """Let Ctrl-C end this process at once, without a traceback, and the end of its parent, which may be killed, too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
