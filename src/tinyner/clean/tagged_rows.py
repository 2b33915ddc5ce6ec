"""Lists of texts beside their types: pairs, triples with offsets, the words of the sentence with their tags."""

from collections.abc import Sequence
from typing import Any

from tinyner.clean.described_mention import is_whole
from tinyner.clean.failed import Failed
from tinyner.clean.lenient_json import Number, Pairs
from tinyner.clean.reading import Reading
from tinyner.clean.tag_sequences import TaggedText
from tinyner.clean.type_names import is_no_type

_NO_TYPE = ("O", "o", "None", "none")


def row_of(item: Any) -> list[str] | None:
    """Return the strings and numbers of a list that may be a text and its type, None for anything else.

    >>> row_of(["Rosa", None]), row_of(["Rosa"])
    (['Rosa', 'O'], None)
    """
    if not isinstance(item, list) or not 2 <= len(item) <= 5:
        return None
    row = ["O" if field is None else field for field in item]
    return row if all(isinstance(field, str) for field in row) else None


def read_rows(rows: Sequence[list[str]], reading: Reading) -> bool:
    """Read [["Rosa", "PER"], ...], with offsets beside the text or in its place; types stand at one position.

    Returns:
        Whether each row has a type or the tag of a word outside; nothing is read where not.

    Raises:
        Failed: half_read (a row is too short to have its type where the others have it), no_types, offsets.
    """
    typed_at = [_type_position(row, reading) for row in rows]
    outside_at = [_no_type_position(row) for row in rows]
    positions = {at for at in typed_at if at is not None}
    if not positions and None in outside_at:
        return False
    usual = min(positions, default=0)
    tagged = []
    for row, typed, outside in zip(rows, typed_at, outside_at, strict=True):
        at = next((at for at in (typed, outside) if at is not None), usual)
        if at >= len(row):
            raise Failed("half_read")
        tagged.append((row[at], _text_of([*row[:at], *row[at + 1 :]], reading)))
    _add_sequence(tagged, reading)
    return True


def _type_position(row: list[str], reading: Reading) -> int | None:
    """Return where a row has its type; None where it has none, or two."""
    names, sentence = reading.names, reading.sentence
    typed = [at for at, field in enumerate(row) if names.type_of(field)]
    if len(typed) > 1:
        typed = [at for at in typed if not sentence.holds(row[at])] or [at for at in typed if names.rank(row[at]) > 1]
    is_same = len({names.type_of(row[at]) for at in typed}) == 1  # ["Rosa", "PER", "person"]
    return typed[0] if is_same else None


def _no_type_position(row: list[str]) -> int | None:
    return next((at for at, field in enumerate(row) if field in _NO_TYPE), None)


def _text_of(fields: list[str], reading: Reading) -> str:
    """Return the text of a row whose type was taken out: its string, what stands at its offsets, or its number."""
    strings = [field for field in fields if not isinstance(field, Number)]
    if strings:
        standing = [text for text in strings if reading.sentence.holds(text)]
        return (standing or strings)[0]
    offsets = [int(field) for field in fields if is_whole(field)]
    if len(offsets) == 2:
        return reading.text_at(*offsets)
    if len(fields) == 1:
        return str(fields[0])
    raise Failed("no_types")


def read_parallel_lists(pairs: Pairs, reading: Reading) -> bool:
    """Read {"words": ["Max", "left"], "tags": ["B-PER", "O"]}; return whether that is the shape.

    Raises:
        Failed: tags (a list is longer than the other).
    """
    type_of = reading.names.type_of
    lists = [value for _, value in pairs if isinstance(value, list) and value]
    lists = [value for value in lists if all(isinstance(item, str) for item in value)]
    tags = [value for value in lists if all(type_of(tag) or is_no_type(tag) for tag in value)]
    texts = [value for value in lists if value not in tags]
    if len(tags) != 1 or len(texts) != 1 or any(type_of(key) for key, _ in pairs):
        return False
    if len(tags[0]) != len(texts[0]):
        raise Failed("tags")
    reading.problems.add("parallel_lists")
    _add_sequence(list(zip(tags[0], texts[0], strict=True)), reading)
    return True


def _add_sequence(tagged: Sequence[tuple[str, str]], reading: Reading) -> None:
    """Add texts with their tags; bare types among O are the tags of words, whose neighbours belong together."""
    names = reading.names
    prefixes = {names.find_tag(tag)[0] for tag, _ in tagged}
    is_word_by_word = prefixes == {""} and any(is_no_type(tag) and not names.type_of(tag) for tag, _ in tagged)
    for tag, text in tagged:
        if is_word_by_word and names.type_of(tag):
            reading.tagged.append(TaggedText("I", tag, text))
        else:
            reading.add(tag, text)
