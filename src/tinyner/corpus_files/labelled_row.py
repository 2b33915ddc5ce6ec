"""What a row of JSON says: a text or words, and their labels as tags or spans of characters.

Read are the rows of

* ``{"words", "tags"}``, and ``{"tokens", "ner_tags"}`` as the Hugging Face hub has them; tags are texts, or numbers
  where ``prepare.tag_names`` names them;
* doccano: ``{"text", "label": [[0, 10, "PER"]]}``, also with ``labels``, or with ``entities``, each with
  ``start_offset``, ``end_offset`` and ``label``;
* spaCy: ``["text", {"entities": [[0, 10, "PER"]]}]``, or as an object;
* Prodigy: ``{"text", "tokens", "spans"}``; only rows with ``answer: accept``, where there is an answer;
* Label Studio (``label_studio``), and its short form ``{"text", "label": [{"start", "end", "labels": ["PER"]}]}``;
  without an entity it has no ``label``, but ``annotation_id``;
* ``tinyner predict``: ``{"text", "spans": [{"start", "end", "label", "text"}]}``, perhaps with ``words``.

``cost_usd`` is kept, for labels that are an annotator's; other keys are ignored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tinyner.corpus_files import label_studio
from tinyner.corpus_files.character_spans import CharacterSpan, span_of
from tinyner.corpus_files.raw_sentence import check_characters
from tinyner.corpus_files.tag_spelling import looks_tagged
from tinyner.errors import UserError
from tinyner.words import WHITE

WORD_KEYS = ("words", "tokens")
TAG_KEYS = ("tags", "ner_tags", "ner", "labels", "label")
SPAN_KEYS = ("spans", "entities", "ents", "label", "labels", "ner")
"""Keys that words, tags and spans stand under."""

_ONLY_SPANS = ("spans", "entities", "ents")  # keys that hold spans or nothing

Place = tuple[int, int]
"""Half-open range of characters."""


@dataclass(frozen=True)
class LabelledRow:
    """A row of JSON: words, or a text, or both; then ``places`` are those of the words in the text, where needed."""

    row_id: str | None
    text: str | None
    words: list[str] | None = None
    places: list[Place] | None = None
    tags: list[str] | None = None
    spans: list[CharacterSpan] | None = None
    has_spans_beside: bool = False  # it has spans as well as tags, and the tags count
    cost_usd: object = None  # as it is written


def read_row(value: Any, where: str, tag_names: Sequence[str] | None) -> LabelledRow | None:
    """Return what a row says, None for one that its annotator did not accept (Prodigy, Label Studio).

    Args:
        value: an object, or a text with an object behind it, parsed from JSON.
        where: file and line, for messages.
        tag_names: the tags by their numbers, or None.

    Raises:
        UserError: if the row is none of those above; the message begins with ``where``.
    """
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], dict):
        value = {**value[1], "text": value[0]}
    if not isinstance(value, dict):
        raise UserError(f"{where}: expected a JSON object, found a {type(value).__name__}")
    row = _row(value, where, tag_names)
    if row is not None:
        row = replace(row, cost_usd=value.get("cost_usd"))
        labels = [span.label for span in row.spans or ()]
        for text in (row.text or "", *(row.words or ()), *(row.tags or ()), *labels):
            check_characters(text, where)
    return row


def _row(value: Mapping[str, Any], where: str, tag_names: Sequence[str] | None) -> LabelledRow | None:
    row_id = _id(value.get("id"), where)
    if label_studio.is_task(value):
        task = label_studio.read_task(value, where)
        return None if task is None else LabelledRow(row_id, task.text, spans=task.spans)
    if value.get("answer") not in (None, "accept"):
        return None
    text = value.get("text")
    if text is not None and not isinstance(text, str):
        raise UserError(f'{where}: expected "text", a string, found a {type(text).__name__}')
    words, places = _words(value, text, where)
    if words is None and text is None:
        raise UserError(f'{where}: expected "text", a string, or "words", a list of strings{_keys_of_texts(value)}')
    row = LabelledRow(row_id, text, words, places)
    if words is not None and places is None:
        tags = _tags(value, words, tag_names, where)
        if tags is not None:
            return replace(row, tags=tags, has_spans_beside=any(_are_spans(value.get(key)) for key in _ONLY_SPANS))
    elif value.get("tags") is not None or any(_are_tags(value.get(key)) for key in TAG_KEYS):
        raise UserError(f"{where}: tags belong to words; give words, not text")
    spans = _spans(value, where)
    if spans and text is None:
        raise UserError(f"{where}: spans count characters of a text; give text as well, or words with tags")
    return replace(row, places=_places(row, where) if spans and places is None else places, spans=spans)


def _keys_of_texts(row: Mapping[str, Any]) -> str:
    """Return what to do with the keys of a row that have a text under another name, for messages."""
    keys = [key for key, value in row.items() if isinstance(value, str) and key != "id"]
    return f"; call the key that has the texts text (here are {', '.join(keys)})" if keys else ""


def _id(value: Any, where: str) -> str | None:
    """Return an id as text; a number becomes its digits."""
    if value is None or (isinstance(value, str) and value):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise UserError(f"{where}: expected a string or a whole number as id, found {value!r}")


def _words(row: Mapping[str, Any], text: str | None, where: str) -> tuple[list[str] | None, list[Place] | None]:
    """Return the words, and their places in the text where the row has these as well (Prodigy's tokens)."""
    by_key = {key: row[key] for key in WORD_KEYS if row.get(key) is not None}
    if not by_key:
        return None, None
    key, tokens = next(iter(by_key.items()))
    if len(by_key) > 1 and len({repr(value) for value in by_key.values()}) > 1:
        raise UserError(f"{where}: has words and tokens that differ; keep one of them")
    if isinstance(tokens, list) and all(isinstance(token, str) for token in tokens):
        return tokens, None
    if text is None or not isinstance(tokens, list) or not all(isinstance(token, dict) for token in tokens):
        raise UserError(f'{where}: expected "text", a string, or "{key}", a list of strings')
    places = [span_of({**token, "label": "token"}, where) for token in tokens if str(token.get("text", "x")).strip()]
    for place in places:
        place.check(text, where)
    _check_covered(text, [(place.start, place.end) for place in places], where)
    return [text[place.start : place.end] for place in places], [(place.start, place.end) for place in places]


def _are_spans(value: Any) -> bool:
    return isinstance(value, list) and value != [] and all(isinstance(item, list | dict) for item in value)


def _are_tags(value: Any) -> bool:
    strings = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return strings and looks_tagged(value)


def _tags(row: Mapping[str, Any], words: Sequence[str], names: Sequence[str] | None, where: str) -> list[str] | None:
    """Return the tags of a row with words, None without any."""
    by_key = {
        key: row[key]
        for key in TAG_KEYS
        if (key == "tags" and row.get(key) is not None)
        or (isinstance(row.get(key), list) and all(isinstance(tag, str | int) for tag in row[key]))
    }
    by_key = {key: value for key, value in by_key.items() if key == "tags" or value or not words}
    if not by_key:
        return None
    if len({repr(value) for value in by_key.values()}) > 1:
        raise UserError(f"{where}: has tags as {' and as '.join(by_key)}, which differ; keep one of them")
    tags = next(iter(by_key.values()))
    if not isinstance(tags, list) or len(tags) != len(words):
        raise UserError(f"{where}: expected {len(words)} tags, one a word")
    return named(tags, names, where)


def named(tags: Sequence[Any], names: Sequence[str] | None, where: str) -> list[str]:
    """Return tags as text, those that are numbers by their names.

    Raises:
        UserError: if a tag is a number without a name, or neither a number nor a text.
    """
    texts: list[str] = []
    for written in tags:
        is_number = names is not None and isinstance(written, str) and written.isascii() and written.isdigit()
        tag = int(written) if is_number else written
        if isinstance(tag, str):
            texts.append(tag)
        elif not isinstance(tag, int) or isinstance(tag, bool):
            raise UserError(f"{where}: expected tags as text, found {tag!r}")
        elif names is None:
            raise UserError(
                f"{where}: tags are numbers, such as {tag}; set prepare.tag_names to their names in the order of the "
                "numbers, such as [O, B-PER, I-PER]"
            )
        elif not 0 <= tag < len(names):
            raise UserError(f"{where}: tag {tag} has no name; prepare.tag_names has {len(names)}, from 0")
        else:
            texts.append(names[tag])
    return texts


def _spans(row: Mapping[str, Any], where: str) -> list[CharacterSpan] | None:
    """Return the spans of a row with a text, None without any."""
    by_key: dict[str, list[CharacterSpan]] = {}
    for key in SPAN_KEYS:
        value = row.get(key)
        if value is None:
            continue
        if isinstance(value, list) and all(isinstance(item, list | dict) for item in value):
            by_key[key] = [span_of(item, where) for item in value]
        elif key in _ONLY_SPANS:
            raise UserError(
                f"{where}: expected {key}, a list of spans with start, end and label, found {str(value)[:40]!r}"
            )
    filled = {key: spans for key, spans in by_key.items() if spans}
    if len({frozenset(spans) for spans in filled.values()}) > 1:
        raise UserError(f"{where}: has spans as {' and as '.join(filled)}, which differ; keep one of them")
    is_annotated = bool(by_key) or row.get("annotation_id") is not None  # Label Studio leaves empty lists out
    return next(iter(filled.values()), [] if is_annotated else None)


def _places(row: LabelledRow, where: str) -> list[Place] | None:
    """Return the places of the words in the text, None where the row has no words.

    Raises:
        UserError: if the words don't stand in the text, one behind the other, with only blanks between them.
    """
    if row.words is None or row.text is None:
        return None
    places: list[Place] = []
    position = 0
    for word in row.words:
        start = row.text.find(word, position)
        if start < 0 or row.text[position:start].strip(WHITE):
            raise UserError(
                f"{where}: the word {word!r} does not stand in the text where its turn is; give one of both"
            )
        position = start + len(word)
        places.append((start, position))
    _check_covered(row.text, places, where)
    return places


def _check_covered(text: str, places: Sequence[Place], where: str) -> None:
    """Check that words leave nothing of their text out but white space: it would be lost.

    Raises:
        UserError: where they do.
    """
    position = 0
    for start, end in [*places, (len(text), len(text))]:
        if rest := text[position:start].strip(WHITE):
            raise UserError(f"{where}: the text has more than the words: {rest[:40]!r}; give one of both")
        position = max(position, end)
