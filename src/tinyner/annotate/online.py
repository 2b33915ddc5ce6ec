"""Annotation over HTTP from this machine: all missing requests, many at a time."""

import signal
from collections.abc import Sequence

from tinyner.annotate.costs import Budget
from tinyner.annotate.journal import StoreJournal
from tinyner.annotate.requests import Request, RequestPlan
from tinyner.annotate.session import INTERRUPTED, Session
from tinyner.errors import UserError
from tinyner.params import Annotate
from tinyner.progress import Board


def ask_online(
    plan: RequestPlan, annotate_params: Annotate, missing: Sequence[Request], budget: Budget, board: Board
) -> None:
    """Send the missing requests, and store their replies in the plan's store.

    Raises:
        UserError: where some have no reply: why, how many, and that another run goes on.
        KeyboardInterrupt: where Ctrl-C ended it.
    """
    session = Session(plan.endpoint, annotate_params, budget, StoreJournal(plan.store))
    task = board.task(f"asking {plan.endpoint.name}, {plan.answered()} cached", len(missing))
    try:
        tally = session.ask(missing, lambda note: task.step(note=note), (signal.SIGINT, signal.SIGTERM))
    finally:
        plan.store.close()
    left = len(missing) - tally.answered
    if tally.stopped == INTERRUPTED:
        raise KeyboardInterrupt(f"{tally.answered} replies are stored, {left} are left: run again to go on")
    if left:
        why = tally.stopped or f"{session.last_fault}; {tally.failures()} failed for good"
        raise UserError(f"{why}; {left} replies are left, run again to go on")
