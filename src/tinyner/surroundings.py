"""What a command or stage makes of its surroundings before its work: the encoding of its output, proxies."""

import codecs
import io
import os
import sys

_PLAIN = str.maketrans(  # plus-minus, minus, dashes, quotes, ellipsis, arrow
    {0xB1: "+-", 0x2212: "-", 0x2013: "-", 0x2014: "-", 0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"'}
    | {0x2026: "...", 0x2192: "->"}
)
_PROXIES = {"http_proxy", "https_proxy", "all_proxy"}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def settle() -> None:
    """Let both output streams take every text, and requests to this machine pass by every proxy."""
    _print_anywhere()
    _pass_by_proxies()


def _print_anywhere() -> None:
    """Let both streams take every text, whatever their encoding, also names of files that are no UTF-8."""
    codecs.register_error("tinyner", _plainly)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="tinyner")


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """Return what is written of characters that an encoding lacks: ASCII that looks alike, else an escape."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end].translate(_PLAIN)
    return lacking.encode("ascii", "backslashreplace").decode(), error.end


def _pass_by_proxies() -> None:
    """Add loopback to $NO_PROXY where a proxy is set: it must not see prompts for a local LLM."""
    if not any(value and name.lower() in _PROXIES for name, value in os.environ.items()):
        return
    for name in ("NO_PROXY", "no_proxy"):  # clients differ in which of them they prefer
        hosts = [host.strip() for host in os.environ.get(name, "").split(",") if host.strip()]
        if hosts != ["*"]:
            os.environ[name] = ",".join(dict.fromkeys([*hosts, *_LOOPBACK]))
