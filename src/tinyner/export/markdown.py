"""Texts of others in a Markdown page: nothing of them becomes a heading, a link, a row or HTML."""

import re
from urllib.parse import quote

from tinyner.terminal import harmless

_SIGNS = re.compile(r"[\\`*_{}\[\]|~]")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def plain(text: object) -> str:
    r"""Return a text in a single line, with its signs of Markdown and HTML escaped.

    >>> plain("<b>|PER\n# [a](b)")
    '&lt;b&gt;\\|PER # \\[a\\](b)'
    """
    escaped = _SIGNS.sub(r"\\\g<0>", " ".join(harmless(str(text)).split()))
    return re.sub("[&<>]", lambda sign: _HTML[sign[0]], escaped)


def code(text: object) -> str:
    """Return a text as code within a line; a backtick in it becomes an apostrophe, ``|`` is escaped for tables.

    >>> code("a`b<c>")
    "`a'b<c>`"
    """
    line = " ".join(harmless(str(text)).replace("`", "'").replace("|", "\\|").split())
    return f"`{line}`" if line else "` `"


def link(text: str, address: str, path: str) -> str:
    """Return a link to a path of others at an address of ours.

    >>> link("org/name) <b>", "https://huggingface.co/", "org/name) <b>")
    '[org/name) &lt;b&gt;](https://huggingface.co/org/name%29%20%3Cb%3E)'
    """
    return f"[{plain(text)}]({address}{quote(path, safe='/')})"
