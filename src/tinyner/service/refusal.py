"""A request that is not answered with entities: its status and one line."""

from collections.abc import Mapping


class RefusedError(Exception):
    """Why a request is refused. The message is one line: what is wrong, where, what to do."""

    def __init__(self, status: int, line: str, headers: Mapping[str, str] | None = None) -> None:
        """Take the status of HTTP, the line and, beside the usual ones, headers."""
        super().__init__(line)
        self.status, self.line, self.headers = status, line, dict(headers or {})
