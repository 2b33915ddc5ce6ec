"""An export's graphs against torch, label by label; and labels chosen word by word against those chosen together."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinyner.bio import stray_words
from tinyner.errors import UserError
from tinyner.files import load
from tinyner.predict.inputs import Inputs, paths_of
from tinyner.predict.tagger import Tagger

_SETS = (Path("data/prepared/test.jsonl"), Path("data/prepared/valid.jsonl"))

Tags = Sequence[Sequence[str]]
"""IOB2 tags of each sentence's words."""


@dataclass(frozen=True)
class Sentences:
    """Sentences that are labelled for a check, as words; and what they are, for people."""

    words: Sequence[Sequence[str]]
    source: str


@dataclass(frozen=True)
class WordWise:
    """How labels chosen word by word differ from those chosen together."""

    sentences: int
    words: int
    differing: int
    strays: int  # tags I- that continue nothing


def sentences_for_checks(file: Path | None) -> Sentences | None:
    """Return the sentences of a file, or else those of the workspace's test or dev set; None without any.

    Raises:
        UserError: where the file can't be read, or has no text.
    """
    if file is not None:
        texts = Inputs(paths_of([file])).texts()
        rows = [[text.text[slice(*place)] for place in places] for text in texts for places in text.sentences()]
        if not any(rows):
            raise UserError(f"--check {file}: has no text; give a file of sentences")
        return Sentences(rows, file.name)
    for path in _SETS:
        if path.exists() and (loaded := load(path)):
            return Sentences([row["words"] for row in loaded], str(path))
    return None


def differing(words: Tags, tags: Tags, others: Tags) -> list[tuple[str, str, str]]:
    """Return the words of sentences that have another tag in ``others``, each with both tags, in their order."""
    rows = zip(_flat(words), _flat(tags), _flat(others), strict=True)
    return [(word, tag, other) for word, tag, other in rows if tag != other]


def word_wise(tagger: Tagger, sentences: Sentences, tags: Tags) -> WordWise:
    """Return how the best labels of words by themselves differ from ``tags``, which the tagger gave them."""
    single = tagger.variant(decoder="argmax").tags(sentences.words)
    return WordWise(
        len(tags), sum(map(len, tags)), len(differing(sentences.words, tags, single)), sum(map(stray_words, single))
    )


def _flat(tags: Tags) -> Iterator[str]:
    return itertools.chain.from_iterable(tags)
