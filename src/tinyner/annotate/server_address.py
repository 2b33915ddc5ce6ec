"""Whether the address of an annotator's server can be one."""

from urllib.parse import urlsplit

ON_THE_CLUSTER = "vllm:"
"""What the address of a server begins with that runs on the nodes of a Ray cluster."""


def problem(url: str) -> str | None:
    """Return why requests can't go to this address, None where they may.

    >>> problem("localhost:8000")
    "'localhost:8000' is no address; it begins with http:// or https://, and mostly ends in /v1"
    >>> problem("http://localhost:8000/v1")
    """
    if url.startswith(ON_THE_CLUSTER) or _is_address(url):
        return None
    return f"{url!r} is no address; it begins with http:// or https://, and mostly ends in /v1"


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
