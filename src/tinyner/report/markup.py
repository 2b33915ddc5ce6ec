"""HTML and SVG as text that is escaped where it is made, so that no sentence of a corpus can become markup.

>>> element("p", "a < b", class_="note", hidden=True)
'<p class="note" hidden>a &lt; b</p>'
>>> element("p", element("b", "<script>"), None, " & co")
'<p><b>&lt;script&gt;</b> &amp; co</p>'
"""

import html
from collections.abc import Iterable

VOID = frozenset({"meta", "link", "input", "br", "hr", "col"})
"""Elements of HTML that have no end tag."""


class Markup(str):
    """Text that is markup already; any other text is escaped on its way into an element."""

    __slots__ = ()

    def __repr__(self) -> str:
        """As the text that it is."""
        return repr(str(self))


Child = str | None
"""What stands in an element: markup as it is, text escaped, None not at all."""


def joined(children: Iterable[Child]) -> Markup:
    """Children one behind the other."""
    return Markup("".join(one if isinstance(one, Markup) else html.escape(one) for one in children if one is not None))


def element(name: str, /, *children: Child, **attributes: str | float | bool | None) -> Markup:
    """One element.

    Args:
        name: its tag.
        children: what stands in it.
        attributes: a last underscore is dropped (``class_``), others are hyphens (``aria_label``); None and
            False leave the attribute out, True gives it no value. Numbers are rounded to two digits.
    """
    told = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return Markup(f"<{name}{told}>")
    return Markup(f"<{name}{told}>{joined(children)}</{name}>")


def number(value: float) -> str:
    """A coordinate: at most two digits, no more zeros than needed.

    >>> number(3.0), number(0.126), number(-0.001)
    ('3', '0.13', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _attribute(key: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    key = key.removesuffix("_").replace("_", "-")
    if value is True:
        return f" {key}"
    return f' {key}="{html.escape(value if isinstance(value, str) else number(value))}"'
