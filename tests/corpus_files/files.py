"""Files that a test writes and corpus_files reads."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tinyner.corpus_files import user_files
from tinyner.corpus_files.reading import Reading
from tinyner.corpus_files.scheme_types import SchemeTypes
from tinyner.rows import Sentence

TYPES = {"PER": ["person", "people"], "LOC": ["location"]}


def reading(types: Mapping[str, Sequence[str]] = TYPES, **changes: Any) -> Reading:
    """Return a reading of types with their other names; ``changes`` are parameters of prepare."""
    scheme = SchemeTypes(types, changes.pop("drop_types", []))
    return replace(Reading.of_types(types), types=scheme, **changes)


def write(folder: Path, name: str, content: str | bytes) -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def gold(path: Path, used: Reading | None = None) -> list[tuple[str, str]]:
    """Return words and tags of a labelled file's sentences, each joined by blanks."""
    sentences = user_files.read_labelled(path, path.name, "test", used or reading())
    return [(" ".join(sentence["words"]), " ".join(sentence["tags"])) for sentence in sentences]


def sentences(path: Path, used: Reading | None = None) -> list[Sentence]:
    """Return the sentences of a file of the user's, for the LLM."""
    return list(user_files.read(path, path.name, "own", used or reading()))
