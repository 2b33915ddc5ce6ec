"""Windows of sentences, labelled in steps: their tags, and the probabilities of the entities of whole sentences."""

import bisect
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tinyner.bio import tags_to_spans
from tinyner.decoding import Chances
from tinyner.predict.windows import Window


def in_steps(pieces: Sequence[Sequence[str]], words: int | None) -> Iterator[Sequence[Sequence[str]]]:
    """Yield the pieces in steps that end once they have so many words; None: all at once, also where there are none."""
    if words is None:
        yield pieces
        return
    begin = count = 0
    for end, piece in enumerate(pieces, 1):
        count += len(piece)
        if count >= words or end == len(pieces):
            yield pieces[begin:end]
            begin, count = end, 0


class Step(NamedTuple):
    """Windows of sentences that were labelled together; whether each is perhaps longer than the student can read."""

    tags: list[list[str]]
    are_full: list[bool]
    chances: Chances | None


class Pieces:
    """Labelled windows of sentences, of all steps."""

    def __init__(self) -> None:
        """Have none yet."""
        self.tags: list[list[str]] = []
        self.are_full: list[bool] = []
        self._chances: list[Chances | None] = []
        self._begins: list[int] = []  # the first piece of each step

    def add(self, step: Step) -> None:
        """Take the pieces that follow."""
        self._begins.append(len(self.tags))
        self._chances.append(step.chances)
        self.tags += step.tags
        self.are_full += step.are_full

    def probabilities(self, first: int, ranges: Sequence[Window], tags: Sequence[str]) -> list[float] | None:
        """Return the probability of each entity of a sentence whose windows are the pieces from ``first`` on.

        It is that in the window where the entity is farthest from an edge; of an entity that fits into no window, that
        of the part in the window that has most of it.
        """
        if None in self._chances:
            return None
        probabilities = []
        for start, end, label in tags_to_spans(tags):
            # Of a long sentence only the windows that have some of the entity: there may be a thousand others.
            begin = bisect.bisect_right(ranges, start, key=lambda words: words[1])
            stop = bisect.bisect_left(ranges, end, key=lambda words: words[0])
            _, _, number = max(
                (min(end, high) - max(start, low), min(start - low, high - end), -number)
                for number, (low, high) in enumerate(ranges[begin:stop], begin)
            )
            low, high = ranges[-number]
            span = (max(start, low) - low, min(end, high) - low, label)
            probabilities += self._of_span(first - number, span)
        return probabilities

    def _of_span(self, piece: int, span: tuple[int, int, str]) -> list[float]:
        step = bisect.bisect_right(self._begins, piece) - 1
        chances = self._chances[step]
        assert chances is not None
        return chances.of_spans(piece - self._begins[step], [span])
