"""The exception for a reply that can't be read."""


class Failed(Exception):  # noqa: N818, it is an outcome, not an error
    """A reply without a reliable answer; the message is the problem: empty, refused, truncated, ..."""
