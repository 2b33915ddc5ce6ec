"""What is written has to be what was read: each sentence once, with its words, and as many as params.yaml asks for."""

import itertools
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from tinyner.conservation import Balance
from tinyner.rows import Sentence, squeezed


class Source:
    """The sentences of a source, 8 bytes each: a digest of id and words."""

    def __init__(self, sentences: Iterable[Sentence]) -> None:
        """Read the sentences once."""
        self._digests = array("q", sorted(map(_digest, sentences)))

    def has(self, sentence: Sentence) -> bool:
        """Return whether the source has a sentence with this id and these words."""
        place = bisect_left(self._digests, _digest(sentence))
        return place < len(self._digests) and self._digests[place] == _digest(sentence)


def checked(name: str, sentences: Sequence[Sentence], source: Source, size: int) -> Iterator[Sentence]:
    """Yield the sentences of a set as they are, to be written.

    Args:
        name: of the set.
        sentences: of the set.
        source: that they are from.
        size: how many there have to be.

    Raises:
        UserError: at the end, where something does not add up, naming the ids.
    """
    balance, digests = Balance("prepare"), array("q")
    for sentence in sentences:
        balance.add_all((f"{name} {what}" for what in faults(sentence, source)), sentence["id"])
        digests.append(_digest(sentence))
        yield sentence
    for sentence in _repeated(sentences, digests):
        balance.add(f"{name} sentences that stand in the set more than once", sentence["id"])
    balance.expect(f"the {name} sentences that are asked for", size, len(digests))


def faults(sentence: Sentence, source: Source) -> Iterator[str]:
    """Yield what does not add up in a sentence that is to be written, as ``conservation.Balance`` counts it."""
    words = sentence["words"]
    if not source.has(sentence):
        yield "sentences with other words than their source has"
    if len(sentence.get("tags", words)) != len(words):
        yield "sentences with another number of tags than of words"
    if "text" in sentence and squeezed([sentence["text"]]) != squeezed(words):
        yield "sentences whose text is not that of their words"


def _repeated(sentences: Sequence[Sentence], digests: Sequence[int]) -> Iterator[Sentence]:
    repeated = {digest for digest, later in itertools.pairwise(sorted(digests)) if digest == later}
    return (sentence for sentence in sentences if _digest(sentence) in repeated) if repeated else iter(())


def _digest(sentence: Sentence) -> int:
    return hash((sentence["id"], *sentence["words"]))
