"""Who notes what a run asks, gets and loses."""

from typing import Protocol

from tinyner.annotate.requests import Question
from tinyner.annotate.store import ReplyStore
from tinyner.rows import Reply


class Books(Protocol):
    """Whoever notes what a run does; it is on the disk when a call returns."""

    def ask(self, question: Question, worst: float) -> None:
        """A request is about to be sent that may cost so many US dollars."""

    def put(self, question: Question, row: Reply) -> None:
        """A reply arrived."""

    def lose(self, question: Question, usd: float, why: str) -> bool:
        """None came, and that may have cost so much. False: there is no money to ask again, for now."""


class Own:
    """The books of a run in the process that keeps the store."""

    def __init__(self, store: ReplyStore) -> None:
        """``store``: of the questions that are asked."""
        self._store = store

    def ask(self, question: Question, worst: float) -> None:
        """As ``Books`` has it."""
        self._store.ask(question.scope, question.key, worst)

    def put(self, question: Question, row: Reply) -> None:
        """As ``Books`` has it."""
        self._store.put(question.scope, row)

    def lose(self, question: Question, usd: float, why: str) -> bool:
        """As ``Books`` has it."""
        self._store.lose(question.scope, question.key, usd, why)
        return True  # the run has its own budget
