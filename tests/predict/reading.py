"""Texts of a file that is written for a test."""

from pathlib import Path

from tinyner.predict.source import Source
from tinyner.predict.text import Text
from tinyner.predict.texts import Skipped, read_texts


def texts_of(
    folder: Path, name: str, content: str | bytes, column: str | None = None, skipped: Skipped | None = None
) -> list[Text]:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_texts(Source(path, column), skipped, column))


def words_of(text: Text) -> list[str]:
    return [text.text[start:end] for start, end in text.words or ()]
