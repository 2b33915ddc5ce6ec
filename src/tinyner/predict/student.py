"""A trained student in a program of one's own: called with a text, it returns the text's entities."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tinyner.predict.labelling import labelled
from tinyner.predict.options import Options
from tinyner.predict.tagger import Runtime, Tagger
from tinyner.predict.text import Text
from tinyner.predict.write_jsonl import span_of

Span = dict[str, Any]
"""An entity as `tinyner predict` writes it: start, end (in characters, half-open), label, text, score."""


class Student:
    """A student in memory.

    ``student = Student("models/student")``, then ``student("Angela Merkel met Tony Blair in Berlin.")``.
    """

    def __init__(
        self,
        folder: str | Path = "models/student",
        *,
        runtime: Runtime = "torch",
        int8: bool = False,
        threads: int | None = None,
        min_score: float = 0.0,
        precision: float | None = None,
    ) -> None:
        """Load a model; the options are those of `tinyner predict`.

        Args:
            folder: of the model.
            runtime: ``onnx`` (extra ``onnx``) starts sooner.
            int8: compute with 8-bit weights, rounded (extra ``onnx``).
            threads: of the processor; None: all.
            min_score: lowest probability of an entity.
            precision: leave out so many entities that on dev this share of the others was right.

        Raises:
            UserError: where the folder has no whole model, or an option can't be had.
        """
        options = Options(int8=int8, threads=threads, runtime=runtime, min_score=min_score, precision=precision)
        self._tagger = Tagger(Path(folder), int8, threads, runtime=runtime)
        self._min_score = options.lowest_score(self._tagger, Path(folder))

    def __call__(self, text: str) -> list[Span]:
        """Return a text's entities in their order; ``label`` is faster for many texts."""
        return next(self.label([text]))

    def label(self, texts: Iterable[str]) -> Iterator[list[Span]]:
        """Yield the entities of each text; texts are read some thousands at a time and computed together.

        Raises:
            TypeError: where one is no text, or ``texts`` is a single text.
        """
        if isinstance(texts, str | bytes):
            raise TypeError("expected several texts; for one, call the student")
        for result in labelled(map(_text, texts), self._tagger, self._min_score):
            yield [span_of(result.text.text, entity) for entity in result.entities]


def _text(text: object) -> Text:
    if not isinstance(text, str):
        raise TypeError(f"expected a text, found {type(text).__name__}")
    return Text({}, text, None, 1)
