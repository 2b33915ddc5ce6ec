"""Read mentions from the dictionary or list of a reply, in any of the shapes that LLMs write."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tinyner.clean.lenient_json import Pairs

FRAGMENTS = " ... "  # joins the fragments of a discontinuous mention, as LLMs do

# Keys of an object that describes a mention, e.g. {"entity": "Blair", "type": "PER"}.
_TEXT_KEYS = ("entity", "text", "name", "mention", "word", "value", "span")
_TYPE_KEYS = ("type", "label", "entity_type", "category", "tag", "class", "entity_group")


class TypeNames:
    """The names of the scheme's types; case, punctuation, notes in brackets and plurals make no difference.

    >>> names = TypeNames({"PER": ["person", "people"], "ORG": ["organization"]})
    >>> names.find("Persons"), names.find("ORG (Organization)"), names.find("date")
    ('PER', 'ORG', None)
    """

    def __init__(self, types: Mapping[str, Sequence[str]]) -> None:
        """Take each type of the scheme with its other names."""
        self._names: dict[str, str] = {}
        for label, others in types.items():
            for other in (label, *others):
                name = self._normal(other)
                plural = f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
                self._names[name] = label
                self._names.setdefault(plural, label)
        words = sorted({name.partition(" ")[0] for name in self._names}, key=len, reverse=True)
        self._any = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)", re.I)

    @staticmethod
    def _normal(name: str) -> str:
        bare = re.sub(r"\(.*?\)", " ", name)
        return " ".join(re.sub(r"[\W_]+", " ", bare).split()).casefold()

    def find(self, name: str) -> str | None:
        """Return the type of this name, or of its part before a colon or dash: ``ORG - Organization``."""
        for text in (name, re.split(r":|\s[-/]\s?", name)[0]):
            label = self._names.get(self._normal(text))
            if label:
                return label
        return None

    def rank(self, name: str) -> int:
        """Return 2 for a type as the scheme writes it, 1 for another name of a type, 0 for any other text."""
        label = self.find(name)
        return 0 if label is None else 1 + (label == name)

    def occur_in(self, text: str) -> bool:
        """Return whether a text contains the name of a type, or the first word of such a name."""
        return bool(self._any.search(text))


def mentions(value: Pairs | list[Any], names: TypeNames, problems: set[str]) -> Iterator[tuple[str, str]]:
    """Yield (type, text) of every mention, as written; any shape but a dictionary of type to texts adds a problem.

    The shapes are: a dictionary of type to texts, or of text to type, and lists of such dictionaries; objects
    that describe a mention each; pairs of text and type; any of these as the value of another key.
    """
    if isinstance(value, Pairs):
        yield from _of_object(value, names, problems)
        return
    problems.add("list_of_dictionaries")
    for item in value:
        if isinstance(item, Pairs):
            yield from _of_object(item, names, problems)
        elif isinstance(item, list) and len(item) == 2 and isinstance(item[0], str) and names.find(item[0]):
            yield from ((item[0], text) for text in _texts(item[1], set()))  # [type, text] or [type, [text, ...]]
        elif isinstance(item, list) and len(item) == 2 and isinstance(item[1], str) and names.find(item[1]):
            yield from ((item[1], text) for text in _texts(item[0], set()))
        elif isinstance(item, list):
            yield from mentions(item, names, problems)
        else:
            problems.add("value_without_type")


def _first_string(pairs: Pairs, keys: Sequence[str]) -> str | None:
    values = {key.casefold().replace(" ", "_"): value for key, value in pairs}
    return next((values[key] for key in keys if isinstance(values.get(key), str)), None)


def _of_object(pairs: Pairs, names: TypeNames, problems: set[str]) -> Iterator[tuple[str, str]]:
    text, label = _first_string(pairs, _TEXT_KEYS), _first_string(pairs, _TYPE_KEYS)
    if label is not None and (text is not None or names.find(label)):
        yield from _of_typed_object(pairs, label, text, problems)
        return
    typed = any(names.find(key) for key, _ in pairs)
    containers = [value for key, value in pairs if not names.find(key) and _holds_mentions(value, names)]
    if containers and not typed:
        problems.add("wrapped")  # {"entities": {...}}, {"sentence": "...", "entities": [{...}, ...]}
        for container in containers:
            yield from mentions(container, names, problems)
        return
    if len({key for key, _ in pairs}) < len(pairs):
        problems.add("duplicated_key")
    inverted = [(string, key) for key, value in pairs for string in _strings(value)]
    if sum(names.rank(label) for label, _ in inverted) > sum(names.rank(key) for key, _ in pairs):
        problems.add("entity_to_type")
        yield from ((label, key) for label, key in inverted if label.strip())
        return
    wrapper = not typed and any(isinstance(value, list) and not value for _, value in pairs)
    for key, content in pairs:
        if not names.find(key) and _is_note(content, typed=typed, wrapper=wrapper):
            problems.add("note")
        elif not names.find(key) and _holds_mentions(content, names):
            problems.add("wrapped")
            yield from mentions(content, names, problems)
        else:
            for mention in _texts(content, problems):
                yield key, mention


def _of_typed_object(pairs: Pairs, label: str, text: str | None, problems: set[str]) -> Iterator[tuple[str, str]]:
    """Yield the mentions of {"type": "PER", "text": "Blair"} or {"type": "PER", "entities": ["Blair", ...]}."""
    problems.add("one_object_a_mention" if text is not None else "object_a_type")
    if text is not None:
        yield label, text
        return
    for _, value in pairs:
        if isinstance(value, list) and not isinstance(value, Pairs):
            yield from ((label, item) for item in value if isinstance(item, str))


def _strings(value: Any) -> list[str]:
    """Return the strings that a value is or lists, or the type of an object."""
    if isinstance(value, Pairs):
        label = _first_string(value, _TYPE_KEYS)
        return [] if label is None else [label]
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]


def _is_note(content: Any, *, typed: bool, wrapper: bool) -> bool:
    """Return whether the value of a key that names no type is a note: prose, or an empty list.

    In a wrapper, an object without types that has an empty list, every string is a note. Other strings are
    notes if they are long: above 3 words where other keys name types, else above 8.
    """
    if isinstance(content, list):
        return not content
    return isinstance(content, str) and (wrapper or len(content.split()) > (3 if typed else 8))


def _holds_mentions(value: Any, names: TypeNames) -> bool:
    """Return whether the value of a key that names no type has mentions: a dictionary, a list of objects or pairs."""
    if isinstance(value, Pairs):
        return any(
            names.find(key) or (key.casefold() not in _TYPE_KEYS and any(map(names.rank, _strings(inner))))
            for key, inner in value
        )
    return isinstance(value, list) and any(isinstance(item, list) for item in value)


def _texts(content: Any, problems: set[str]) -> Iterator[str]:
    """Yield the texts of a type; a list within the list holds the fragments of a mention."""
    if isinstance(content, str):
        problems.add("string_for_list")
        yield from re.split(r"[,;]\s+", content)  # several mentions in one string
    elif content is None or isinstance(content, bool):
        problems.add("null_for_list")
    elif isinstance(content, Pairs):  # {"PER": {"Blair": "..."}}
        yield from _texts_of_object(content, problems)
    elif isinstance(content, list):
        for item in content:
            if isinstance(item, str):
                yield item
            elif isinstance(item, Pairs):
                yield from _texts_of_object(item, problems)
            elif isinstance(item, list):
                problems.add("list_of_fragments")
                yield FRAGMENTS.join(str(fragment) for fragment in item)
            elif item is None:
                problems.add("null_for_text")
            else:
                problems.add("number_for_text")
                yield str(item)
    else:
        problems.add("number_for_text")
        yield str(content)


def _texts_of_object(pairs: Pairs, problems: set[str]) -> Iterator[str]:
    """Yield the mention of {"text": "Blair", "start": 3}, or the keys of {"Blair": "a person", ...}."""
    problems.add("object_for_text")
    text = _first_string(pairs, _TEXT_KEYS)
    yield from [text] if text is not None else [key for key, _ in pairs]
