"""The last checks of a file's sentences: words, ids, lengths; and their tags as IOB2."""

from collections.abc import Sequence

from tinyner.corpus_files.gold_tags import GoldTags
from tinyner.corpus_files.raw_sentence import RawSentence, check_characters, has_white_space
from tinyner.corpus_files.reading import Reading
from tinyner.corpus_files.written_text import of_words
from tinyner.errors import UserError
from tinyner.rows import Sentence

LONG = 250
TOO_LONG = 1000
"""Words: a longer sentence is noted; refused. The longest of CoNLL-2003 has 124."""


def checked(raw: Sequence[RawSentence], name: str, prefix: str, reading: Reading) -> list[Sentence]:
    """Return the sentences of a file with IOB2 tags, and with ids: those that have none get ``{prefix}-{index:05d}``.

    Raises:
        UserError: if a word, an id, a tag or a length is not as it should be, naming the place, or there are none.
    """
    if not raw:
        raise UserError(f"{name}: expected sentences, found none")
    for sentence in raw:
        check(sentence, name, reading)
    tags_by_sentence = GoldTags(name, reading.types, reading.notes).iob2(raw)
    sentences: list[Sentence] = []
    places: dict[str, str] = {}
    for index, (row, tags) in enumerate(zip(raw, tags_by_sentence, strict=True)):
        sentence_id = f"{prefix}-{index:05d}" if row.sentence_id is None else row.sentence_id
        if sentence_id in places:
            raise UserError(f"{row.where}: id {sentence_id!r} stands already at {places[sentence_id]}")
        places[sentence_id] = row.where
        sentences.append({"id": sentence_id, "words": row.words})
        text = row.text or of_words(row.words)
        if text is not None:
            sentences[-1]["text"] = text
        if tags is not None:
            sentences[-1]["tags"] = tags
    return sentences


def check(sentence: RawSentence, name: str, reading: Reading) -> None:
    """Check the words and the length of a sentence.

    Raises:
        UserError: if one is not as it should be, naming the place.
    """
    _check_words(sentence)
    _check_length(sentence, name, reading)


def _check_words(sentence: RawSentence) -> None:
    if not sentence.words:
        raise UserError(f"{sentence.where}: the sentence has no words")
    for text in (*sentence.words, sentence.sentence_id or ""):
        check_characters(text, sentence.where)
    for index, word in enumerate(sentence.words):
        if not word or has_white_space(word):
            raise UserError(f"{sentence.where}: word {index} is {word!r}; a word is not empty and has no white space")


def _check_length(sentence: RawSentence, name: str, reading: Reading) -> None:
    length = len(sentence.words)
    if length > TOO_LONG:
        cure = "in columns, put blank lines between sentences"
        if not reading.split_texts:
            cure += "; for texts of several sentences, set prepare.split_texts: true (tinyner init --split-texts)"
        raise UserError(
            f"{sentence.where}: a sentence of {length:,} words begins here, and {TOO_LONG:,} are the most; {cure}"
        )
    if length > LONG:
        reading.notes.add(name, f"sentences of over {LONG} words", sentence.where)
