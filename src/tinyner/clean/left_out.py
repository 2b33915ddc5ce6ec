"""Find texts of a value that were not read: a mention may not get lost without a word."""

from collections.abc import Iterator
from typing import Any

from tinyner.clean import entity_keys
from tinyner.clean.asked_sentence import squeezed
from tinyner.clean.lenient_json import Pairs, json_in
from tinyner.clean.reading import Reading
from tinyner.clean.type_names import TypeNames, is_no_type


def leaves_out(value: Any, reading: Reading) -> bool:
    """Return whether a value has a text of the sentence that is in no mention, remarks and words outside aside."""
    read = {squeezed(item.text) for item in reading.tagged}
    return any(
        reading.sentence.holds(text)
        and not reading.sentence.is_echoed_by(text)
        and not any(squeezed(text) in mention for mention in read)
        for text in {reading.sentence.nearest(text) for text in _texts_in(value, reading.names)}
    )


def _texts_in(value: Any, names: TypeNames) -> Iterator[str]:
    """Yield the keys and strings that may be mentions, those with a capital letter, also of JSON in a string."""
    if isinstance(value, Pairs):
        for key, inner in value:
            is_type = names.type_of(key) is not None
            if is_type or not (entity_keys.is_note_key(key) or is_no_type(key)):
                yield from _texts_in(inner, names)
            if not is_type and not entity_keys.is_reserved(key):
                yield key
    elif isinstance(value, list):
        for item in value:
            yield from _texts_in(item, names)
    elif isinstance(value, str) and any(map(str.isupper, value)) and not names.type_of(value):
        inner = json_in(value, set())
        yield from [value] if inner is None else _texts_in(inner, names)
