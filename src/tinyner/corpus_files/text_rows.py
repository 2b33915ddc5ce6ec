"""A row with a text becomes a sentence, or one for each sentence of the text (``prepare.split_texts``)."""

from collections.abc import Iterator, Sequence

from tinyner.corpus_files.character_spans import CharacterSpan, cover
from tinyner.corpus_files.raw_sentence import RawSentence
from tinyner.corpus_files.reading import Reading
from tinyner.corpus_files.written_text import of_places
from tinyner.errors import UserError
from tinyner.words import sentence_places

Place = tuple[int, int]
"""Half-open range of characters."""


def of_text(
    text: str,
    places: Sequence[Place] | None,
    spans: Sequence[CharacterSpan] | None,
    row_id: str | None,
    *,
    where: str,
    name: str,
    reading: Reading,
    cost_usd: object = None,
) -> Iterator[RawSentence]:
    """Yield the sentences of a text.

    Two sentences that a span goes across stay together. Where a text becomes several, the id of the row is
    followed by a number: ``{id}-{index:03d}``.

    Args:
        text: of the row.
        places: of its words; None: as ``reading.word_places`` splits it.
        spans: of characters, None where the row has none.
        row_id: None where the row has none.
        where: file and line, for messages.
        name: of the file, for notes.
        reading: parameters; takes notes.
        cost_usd: of the row, as it is written there; the first sentence gets it.

    Raises:
        UserError: if the text has no words, or a span does not fit it.
    """
    for span in spans or ():
        span.check(text, where)
    parts = _parts(text, spans or ()) if reading.split_texts else [(0, len(text))]
    several, count = len(parts) > 1, 0
    for index, (start, end) in enumerate(parts):
        if places is None:
            words = [(start + first, start + last) for first, last in reading.word_places(text[start:end])]
        else:
            words = [place for place in places if start <= place[0] < end]
        if not words:
            if several:
                continue
            raise UserError(f"{where}: the text has no words")
        inside = None if spans is None else [span for span in spans if start <= span.start < end]
        yield RawSentence(
            [text[first:last] for first, last in words],
            where,
            spans=None
            if inside is None
            else cover(inside, text, words, reading.span_edges, file=name, where=where, notes=reading.notes),
            sentence_id=f"{row_id}-{index:03d}" if several and row_id is not None else row_id,
            part=count,
            cost_usd=cost_usd,
            text=of_places(text, words),
        )
        cost_usd, count = None, count + 1


def _parts(text: str, spans: Sequence[CharacterSpan]) -> list[Place]:
    """Return the places of sentences, each up to the next one's start; those that a span goes across are one."""
    starts = [start for start, _ in sentence_places(text)][1:]
    starts = [start for start in starts if not any(span.start < start < span.end for span in spans)]
    return list(zip([0, *starts], [*starts, len(text)], strict=True))
