"""What splitting costs: ``python -m bench.plain_text [MODEL]``, in the repository's folder, after ``dvc repro``.

Strict F1 of a trained student on CoNLL's test split: on the corpus's own words; on its sentences as somebody would type
them (``tests/plain_text.py`` says how), a sentence a text; and on texts of several such sentences, which have about as
many words as ``LONG``. Places are compared in characters. Sentences that come back word for word are counted.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.plain_text import plain_text

from tinyner.bio import tags_to_spans
from tinyner.predict.labelling import labelled
from tinyner.predict.tagger import Tagger
from tinyner.predict.text import Text
from tinyner.prepare import corpus
from tinyner.rows import Sentence

LONG = 250
TYPES = ["LOC", "MISC", "ORG", "PER"]

Entities = set[tuple[int, int, int, str]]
"""Number of the text, start, end and type of each."""


def long_texts(sentences: Sequence[Sentence]) -> Iterator[list[Sentence]]:
    """Yield sentences that follow each other, as many as make a text of about ``LONG`` words."""
    text: list[Sentence] = []
    for sentence in sentences:
        text.append(sentence)
        if sum(len(part["words"]) for part in text) >= LONG:
            yield text
            text = []
    if text:
        yield text


def typed(parts: list[Sentence], number: int, gold: Entities) -> tuple[str, list[tuple[int, int]]]:
    """Return a text of some sentences and the places of its words; add its entities to ``gold``."""
    text = ""
    places: list[tuple[int, int]] = []
    for sentence in parts:
        part, part_places = plain_text(sentence["words"])
        text += " " if text else ""
        part_places = [(start + len(text), end + len(text)) for start, end in part_places]
        gold |= {
            (number, part_places[begin][0], part_places[end - 1][1], label)
            for begin, end, label in tags_to_spans(sentence["tags"])
        }
        text, places = text + part, places + part_places
    return text, places


def main() -> None:
    """Measure and print."""
    tagger = Tagger(Path(sys.argv[1] if len(sys.argv) > 1 else "models/student"))
    sentences = corpus.conll_2003(TYPES)["test"]
    print("| | texts | word for word | precision | recall | F1 | seconds |")
    print("| --- |" + " ---: |" * 6)
    single = [[sentence] for sentence in sentences]
    for name, groups, are_given in (
        ("the corpus's words", single, True),
        ("typed, a sentence a text", single, False),
        (f"typed, about {LONG} words a text", list(long_texts(sentences)), False),
    ):
        gold: Entities = set()
        typed_texts = [typed(parts, number, gold) for number, parts in enumerate(groups)]
        texts = [Text({}, text, places if are_given else None, 1) for text, places in typed_texts]
        same = sum(
            [place for sentence in text.sentences() for place in sentence] == places
            for text, (_, places) in zip(texts, typed_texts, strict=True)
        )
        begun = time.perf_counter()
        predicted: Entities = {
            (number, entity.start, entity.end, entity.label)
            for number, text in enumerate(labelled(texts, tagger))
            for entity in text.entities
        }
        seconds = time.perf_counter() - begun
        right = len(gold & predicted)
        precision, recall, f1 = right / len(predicted), right / len(gold), 2 * right / (len(predicted) + len(gold))
        print(
            f"| {name} | {len(texts)} | {same} | {precision:.4f} | {recall:.4f} | {f1:.4f} | {seconds:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
