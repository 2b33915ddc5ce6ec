"""The record of what is asked, received and lost."""

from typing import Protocol

from tinyner.annotate.requests import Request
from tinyner.annotate.store import ReplyStore
from tinyner.rows import Reply


class Journal(Protocol):
    """Whoever records a session's requests; a record is kept when the call returns, even if the process is killed."""

    def asked(self, request: Request, worst_usd: float) -> None:
        """Record that a request is about to be sent, which may cost ``worst_usd`` US dollars."""

    def received(self, request: Request, row: Reply) -> None:
        """Record a reply."""

    def lost(self, request: Request, usd: float, why: str) -> bool:
        """Record that no reply came, which may have cost ``usd`` US dollars.

        Returns:
            Whether there is money to ask again now.
        """


class StoreJournal:
    """The journal of a session in the process that holds the store."""

    def __init__(self, store: ReplyStore) -> None:
        """Record in ``store``, whose annotator is the one that is asked."""
        self._store = store

    def asked(self, request: Request, worst_usd: float) -> None:
        """Record that a request is about to be sent."""
        self._store.record_asked(request.scope, request.key, worst_usd)

    def received(self, request: Request, row: Reply) -> None:
        """Record a reply."""
        self._store.put(request.scope, row)

    def lost(self, request: Request, usd: float, why: str) -> bool:
        """Record a loss; True, since the session's own budget decides whether to ask again."""
        self._store.record_lost(request.scope, request.key, usd, why)
        return True
