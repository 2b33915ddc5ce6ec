"""What stands under a type: texts, numbers, objects, and lists of them."""

from typing import Any

from tinyner.clean import entity_keys
from tinyner.clean.containers import is_schema
from tinyner.clean.described_mention import is_whole, text_of
from tinyner.clean.failed import Failed
from tinyner.clean.lenient_json import Number, Pairs, json_in
from tinyner.clean.mention_texts import FRAGMENTS, split_string, typed_string
from tinyner.clean.reading import Reading

_LARGE = 1000  # above the length of sentences; years, for example


def read_texts(label: str, content: Any, reading: Reading) -> None:
    """Read the texts of a type from the value of {"PER": ["Rosa"]}, whatever it is.

    Raises:
        Failed: if it contradicts the type, can't be split, or has types or wrong offsets in it.
    """
    if isinstance(content, Number):
        _read_number(label, content, reading, is_alone=True)  # {"PER": 2}
    elif isinstance(content, str):
        _read_string(label, content, reading)
    elif content is None or content is False:
        reading.problems.add("null_for_list")
        reading.says_nothing = True
    elif isinstance(content, Pairs):
        _read_object(label, content, reading)
    elif isinstance(content, list):
        reading.says_nothing |= not content
        _read_list(label, content, reading)
    else:  # true
        reading.has_untyped = True


def read_text(label: str, text: str, reading: Reading) -> None:
    """Read a text that should be one mention, which may be several, or have its type behind it."""
    names, sentence = reading.names, reading.sentence
    if text.strip() and not text.strip(". \u2026"):  # ...: a placeholder
        reading.is_unread = True
    elif sentence.holds(text):
        reading.add(label, text)
    elif typed := typed_string(text, names, sentence):
        if names.type_of(typed.label) != names.type_of(label):
            raise Failed("contradictory")  # {"PER": ["Mainz (LOC)"]}
        reading.problems.add("typed_string")
        read_text(label, typed.text, reading)
    else:
        parts = split_string(text, sentence)
        if len(parts) > 1 and all(map(sentence.holds, parts)):
            reading.problems.add("string_for_list")
        else:
            parts = [text]
        for part in parts:
            reading.add(label, part)


def _read_string(label: str, string: str, reading: Reading) -> None:
    """Read {"PER": "Rosa, Paul"}, or JSON in the string."""
    inner = None if reading.sentence.echoes.stands_in_sentence(string) else json_in(string, reading.problems)
    if inner is not None:
        read_texts(label, inner, reading)
        return
    reading.problems.add("string_for_list")
    for text in split_string(string, reading.sentence):
        reading.add(label, text)


def _read_number(label: str, number: Number, reading: Reading, *, is_alone: bool = False) -> None:
    """Take a number for a mention if the sentence has it as a word, and else for a count or an index."""
    reading.problems.add("number_for_text")
    if reading.sentence.has_words(number) and not (is_alone and _may_be_place(number)):
        reading.add(label, str(number))
    else:
        reading.has_untyped = True


def _read_list(label: str, items: list[Any], reading: Reading) -> None:
    if _read_numbers(label, items, reading):
        return
    for item in items:
        if isinstance(item, Number):
            _read_number(label, item, reading)
        elif isinstance(item, str):
            read_text(label, item, reading)
        elif isinstance(item, Pairs):
            _read_object(label, item, reading)
        elif isinstance(item, list):
            _read_inner_list(label, item, reading)
        elif item is None:
            reading.problems.add("null_for_text")
            reading.says_nothing = True
        else:
            reading.has_untyped = True


def _read_numbers(label: str, items: list[Any], reading: Reading) -> bool:
    """Read {"MISC": [1,000]}, and numbers that are no offsets or counts, for they are large."""
    numbers = [item for item in items if isinstance(item, Number)]
    if not numbers or len(numbers) < len(items):
        return False
    joined = Number(",".join(numbers))  # 1,000 without quotes
    if len(numbers) > 1 and reading.sentence.has_words(joined):
        _read_number(label, joined, reading)
        return True
    if any(_may_be_place(number) or reading.sentence.has_words(number) for number in numbers):
        return False
    for number in numbers:
        reading.add(label, str(number))
    return True


def _read_inner_list(label: str, items: list[Any], reading: Reading) -> None:
    """Read the mention of ["Rosa", 0, 4], ["Rosa", 0.9], [0, 4], or of the fragments ["North", "Korea"]."""
    strings = [item for item in items if isinstance(item, str) and not isinstance(item, Number)]
    numbers = [item for item in items if isinstance(item, Number)]
    if numbers and len(strings) == 1 and len(numbers) + 1 == len(items):
        reading.add(label, strings[0])
    elif len(numbers) == len(items) == 2 and all(map(is_whole, numbers)):
        reading.add(label, reading.text_at(int(numbers[0]), int(numbers[1])))
    elif strings and len(strings) == len(items):
        reading.problems.add("list_of_fragments")
        reading.add(label, FRAGMENTS.join(strings))
    else:
        reading.is_unread = True


def _read_object(label: str, pairs: Pairs, reading: Reading) -> None:
    """Read the mention of {"text": "Rosa", "start": 0}, or the keys of {"Rosa": "a person", ...}."""
    if is_schema(pairs):
        reading.has_untyped = True
        return
    reading.problems.add("object_for_text")
    text = text_of(pairs, label, reading)
    if text is not None:
        reading.add(label, text)
        return
    if any(reading.names.type_of(key) for key, _ in pairs):
        raise Failed("no_dictionary")  # a type within a type: a lost quotation mark or bracket
    before = len(reading.tagged)
    for key, value in pairs:
        if value is False:
            continue
        is_list = isinstance(value, list) and not isinstance(value, Pairs)
        if reading.sentence.holds(key) and not (
            isinstance(value, list) and value and entity_keys.is_container_key(key)
        ):
            reading.add(label, key)
        elif is_list and not entity_keys.is_note_key(key):
            read_texts(label, value, reading)
    reading.is_unread |= len(reading.tagged) == before and bool(pairs)


def _may_be_place(number: str) -> bool:
    """Return whether a number may be an offset, an index or a count."""
    return is_whole(number) and int(number) < _LARGE
