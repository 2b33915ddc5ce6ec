"""Write CoNLL columns: a line for each word, a blank line behind each sentence."""

from collections.abc import Iterator, Sequence

from tinyner.corpus_files.raw_sentence import NO_BREAK
from tinyner.errors import UserError
from tinyner.predict.labelling import Counts, Labelled
from tinyner.predict.text import Place
from tinyner.predict.writers import place_of, utf8

NO_SCORE = "_"


class Conll:
    """Word, score and IOB2 tag, parted by tabs; the score of an entity stands at its first word."""

    def begin(self) -> bytes:
        """Return nothing."""
        return b""

    def block(self, texts: Sequence[Labelled], counts: Counts) -> bytes:
        """Return the words of all sentences.

        Raises:
            UserError: where a word that was given is empty or has white space in it, which columns can't hold.
        """
        return utf8("".join(line for labelled in texts for line in _lines(labelled)))

    def end(self, counts: Counts) -> bytes:
        """Return nothing."""
        return b""


def _lines(labelled: Labelled) -> Iterator[str]:
    text = labelled.text.text
    entities = iter(labelled.entities)
    entity = next(entities, None)
    begun = False
    for places in labelled.sentences:
        for start, end in places:
            word = text[start:end]
            if not word or any(sign.isspace() and sign not in NO_BREAK for sign in word):
                raise UserError(
                    f"--format conll: line {place_of(labelled)} has the word {word!r}, which columns can't hold; "
                    "write jsonl"
                )
            while entity is not None and entity.end <= start:
                entity, begun = next(entities, None), False
            if entity is None or not _overlap((start, end), (entity.start, entity.end)):
                yield f"{word}\t{NO_SCORE}\tO\n"
                continue
            score = NO_SCORE if begun or entity.score is None else f"{entity.score:.4f}"
            yield f"{word}\t{score}\t{'I' if begun else 'B'}-{'_'.join(entity.label.split())}\n"
            begun = True
        if places:
            yield "\n"


def _overlap(first: Place, second: Place) -> bool:
    return first[0] < second[1] and second[0] < first[1]
