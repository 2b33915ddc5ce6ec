"""The names under which a reply may write the types of the scheme."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

import regex

_SIGNS = regex.compile(r"(?:[^\w\p{M}]|_)+")
# A letter before or behind a name makes it part of another word, but not in these scripts, which have no white space.
_WITHOUT_SPACES = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
)
_BRACKETS = re.compile(r"[(\[<{](.*?)[)\]>}]")
_BESIDE_A_NAME = {
    "entity",
    "entities",
    "name",
    "names",
    "type",
    "types",
    "list",
    "mention",
    "mentions",
    "span",
    "spans",
}
_LONGEST_NAME = 200  # characters of a type's name
_TAG_PREFIX = re.compile(r"\s*([BIESLUM])[-_](.+)", re.S | re.I)
_TAG_SUFFIX = re.compile(r"(.+)[-_]([BIESLUM])\s*", re.S | re.I)
NO_TYPE = {"o", "none", "null", "no entity", "not an entity", "non entity", "outside", "n a", ""}


def normal(name: str) -> str:
    """Return a name without case, punctuation and notes in brackets.

    >>> normal("**ORG** (Organization)")
    'org'
    """
    bare = _BRACKETS.sub(" ", unicodedata.normalize("NFKC", name))
    return " ".join(_SIGNS.sub(" ", bare).split()).casefold()


class TypeNames:
    """The names of the scheme's types; case, punctuation, numbering, notes and plurals make no difference.

    >>> names = TypeNames({"PER": ["person", "people"], "ORG": ["organization"]})
    >>> names.find("Persons"), names.find("2. ORG (Organization)"), names.find("person_entities"), names.find("date")
    ('PER', 'ORG', 'PER', None)
    """

    def __init__(self, types: Mapping[str, Sequence[str]]) -> None:
        """Take each type of the scheme with its other names."""
        self._labels = set(types)
        self._names: dict[str, str] = {}
        for label, others in types.items():
            for other in (label, *others):
                name = normal(other)
                plural = f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
                self._names[name] = label
                self._names.setdefault(plural, label)
        words = sorted({name.partition(" ")[0] for name in self._names}, key=len, reverse=True)
        self._any = regex.compile("|".join(map(_as_word, words)), regex.I)
        # Replies repeat themselves: what was looked up before.
        self._types: dict[str, str | None] = {}
        self._tags: dict[str, tuple[str, str | None]] = {}
        self._scripts = {script for name in self._names for script in _scripts(name)}

    def find(self, name: str) -> str | None:
        """Return the type of this name: of the whole, or of a part of it, the most telling first.

        The parts are what stands before a colon or dash (``ORG - Organization``), in brackets (``Person (PER)``),
        behind a colon or dash, and what remains without numbering and words such as ``entities``. Names on both
        sides of a slash count if they are names of one type.
        """
        if name in self._labels:
            return name
        if len(name) > _LONGEST_NAME:
            return None
        if name not in self._types:
            self._types[name] = self._find(name)
        return self._types[name]

    def _find(self, name: str) -> str | None:
        for reading in _readings(name):
            label = self._names.get(reading)
            if label:
                return label
        parts = {self._names.get(normal(part)) for part in re.split(r"[/|]", name)}
        return parts.pop() if len(parts) == 1 else None

    def find_tag(self, tag: str) -> tuple[str, str | None]:
        """Return the prefix of a word's tag and its type: ``B`` and ``PER`` of ``B-PER``; no prefix for a bare name."""
        if len(tag) > _LONGEST_NAME:
            return "", self.find(tag)
        if tag not in self._tags:
            self._tags[tag] = self._find_tag(tag)
        return self._tags[tag]

    def _find_tag(self, tag: str) -> tuple[str, str | None]:
        label = self.find(tag)
        if label is None or tag not in self._labels:
            for match, prefix, rest in ((_TAG_PREFIX.fullmatch(tag), 1, 2), (_TAG_SUFFIX.fullmatch(tag), 2, 1)):
                tagged = match and self.find(match[rest])
                if match and tagged:
                    return match[prefix].upper(), tagged
        return "", label

    def type_of(self, label: str) -> str | None:
        """Return the type of a name or of a word's tag, None for any other text."""
        return self.find_tag(label)[1]

    def rank(self, label: str) -> int:
        """Return 2 for a type as the scheme writes it, 1 for another name or tag of a type, 0 for any other text."""
        type_name = self.type_of(label)
        return 0 if type_name is None else 1 + (type_name == label)

    def occur_in(self, text: str) -> bool:
        """Return whether a text contains the name of a type, or the first word of such a name."""
        return bool(self._any.search(text))

    def may_be_type(self, name: str) -> bool:
        """Return whether a name outside the scheme looks like a type's: short, and in the scheme's scripts."""
        if re.search("[;:,]", name):
            return False
        scripts = _scripts(normal(name))
        return bool(scripts) and len(normal(name).split()) <= 4 and len(name) <= 40 and scripts <= self._scripts


def is_no_type(tag: str) -> bool:
    """Return whether a tag says that a text is no entity: ``O``, ``none``."""
    return normal(tag) in NO_TYPE


def _readings(name: str) -> Iterator[str]:
    parts = re.split(r":|\s[-\N{EN DASH}\N{EM DASH}/]\s?|\uff1a", name, maxsplit=1)
    bracketed = _BRACKETS.search(unicodedata.normalize("NFKC", name))
    for text in (name, parts[0], bracketed[1] if bracketed else "", parts[-1]):
        words = normal(text).split()
        yield " ".join(words)
        if len(words) == 1 and text is name:  # PersonEntities
            words = normal(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)).split()
        while words and words[0].isdigit():
            words = words[1:]
        while words and words[-1].isdigit():
            words = words[:-1]
        while len(words) > 1 and words[-1] in _BESIDE_A_NAME:
            words = words[:-1]
        while len(words) > 1 and words[0] in _BESIDE_A_NAME | {"named"}:
            words = words[1:]
        yield " ".join(words)


def _as_word(name: str) -> str:
    """Return a pattern of a name as a whole word; in scripts without white space, it may stand within others."""
    escaped = regex.escape(name)
    return escaped if _WITHOUT_SPACES.search(name) else rf"(?<![^\W_]){escaped}(?![\p{{M}}]|[^\W_])"


def _scripts(text: str) -> set[str]:
    """Return the scripts of a text's letters, by the first words of their Unicode names: LATIN, CJK, CYRILLIC."""
    return {unicodedata.name(char, "?").partition(" ")[0] for char in text if char.isalpha()}
