"""Write the signs of JSON plain where a reply has them escaped, full-width or fenced."""

import html
import re

_WIDE_BRACKETS = str.maketrans("\uff5b\uff5d\uff3b\uff3d", "{}[]")
_WIDE_BETWEEN = re.compile(r"(?<=[\"'\u201d\]}])\s*([\uff1a\uff0c])\s*(?=[\"'\u201c\[{])")
_LOW_QUOTE = re.compile(r"(\u201e[^\"\u201c\u201d\u201e\n]{1,100})\"(?=\")")  # „Die Welt"": closed by a straight mark
_FENCE = re.compile(r"`{3,}[A-Za-z0-9]*")


def in_plain_signs(text: str, problems: set[str]) -> str:
    r"""Return a text with JSON's own brackets, colons, commas and quotation marks.

    >>> in_plain_signs(r'{\"PER\": [\"Rosa\"]}', set()), in_plain_signs('{"PER"\uff1a["Rosa"]}', set())
    ('{"PER": ["Rosa"]}', '{"PER": ["Rosa"]}')

    Args:
        text: of an answer.
        problems: ``json_in_a_string`` is added for escaped signs, ``json_repaired`` for others.
    """
    if r"{\"" in text or r"[\"" in text:
        problems.add("json_in_a_string")
        text = text.replace(r"\"", '"').replace(r"\n", "\n")
    plain = html.unescape(text) if "&quot;" in text and '"' not in text else text
    plain = _WIDE_BETWEEN.sub(lambda sign: {"\uff1a": ": ", "\uff0c": ", "}[sign[1]], plain)
    if "{" not in plain and "\uff5b" in plain:
        plain = plain.translate(_WIDE_BRACKETS)
    plain = _LOW_QUOTE.sub("\\1\u201c", plain)
    if plain != text:
        problems.add("json_repaired")
    return plain


def without_fences(text: str) -> str:
    """Return a text with a blank for each mark of a code fence."""
    return _FENCE.sub(" ", text)
