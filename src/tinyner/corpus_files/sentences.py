"""The last checks of a file's sentences: words, ids, lengths; and their tags as IOB2."""

import itertools
from array import array
from collections.abc import Iterable, Iterator, Sequence

from tinyner.corpus_files.gold_tags import GoldTags
from tinyner.corpus_files.raw_sentence import RawSentence, are_plain, check_characters, has_white_space
from tinyner.corpus_files.reading import Reading
from tinyner.corpus_files.spool import of_json, spooled, to_json
from tinyner.corpus_files.written_text import of_words
from tinyner.errors import UserError
from tinyner.rows import Sentence

LONG = 250
TOO_LONG = 1000
"""Words: a longer sentence is noted; refused. The longest of CoNLL-2003 has 124."""


def checked(raw: Sequence[RawSentence], name: str, prefix: str, reading: Reading) -> Sequence[Sentence]:
    """Return the sentences of a file with IOB2 tags, and with ids: those that have none get ``{prefix}-{index:05d}``.

    Raises:
        UserError: if a word, an id, a tag or a length is not as it should be, naming the place, or there are none.
    """
    if not raw:
        raise UserError(f"{name}: expected sentences, found none")
    all_tags: set[str] = set()
    digests = array("q")  # of the ids, which would fill the memory
    for index, row in enumerate(raw):
        check(row, name, reading)
        all_tags.update(row.tags or ())
        digests.append(hash(_id_of(row, index, prefix)))
    _check_ids(raw, prefix, digests)
    tagged = GoldTags(name, reading.types, reading.notes).iob2(raw, all_tags)
    return spooled(_sentences(tagged, prefix), to_json, of_json)


def _sentences(tagged: Iterable[tuple[RawSentence, list[str] | None]], prefix: str) -> Iterator[Sentence]:
    for index, (row, tags) in enumerate(tagged):
        sentence: Sentence = {"id": _id_of(row, index, prefix), "words": row.words}
        text = row.text or of_words(row.words)
        if text is not None:
            sentence["text"] = text
        if tags is not None:
            sentence["tags"] = tags
        yield sentence


def _id_of(row: RawSentence, index: int, prefix: str) -> str:
    return f"{prefix}-{index:05d}" if row.sentence_id is None else row.sentence_id


def _check_ids(raw: Sequence[RawSentence], prefix: str, digests: Sequence[int]) -> None:
    """Check that no id stands twice; ``digests`` has that of each.

    Raises:
        UserError: if one does, naming both places.
    """
    repeated = {digest for digest, later in itertools.pairwise(sorted(digests)) if digest == later}
    if not repeated:
        return
    places: dict[str, str] = {}
    for index, row in enumerate(raw):
        sentence_id = _id_of(row, index, prefix)
        if hash(sentence_id) in repeated:
            if sentence_id in places:
                raise UserError(f"{row.where}: id {sentence_id!r} stands already at {places[sentence_id]}")
            places[sentence_id] = row.where


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
    check_characters("".join((*sentence.words, sentence.sentence_id or "")), sentence.where)
    if are_plain(sentence.words):
        return
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
