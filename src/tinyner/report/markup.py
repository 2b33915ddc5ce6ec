"""HTML and SVG elements whose text is always escaped, so that no sentence of a corpus can become markup.

markupsafe does the escaping: a ``Markup`` is kept as it is, any other text is escaped.

>>> element("p", "a < b", class_="note", hidden=True)
Markup('<p class="note" hidden>a &lt; b</p>')
>>> element("p", element("b", "<script>"), None, " & co")
Markup('<p><b>&lt;script&gt;</b> &amp; co</p>')
"""

from collections.abc import Iterable

from markupsafe import Markup, escape

__all__ = ["Attribute", "Child", "Markup", "element", "joined", "number", "prose"]

VOID = frozenset({"meta", "link", "input", "br", "hr", "col"})
"""Elements of HTML that have no end tag."""

Child = str | None
"""Content of an element: Markup is kept, other text is escaped, None is left out."""

Attribute = str | float | bool | None
"""Value of an attribute: None and False leave the attribute out, True writes its name alone."""


def joined(children: Iterable[Child]) -> Markup:
    """Return the children one after the other, text escaped."""
    return Markup("".join(escape(child) for child in children if child is not None))  # noqa: S704, all escaped


def element(tag: str, /, *children: Child, **attributes: Attribute) -> Markup:
    """Return an element as markup.

    Args:
        tag: its name.
        children: its content.
        attributes: a trailing underscore of a name is dropped (``class_``), other underscores become hyphens
            (``aria_label``). Numbers are rounded to two digits. A value is always escaped, even if it is Markup.
    """
    start = f"<{tag}{''.join(_attribute(name, value) for name, value in attributes.items())}>"
    return Markup(start if tag in VOID else f"{start}{joined(children)}</{tag}>")  # noqa: S704, its parts are escaped


def prose(text: str) -> Markup:
    """Return a text in which commands and files stand between backticks, these as code.

    >>> prose("run `dvc repro`")
    Markup('run <code>dvc repro</code>')
    """
    parts = text.split("`")
    return joined(element("code", part) if index % 2 else part for index, part in enumerate(parts))


def number(value: float) -> str:
    """Return a coordinate with at most two digits and without trailing zeros.

    >>> number(3.0), number(0.126), number(-0.001)
    ('3', '0.13', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _attribute(name: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = name.removesuffix("_").replace("_", "-")
    if value is True:
        return f" {name}"
    text = str(value) if isinstance(value, str) else number(value)
    return f' {name}="{escape(text)}"'
