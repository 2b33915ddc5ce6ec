"""How the user's files are read: the scheme's types, some parameters of stage prepare, and what is noted on the way."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tinyner.corpus_files.notes import Notes
from tinyner.corpus_files.scheme_types import SchemeTypes
from tinyner.params import Params
from tinyner.words import word_places


@dataclass(frozen=True)
class Reading:
    """What all readers of files need; the names are those of the parameters in ``prepare``.

    ``word_places`` splits a text into words: it returns their places, half-open, in code points.
    """

    types: SchemeTypes
    word_column: int | str | None
    tag_column: int | str | None
    tag_names: list[str] | None
    span_edges: Literal["refuse", "snap"]
    split_texts: bool
    notes: Notes = field(default_factory=Notes)
    word_places: Callable[[str], Sequence[tuple[int, int]]] = word_places

    @classmethod
    def of(cls, params: Params) -> "Reading":
        """Return a reading by params.yaml, without notes yet."""
        prepare = params.prepare
        return cls(
            types=SchemeTypes(params.types, prepare.drop_types),
            word_column=prepare.word_column,
            tag_column=prepare.tag_column,
            tag_names=prepare.tag_names,
            span_edges=prepare.span_edges,
            split_texts=prepare.split_texts,
        )

    @classmethod
    def of_types(cls, types: Collection[str]) -> "Reading":
        """Return a reading of types without other names, whose columns are found out."""
        return cls(SchemeTypes({name: [] for name in types}), None, None, None, "refuse", split_texts=False)
