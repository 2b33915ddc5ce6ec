"""Objects that describe one mention: {"text": "Rosa", "type": "PER"}, with other keys, with offsets for the text."""

from typing import Any

from tinyner.clean import entity_keys
from tinyner.clean.lenient_json import Number, Pairs
from tinyner.clean.reading import Reading


def label_of(pairs: Pairs, reading: Reading) -> str | None:
    """Return the type of an object that describes a mention, as it is written; None where it has none.

    It stands under a key for types, or under one for texts beside a text, or under any key.
    """
    labels = [
        label
        for key, value in pairs
        if entity_keys.is_type_key(key)
        for label in [value[0] if isinstance(value, list) and len(value) == 1 else value]
        if isinstance(label, str) and not isinstance(label, Number)
    ]
    labels += _labels_among_texts(pairs, reading)
    types = [label for label in labels if reading.names.type_of(label)] or _label_under_any_key(pairs, reading)
    return next(iter([*types, *labels]), None)


def _labels_among_texts(pairs: Pairs, reading: Reading) -> list[str]:
    """Return the type in {"text": "Rosa", "entity": "PER"}."""
    texts = [value for key, value in pairs if entity_keys.text_rank(key) is not None and isinstance(value, str)]
    if len(texts) < 2:
        return []
    return [text for text in texts if reading.names.type_of(text) and not reading.sentence.holds(text)]


def _label_under_any_key(pairs: Pairs, reading: Reading) -> list[str]:
    """Return the type in {"surface": "Rosa", "cls": "PER"}: one type, one text, keys that are no words of it."""
    names, sentence = reading.names, reading.sentence
    if any(sentence.holds(key) or names.type_of(key) for key, _ in pairs):
        return []
    strings = [value for key, value in pairs if isinstance(value, str) and not entity_keys.is_note_key(key)]
    labels = [value for value in strings if names.type_of(value)]
    texts = [value for value in strings if not names.type_of(value) and sentence.holds(value)]
    return labels if len(labels) == len(texts) == 1 else []


def text_of(pairs: Pairs, label: str, reading: Reading) -> str | None:
    """Return the text of an object that describes a mention of a type, from its offsets where it has no text.

    Of several the sentence's own come first, and of those the parts of it before the whole.
    """
    names, sentence = reading.names, reading.sentence
    ranked = sorted(
        (rank, index, value)
        for index, (key, value) in enumerate(pairs)
        if isinstance(value, str) and value != label and (rank := entity_keys.text_rank(key)) is not None
    )
    texts = [value for _, _, value in ranked]
    texts = [text for text in texts if not names.type_of(text)] or list(filter(sentence.holds, texts))
    standing = [text for text in texts if sentence.holds(text)]
    shorter = [text for text in standing if not sentence.is_echoed_by(text)]
    if chosen := shorter or standing or texts:
        return chosen[0]
    offsets = _offsets(pairs)
    return reading.text_at(*offsets) if offsets else None


def text_under_any_key(pairs: Pairs, label: str, reading: Reading) -> str | None:
    """Return the only text of the sentence that an object with a type has, such as a node's id."""
    sentence = reading.sentence
    standing = {
        value
        for key, value in pairs
        if isinstance(value, str) and value != label and not entity_keys.is_remark_key(key)
        if sentence.holds(value) and not sentence.is_echoed_by(value)
    }
    return standing.pop() if len(standing) == 1 else None


def _offsets(pairs: Pairs) -> tuple[int, int] | None:
    """Return where an object says that its mention begins and ends, in characters; None where it does not."""
    flat = list(pairs)
    for key, value in pairs:
        if isinstance(value, Pairs):  # {"char_interval": {"start_pos": 0, "end_pos": 4}}
            flat += value
        elif isinstance(value, list) and len(value) == 2 and not entity_keys.is_type_key(key):  # {"span": [0, 4]}
            flat += [("start", value[0]), ("end", value[1])]
    starts = [int(value) for key, value in flat if entity_keys.is_start_key(key) and is_whole(value)]
    ends = [int(value) for key, value in flat if entity_keys.is_end_key(key) and is_whole(value)]
    return (starts[0], ends[0]) if len(starts) == len(ends) == 1 else None


def is_whole(value: Any) -> bool:
    """Return whether a value is a whole number in digits, as a number or as a string."""
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10
