"""The body of a request becomes texts, or a refusal that names the place of what is wrong."""

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from tinyner.errors import listed
from tinyner.files import object_of
from tinyner.predict.text import Text, are_texts, text_of_words
from tinyner.service.refusal import RefusedError

KEYS = ("text", "texts", "words")
_MARK = b"\xef\xbb\xbf"  # of byte order, which some systems put before UTF-8
_EXPECTED = "the body: expected text, texts or words"
_KINDS = {
    dict: "an object",
    list: "a list",
    str: "a string",
    int: "a number",
    bool: "a truth value",
    type(None): "null",
}


@dataclass(frozen=True)
class Asked:
    """The texts of a request; ``is_list``: they came as a list, and so their answers go."""

    texts: list[Text]
    is_list: bool


def asked(body: bytes, max_texts: int) -> Asked:
    """Return the texts of a body: a JSON object with ``text``, ``texts`` or ``words``, the words of a sentence.

    Raises:
        RefusedError: 400 for what is no JSON in UTF-8, 422 for another value, 413 for more than ``max_texts``.
    """
    row = _json_of(body)
    if not isinstance(row, dict):
        raise RefusedError(422, f'the body: expected an object such as {{"text": "..."}}, found {_kind(row)}')
    unknown = next((key for key in row if key not in KEYS), None)
    if unknown is not None:
        raise RefusedError(422, f"{_EXPECTED}, found the key {json.dumps(unknown)[:40]}")
    if not row:
        raise RefusedError(422, f"{_EXPECTED}, found no key")
    if len(row) > 1:
        raise RefusedError(422, f"{_EXPECTED}, found {listed(row)}; send them as requests of their own")
    ((key, value),) = row.items()
    if key == "text":
        if not isinstance(value, str):
            raise RefusedError(422, f"text: expected a string, found {_kind(value)}")
        return Asked([Text({}, value, None, 1)], is_list=False)
    _check_strings(key, value)
    if key == "words":
        return Asked([text_of_words(value, 1, {})], is_list=False)
    if len(value) > max_texts:
        raise RefusedError(413, f"texts: has {len(value):,} texts; at most {max_texts:,} go into a request")
    return Asked([Text({}, text, None, number) for number, text in enumerate(value, 1)], is_list=True)


def _check_strings(key: str, value: object) -> None:
    """Raise a RefusedError where a value is no list of strings."""
    if not isinstance(value, list):
        raise RefusedError(422, f"{key}: expected a list of strings, found {_kind(value)}")
    if not are_texts(value):
        place, item = next((place, item) for place, item in enumerate(value) if not isinstance(item, str))
        raise RefusedError(422, f"{key}[{place}]: expected a string, found {_kind(item)}")


def _json_of(body: bytes) -> Any:
    """Return the value of a body; numbers are 0, as no number is asked for.

    Raises:
        RefusedError: 400, with the line and column or the byte.
    """
    start = len(_MARK) if body.startswith(_MARK) else 0
    try:
        text = body[start:].decode()
    except UnicodeDecodeError as error:
        place = error.start + start
        raise RefusedError(400, f"the body, byte {place}: expected UTF-8, found the byte {body[place]:#04x}") from None
    if not text.strip():
        raise RefusedError(400, 'the body: expected JSON such as {"text": "..."}, found nothing')
    try:
        return json.loads(
            text, object_pairs_hook=object_of, parse_int=_zero, parse_float=_zero, parse_constant=_no_number
        )
    except json.JSONDecodeError as error:
        reason = error.msg[:1].lower() + error.msg[1:]
        raise RefusedError(400, f"the body, line {error.lineno}, column {error.colno}: no JSON: {reason}") from None
    except ValueError as error:
        raise RefusedError(400, f"the body: no JSON: {error}") from None
    except RecursionError:
        raise RefusedError(400, "the body: no JSON that is read: it is nested too deeply") from None


def _zero(_: str) -> int:
    return 0


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")


def _kind(value: object) -> str:
    """Return the kind of a value as JSON calls it.

    >>> _kind(True), _kind(0), _kind(None)
    ('a truth value', 'a number', 'null')
    """
    return _KINDS[type(value)]
