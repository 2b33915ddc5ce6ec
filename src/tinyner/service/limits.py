"""What the service takes at most."""

from dataclasses import dataclass, fields

from tinyner.errors import UserError


@dataclass(frozen=True)
class Limits:
    """Sizes from which on a request is refused, or is computed in parts.

    Attributes:
        max_bytes: of a request's body.
        max_texts: in a request.
        max_waiting: requests that are read, wait or are computed.
        batch_texts: texts of waiting requests that are computed at once.
    """

    max_bytes: int = 256 * 1024
    max_texts: int = 256
    max_waiting: int = 512
    batch_texts: int = 128

    def check(self) -> None:
        """Raise a UserError where a limit lets nothing through, naming its option."""
        for field in fields(self):
            value = getattr(self, field.name)
            if value < 1:
                raise UserError(f"--{field.name.replace('_', '-')}: expected 1 or more, found {value}")
