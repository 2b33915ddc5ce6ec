"""Dictionaries without containers: a mention, texts by type, types by text, the words of tags, a type outside."""

from typing import Any

from tinyner.clean import entity_keys, tag_sequences
from tinyner.clean.described_mention import label_of, text_of, text_under_any_key
from tinyner.clean.failed import Failed
from tinyner.clean.lenient_json import Pairs, strings_in
from tinyner.clean.mention_texts import is_nothing
from tinyner.clean.reading import Reading
from tinyner.clean.type_names import is_no_type
from tinyner.clean.typed_texts import read_text, read_texts

_NOTE_WORDS = 3  # a longer string beside types is a remark


def read_described(pairs: Pairs, reading: Reading) -> bool:
    """Read {"type": "PER", "text": "Rosa"}, the like with offsets, and {"type": "PER", "entities": ["Rosa"]}.

    Returns:
        Whether that is the shape; nothing is read where not.
    """
    label = label_of(pairs, reading)
    if label is None:
        return False
    is_type = reading.names.type_of(label) is not None
    text = text_of(pairs, label, reading)
    if text is None:
        text = text_under_any_key(pairs, label, reading)
    if text is not None and ((not is_type and is_no_type(label)) or any(map(_denies, pairs))):
        reading.add("O", text)
        return True
    is_other = text is not None and not entity_keys.is_schema_type(label) and reading.is_other_type(label, [text])
    if not is_type and not is_other:
        return False
    if text is not None:
        reading.problems.add("one_object_a_mention")
        read_text(label, text, reading)
        return True
    lists = [value for key, value in pairs if isinstance(value, list) and not entity_keys.is_type_key(key)]
    if not lists or label not in [value for _, value in pairs if isinstance(value, str)]:
        return False
    reading.problems.add("object_a_type")
    for value in lists:
        read_texts(label, value, reading)
    return True


def _denies(pair: tuple[str, Any]) -> bool:
    """Return whether a pair says that an object is no mention: {"is_entity": false}."""
    key, value = pair
    return value is False and entity_keys.plain_key(key).startswith("is_")


def read_inverted(pairs: Pairs, reading: Reading) -> bool:
    """Read {"Rosa": "PER", "Opel": {"type": "ORG"}}; return whether the values name more types than the keys."""
    rank = reading.names.rank
    inverted = [(label, text) for text, value in pairs for label in _labels_in(value, reading)]
    if sum(rank(label) for label, _ in inverted) <= sum(rank(key) for key, _ in pairs):
        return False
    reading.problems.add("entity_to_type")
    stands = any(reading.sentence.holds(text) for _, text in inverted)
    for label, text in inverted:
        if not stands or (entity_keys.is_reserved(text) and not reading.sentence.holds(text)):
            reading.is_unread = True
        elif reading.names.type_of(label) or is_no_type(label) or reading.is_other_type(label, [text]):
            reading.add(label, text)
    for text, value in pairs:
        if value in (None, [], False):
            reading.add_outside(text)
    return True


def _labels_in(value: Any, reading: Reading) -> list[str]:
    """Return the strings that a value is or lists, or the type of an object."""
    if isinstance(value, Pairs):
        label = label_of(value, reading)
        return [] if label is None else [label]
    return strings_in(value)


def read_tag_lists(pairs: Pairs, reading: Reading) -> bool:
    """Read {"B-PER": ["Max"], "I-PER": ["Frei"]}; return whether that is the shape.

    Raises:
        Failed: tags.
    """
    tags = [(*reading.names.find_tag(key), strings_in(value)) for key, value in pairs]
    lists = [(prefix, type_name, texts) for prefix, type_name, texts in tags if type_name]
    if not any(prefix in tag_sequences.INSIDE for prefix, _, _ in lists):
        return False
    reading.tagged += tag_sequences.from_lists(lists, reading.sentence)
    reading.problems.add("tags_for_types")
    return True


def read_beside_types(key: str, content: Any, reading: Reading, *, typed: bool) -> None:
    """Read a pair whose key is no type of the scheme: an error, an empty pair, another type's texts, a remark.

    Args:
        key: of the pair.
        content: the pair's value.
        reading: to which it is added.
        typed: whether keys beside it are types.

    Raises:
        Failed: no_types (the key has texts of the sentence, and can't be a type).
    """
    if entity_keys.is_error(key, content):
        reading.is_unread = True
    elif is_no_type(key):
        reading.says_nothing = True
    elif content in ([], None, False) or (isinstance(content, str) and not content.strip()):
        is_entity = reading.sentence.holds(key) and not entity_keys.is_reserved(key)  # {"Rosa": null}: of which type?
        reading.is_unread |= is_entity
        reading.says_nothing |= not is_entity
        reading.problems.add("note")
    elif isinstance(content, str) and is_nothing(content) and entity_keys.is_container_key(key):
        reading.says_nothing = True
        reading.problems.add("nothing_in_words")
    else:
        _read_other_type(key, content, reading, typed=typed)


def _read_other_type(key: str, content: Any, reading: Reading, *, typed: bool) -> None:
    """Read the texts of a type outside the scheme, or pass a remark: a few words, a key that names remarks."""
    strings = strings_in(content)
    is_type, is_note = not entity_keys.is_reserved(key), entity_keys.is_note_key(key)
    may_be_type = reading.names.may_be_type(key)
    stands = any(map(reading.sentence.holds, strings))
    if is_type and stands and not may_be_type:
        raise Failed("no_types")
    is_short = bool(strings) and (isinstance(content, list) or len(content.split()) <= _NOTE_WORDS)
    if is_type and (stands or (typed and is_short and may_be_type)):
        read_texts(key, content, reading)
    else:
        reading.problems.add("note")
        reading.is_unread |= not typed and not is_note
        reading.has_untyped |= typed and stands and isinstance(content, list) and not is_note
