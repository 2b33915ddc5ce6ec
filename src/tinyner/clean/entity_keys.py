"""What the keys of an object that describes a mention say: its text, its type, its place, or something else.

LLM libraries and servers use many names for the same: ``entity_name`` and ``entity_type``, ``extraction_text`` and
``extraction_class``, ``word`` and ``entity_group``, ``text`` and ``label``. The last word of a key decides.
"""

import re
from functools import lru_cache

import regex

_SIGNS = regex.compile(r"(?:[^\w\p{M}]|_)+")

_TYPE_WORDS = {"type", "types", "label", "labels", "class", "classification", "tag", "category"}
_TYPE_WORDS |= {"group", "kind", "ner"}
_TEXT_WORDS = (
    "mention", "entity", "surface", "phrase", "span", "word", "token", "text", "string", "name", "value", "term",
    "extraction",
)  # fmt: skip
_START_WORDS = {"start", "begin", "from", "offset"}
_END_WORDS = {"end", "stop", "to"}
_CALLS = {
    "arguments", "parameters", "params", "args", "input", "tool_input", "function", "function_call", "tool_call",
    "tool_calls", "tool_uses", "kwargs",
}  # fmt: skip
_NOTES = {
    "reason", "thought", "thoughts", "thinking", "analysis", "justification", "rationale", "comment", "comments",
    "note", "description", "draft", "drafts", "candidates", "context", "example", "examples", "schema", "probability",
    "id", "index", "error", "errors", "exception", "traceback", "message", "detail", "details", "status", "code",
    "success", "refusal", "warning", "sentence", "input_text", "source", "model", "usage", "language", "lang",
    "definition", "meaning", "title", "required", "version", "role", "relations", "relationships", "edges", "triples",
    "rejected", "excluded", "ignored", "discarded", "non_entities", "false_positives",
}  # fmt: skip
_NOTE_WORDS = {  # also behind other words: entity_scores
    "reasoning", "explanation", "notes", "score", "scores", "confidence", "count", "counts", "total", "steps",
}  # fmt: skip
_ERRORS = {"error", "errors", "refusal", "exception", "traceback"}
_CONTAINERS = {
    "entity", "ner", "results", "result", "output", "answer", "response", "data", "items", "list", "labels",
    "annotations", "predictions", "properties", "values", "content", "text", "value", "message", "tags", "tokens",
    "words", "entity_list", "final",
}  # fmt: skip
_CONTAINER_WORDS = {"entities", "mentions", "spans", "extractions"}  # also behind other words: named_entities
_SCHEMA_TYPES = {"object", "array", "string", "number", "integer", "boolean", "null"}


@lru_cache(maxsize=10_000)
def plain_key(key: str) -> str:
    """Return a key in lower case with underscores.

    >>> plain_key("entityName"), plain_key("Entity Type")
    ('entity_name', 'entity_type')
    """
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key.strip())
    plain: str = _SIGNS.sub("_", apart)
    return plain.strip("_").casefold()


def _last_word(key: str) -> str:
    return plain_key(key).rstrip("0123456789_").rpartition("_")[2]


def is_type_key(key: str) -> bool:
    """Return whether a key holds a mention's type."""
    return _last_word(key) in _TYPE_WORDS


def text_rank(key: str) -> int | None:
    """Return how surely a key holds a mention's text, 0 for the surest; None for a key that holds none."""
    if is_type_key(key) or plain_key(key) in ("input_text", "source_text", "full_text", "context"):
        return None
    word = _last_word(key)
    singular = word.removesuffix("s")
    return _TEXT_WORDS.index(singular) if singular in _TEXT_WORDS else None


def is_start_key(key: str) -> bool:
    """Return whether a key holds the offset at which a mention begins."""
    words = set(plain_key(key).split("_"))
    return bool(words & _START_WORDS) and not words & _END_WORDS


def is_end_key(key: str) -> bool:
    """Return whether a key holds the offset at which a mention ends."""
    return bool(set(plain_key(key).split("_")) & _END_WORDS)


def is_call_key(key: str) -> bool:
    """Return whether a key holds the arguments of a tool call."""
    return plain_key(key) in _CALLS


def is_note_key(key: str) -> bool:
    """Return whether a key holds a remark, and never a mention."""
    plain = plain_key(key)
    return plain in _NOTES or plain.rpartition("_")[2] in _NOTE_WORDS


def is_remark_key(key: str) -> bool:
    """Return whether a key holds a remark about a mention, or what its type is, and so not its text."""
    return is_type_key(key) or (is_note_key(key) and plain_key(key) not in ("id", "source"))


def is_error(key: str, value: object) -> bool:
    """Return whether a pair tells that there is no answer: {"error": "..."}, {"status": "failed"}."""
    plain = plain_key(key)
    if plain in ("success", "ok", "succeeded"):
        return value is False
    if plain in ("status", "state", "result_status"):
        return isinstance(value, str) and value.casefold() in ("error", "failed", "failure", "refused")
    return plain in _ERRORS and value not in (None, False, "", [])


def is_container_key(key: str) -> bool:
    """Return whether a key names what holds mentions, and is no type itself."""
    plain = plain_key(key)
    return plain in _CONTAINERS or plain in _CALLS or plain.rpartition("_")[2] in _CONTAINER_WORDS


def is_schema_type(value: object) -> bool:
    """Return whether a value is the name of a type of JSON Schema."""
    return isinstance(value, str) and value.strip().casefold() in _SCHEMA_TYPES


def is_reserved(key: str) -> bool:
    """Return whether a key is a word of JSON answers and not of the sentence: ``type``, ``entities``, ``error``."""
    return is_type_key(key) or is_container_key(key) or is_note_key(key) or text_rank(key) is not None
