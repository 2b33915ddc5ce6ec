"""Read the mentions of a dictionary or list, in any of the shapes that LLMs write, however deep others wrap them."""

from collections.abc import Sequence
from typing import Any

from tinyner.clean import entity_keys
from tinyner.clean.asked_sentence import squeezed
from tinyner.clean.containers import is_container, is_schema, objects_in
from tinyner.clean.dictionaries import read_beside_types, read_described, read_inverted, read_tag_lists
from tinyner.clean.failed import Failed
from tinyner.clean.lenient_json import Pairs, json_in, strings_in
from tinyner.clean.mention_texts import is_nothing, split_string, typed_string
from tinyner.clean.reading import Reading
from tinyner.clean.tag_sequences import TaggedText
from tinyner.clean.tagged_rows import read_parallel_lists, read_rows, row_of
from tinyner.clean.type_names import is_no_type
from tinyner.clean.typed_texts import read_texts


def read(value: Pairs | list[Any] | str, reading: Reading) -> None:
    """Read an object, a list, or a string of texts with their types, as a whole answer or as a part of it.

    Raises:
        Failed: if a part of it has no type, contradicts another, or can't be read.
    """
    if isinstance(value, Pairs):
        _read_object(value, reading)
    elif isinstance(value, list):
        reading.problems.add("list_of_dictionaries")
        _read_list(value, reading)
    else:
        _read_list(split_string(value, reading.sentence), reading)


def _read_object(pairs: Pairs, reading: Reading) -> None:
    if not pairs:
        reading.says_nothing = True
    elif is_schema(pairs):
        reading.is_unread = True
    elif len(objects := objects_in(pairs)) > 1:
        for part in objects:
            _read_object(part, reading)
    elif not read_parallel_lists(pairs, reading) and not read_described(pairs, reading):
        typed = any(reading.names.type_of(key) for key, _ in pairs)
        if not typed and _read_wrapped(pairs, reading):
            return
        if len({key for key, _ in pairs}) < len(pairs):
            reading.problems.add("duplicated_key")
        if not read_inverted(pairs, reading) and not read_tag_lists(pairs, reading):
            _read_by_type(pairs, reading, typed=typed)


def _read_wrapped(pairs: Pairs, reading: Reading) -> bool:
    """Read {"entities": {...}}, {"sentence": "...", "entities": [...]}, and a tool call's arguments.

    Returns:
        Whether that is the shape; nothing is read where not.
    """
    inner = [(key, _unquoted(key, value, reading)) for key, value in pairs]
    calls = [(key, value) for key, value in inner if entity_keys.is_call_key(key) and isinstance(value, list)]
    containers = calls or [
        (key, value) for key, value in inner if not entity_keys.is_note_key(key) and is_container(key, value, reading)
    ]
    if not containers:
        return False
    reading.problems.add("wrapped")
    for _, value in containers:
        before = len(reading.tagged)
        read(value, reading)
        _check_types(reading.tagged[:before], reading.tagged[before:], reading)
    if not calls:
        read_keys = {key for key, _ in containers}
        _read_beside_containers([(key, value) for key, value in pairs if key not in read_keys], reading)
    return True


def _unquoted(key: str, value: Any, reading: Reading) -> Any:
    """Return the JSON that a string holds, any other value as it is."""
    if not isinstance(value, str) or entity_keys.is_note_key(key):
        return value
    inner = None if reading.sentence.echoes.stands_in_sentence(value) else json_in(value, reading.problems)
    return value if inner is None else inner


def _check_types(earlier: Sequence[TaggedText], later: Sequence[TaggedText], reading: Reading) -> None:
    """Raise where two containers have a text under different types: one of them may be a draft."""
    types = {squeezed(item.text): reading.names.type_of(item.label) for item in earlier}
    for item in later:
        type_name = reading.names.type_of(item.label)
        if types.get(squeezed(item.text), type_name) != type_name:
            raise Failed("contradictory")


def _read_beside_containers(pairs: Sequence[tuple[str, Any]], reading: Reading) -> None:
    """Read the lists beside containers that are neither: texts of the sentence there have another type, or none."""
    for key, value in pairs:
        if isinstance(value, list) and not entity_keys.is_note_key(key) and not entity_keys.is_container_key(key):
            texts = strings_in(value)
            if reading.is_other_type(key, texts):
                for text in texts:
                    reading.add(key, text)
            elif any(map(reading.sentence.holds, texts)):
                raise Failed("half_read")


def _read_by_type(pairs: Pairs, reading: Reading, *, typed: bool) -> None:
    """Read {"PER": ["Rosa"], ...}, with remarks, wrapped mentions and types outside the scheme beside."""
    for key, content in pairs:
        is_aside = entity_keys.is_note_key(key) or is_no_type(key)
        if reading.names.type_of(key):
            read_texts(key, content, reading)
        elif isinstance(content, list) and not is_aside and is_container(key, content, reading):
            reading.problems.add("wrapped")
            read(content, reading)
        else:
            read_beside_types(key, content, reading, typed=typed)


def _read_list(items: Sequence[Any], reading: Reading) -> None:
    if not items:
        reading.says_nothing = True
    rows = [row for item in items if (row := row_of(item))]
    if rows and len(rows) == len(items) and read_rows(rows, reading):
        return
    for item in items:
        if isinstance(item, Pairs):
            _read_object(item, reading)
        elif isinstance(item, list):
            _read_inner_list(item, reading)
        elif isinstance(item, str) and (typed := typed_string(item, reading.names, reading.sentence)):
            reading.problems.add("typed_string")
            reading.add(*typed)
        else:
            _read_untyped(item, reading)


def _read_inner_list(items: list[Any], reading: Reading) -> None:
    """Read ["PER", ["Rosa", "Paul"]], ["Rosa", "PER"], or a list of objects in the list."""
    row = row_of(items)
    is_type_with_list = len(items) == 2 and isinstance(items[0], str) and isinstance(items[1], list)
    if is_type_with_list and reading.names.type_of(items[0]):
        read_texts(items[0], items[1], reading)
    elif row is None or not read_rows([row], reading):
        _read_list(items, reading)


def _read_untyped(item: Any, reading: Reading) -> None:
    """Take an element of a list of mentions that has no type: no text of the sentence may get lost here."""
    if item is None or (isinstance(item, str) and is_nothing(item)):
        reading.says_nothing = True
        return
    reading.problems.add("value_without_type")
    reading.is_unread = True
    if reading.tagged and isinstance(item, str) and reading.sentence.holds(item):
        raise Failed("half_read")
