"""Which objects and lists hold others: a container of mentions, a schema, equal keys again and again."""

from typing import Any

from tinyner.clean import entity_keys
from tinyner.clean.described_mention import label_of
from tinyner.clean.lenient_json import Pairs, strings_in
from tinyner.clean.mention_texts import split_string, typed_string
from tinyner.clean.reading import Reading


def is_container(key: str, value: Any, reading: Reading) -> bool:
    """Return whether a pair holds mentions with their types: {"entities": {...}}, {"list": ["Rosa (PER)"]}."""
    if isinstance(value, Pairs):
        return bool(value) and not _is_entity_with_type(key, value, reading)
    if isinstance(value, list):
        return any(isinstance(item, list) for item in value) or _has_typed(strings_in(value), reading)
    if isinstance(value, str) and entity_keys.is_container_key(key):
        return _has_typed(split_string(value, reading.sentence), reading)
    return False


def _has_typed(strings: list[str], reading: Reading) -> bool:
    return any(typed_string(string, reading.names, reading.sentence) for string in strings)


def _is_entity_with_type(key: str, value: Pairs, reading: Reading) -> bool:
    """Return whether {"Rosa": {"type": "PER"}} is meant, and not {"entity": {"type": "PER", "text": "Rosa"}}."""
    stands = reading.sentence.holds(key) and not entity_keys.is_container_key(key)
    return stands and label_of(value, reading) is not None


def objects_in(pairs: Pairs) -> list[Pairs]:
    """Return the objects that a list of pairs with the same keys again and again holds: Type, Text, Type, Text, ..."""
    keys = [key for key, _ in pairs]
    if len(set(keys)) == len(keys) or not any(map(entity_keys.is_type_key, keys)) or keys.count(keys[0]) < 2:
        return [pairs]
    objects: list[Pairs] = []
    for key, value in pairs:
        if key == keys[0]:
            objects.append(Pairs())
        objects[-1].append((key, value))
    return objects


def is_schema(pairs: Pairs) -> bool:
    """Return whether an object is a JSON Schema, or a part of one, and no answer that follows it."""
    fields = dict(pairs)
    if any(key in fields for key in ("$schema", "$defs", "$ref", "anyOf")):
        return True
    if not entity_keys.is_schema_type(fields.get("type")):
        return False
    if isinstance(fields.get("items"), list) and not isinstance(fields["items"], Pairs):
        return False
    properties = fields.get("properties")
    return not isinstance(properties, Pairs) or all(
        isinstance(value, Pairs) and is_schema(value) for _, value in properties
    )
