"""Mentions from the value of a reply's dictionary, in whichever shape it came."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tinyner.clean.json_extraction import Pairs

FRAGMENTS = " ... "  # joins the pieces of a discontinuous mention, as LLMs write them

# Keys of an object that describes one mention, e.g. {"entity": "Blair", "type": "PER"}.
_TEXT_KEYS = ("entity", "text", "name", "mention", "word", "value", "span")
_TYPE_KEYS = ("type", "label", "entity_type", "category", "tag", "class", "entity_group")


class TypeNames:
    """The names of the scheme's types, read without case, punctuation, bracketed notes and number.

    >>> names = TypeNames({"PER": ["person", "people"], "ORG": ["organization"]})
    >>> names.find("Persons"), names.find("ORG (Organization)"), names.find("date")
    ('PER', 'ORG', None)
    """

    def __init__(self, types: Mapping[str, Sequence[str]]) -> None:
        """Take each type, and its other names."""
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
        """The type of this name, or of what stands before a colon or dash in it: ``ORG - Organization``."""
        for text in (name, re.split(r":|\s[-/]\s?", name)[0]):
            found = self._names.get(self._normal(text))
            if found:
                return found
        return None

    def rank(self, name: str) -> int:
        """How surely a text is a type's name: 2 as the scheme writes it, 1 as another name of it, 0 not at all."""
        found = self.find(name)
        return 0 if found is None else 1 + (found == name)

    def occur_in(self, text: str) -> bool:
        """Whether a text has the name of a type in it, or the first word of one."""
        return bool(self._any.search(text))


def mentions(value: Pairs | list[Any], names: TypeNames, problems: set[str]) -> Iterator[tuple[str, str]]:
    """(type, text) of every mention as written; a shape other than type to list of texts is a problem.

    Read are a dictionary from type to texts, or from text to type, and lists of such; objects that
    describe one mention; pairs of text and type; all of it under a key of its own.
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
    inverted = [(one, key) for key, value in pairs for one in _strings(value)]
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
    """{"type": "PER", "text": "Blair"}, or {"type": "PER", "entities": ["Blair", ...]}."""
    problems.add("one_object_a_mention" if text is not None else "object_a_type")
    if text is not None:
        yield label, text
        return
    for _, value in pairs:
        if isinstance(value, list) and not isinstance(value, Pairs):
            yield from ((label, one) for one in value if isinstance(one, str))


def _strings(value: Any) -> list[str]:
    """The strings that a value is or lists, or the type of an object that is nothing else."""
    if isinstance(value, Pairs):
        label = _first_string(value, _TYPE_KEYS)
        return [] if label is None else [label]
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


def _is_note(content: Any, *, typed: bool, wrapper: bool) -> bool:
    """Whether a value under no type's name is no mention: prose, or a wrapper's empty list and what is beside it."""
    if isinstance(content, list):
        return not content
    return isinstance(content, str) and (wrapper or len(content.split()) > (3 if typed else 8))


def _holds_mentions(value: Any, names: TypeNames) -> bool:
    """Whether a value under a key of its own is the dictionary, or a list of objects or pairs."""
    if isinstance(value, Pairs):
        return any(
            names.find(key) or (key.casefold() not in _TYPE_KEYS and any(map(names.rank, _strings(inner))))
            for key, inner in value
        )
    return isinstance(value, list) and any(isinstance(item, list) for item in value)


def _texts(content: Any, problems: set[str]) -> Iterator[str]:
    """The texts under one type; a list within the list holds the pieces of one mention."""
    if isinstance(content, str):
        problems.add("string_for_list")
        yield from re.split(r"[,;]\s+", content)  # several in one string, as people list them
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
                yield FRAGMENTS.join(str(piece) for piece in item)
            elif item is None:
                problems.add("null_for_text")
            else:
                problems.add("number_for_text")
                yield str(item)
    else:
        problems.add("number_for_text")
        yield str(content)


def _texts_of_object(pairs: Pairs, problems: set[str]) -> Iterator[str]:
    """{"text": "Blair", "start": 3} is one mention; {"Blair": "a person", ...} has its mentions as keys."""
    problems.add("object_for_text")
    text = _first_string(pairs, _TEXT_KEYS)
    yield from [text] if text is not None else [key for key, _ in pairs]
