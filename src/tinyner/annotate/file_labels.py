"""The labels of an annotator whose labels are in files, and what is said of them."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tinyner.corpora import GOLD
from tinyner.corpus_files.notes import Notes
from tinyner.plurals import number
from tinyner.rows import Reply

SentenceKey = tuple[str, str]
"""A corpus and the id of a sentence in it."""


@dataclass(frozen=True)
class FileLabels:
    """What an annotator's files say of the sentences.

    Attributes:
        name: of the annotator.
        files: without their sha256.
        replies: one for every sentence.
        rows: of each sentence the number of its row, None without one.
        row_costs: US dollars of those rows that name any, by number, for rows that a sentence has.
        unused: how many rows with labels no sentence has.
        notes: on how the files were read.
    """

    name: str
    files: Sequence[str]
    replies: Mapping[SentenceKey, Reply]
    rows: Mapping[SentenceKey, int | None]
    row_costs: Mapping[int, float]
    unused: int
    notes: Notes

    @property
    def cost_usd(self) -> float:
        """US dollars of all rows that are used, each counted once."""
        return sum(self.row_costs.values())

    def costs(self) -> Mapping[str, float]:
        """Return the US dollars of each corpus; a row of two corpora counts for the first."""
        corpora: dict[int, str] = {}
        for (corpus, _), row in self.rows.items():
            if row is not None:
                corpora.setdefault(row, corpus)
        costs: dict[str, float] = defaultdict(float)
        for row, usd in self.row_costs.items():
            costs[corpora[row]] += usd
        return costs

    def metrics(self) -> list[dict[str, object]]:
        """Return a row for each corpus with sentences, as metrics/annotate.json has them."""
        return [
            {
                "annotator": self.name,
                "corpus": corpus,
                "sentences": size,
                "labelled": self.labelled(corpus),
                "unused_rows": self.unused,
            }
            for corpus, size in self._sizes().items()
        ]

    def _sizes(self) -> Counter[str]:
        """Return the number of sentences of each corpus that has any."""
        return Counter(corpus for corpus, _ in self.rows)

    def labelled(self, corpus: str) -> int:
        """Return how many sentences of a corpus have labels."""
        return sum(row is not None for (of_corpus, _), row in self.rows.items() if of_corpus == corpus)

    def lines(self) -> Iterator[str]:
        """Yield what is to be said of the labels."""
        counts = [(corpus, self.labelled(corpus), size) for corpus, size in self._sizes().items()]
        of_corpora = " and ".join(
            f"{labelled:,} of {number(size, f'{corpus} sentence')}" for corpus, labelled, size in counts
        )
        cost = f"{self.cost_usd:.4f} US dollars, as their rows say" if self.row_costs else "nothing"
        yield f"{self.name}: labels for {of_corpora}, from {', '.join(self.files)}; nothing is sent, they cost {cost}"
        for corpus, labelled, size in counts:
            if labelled < size:
                first = next(key[1] for key, row in self.rows.items() if key[0] == corpus and row is None)
                few, lacking = size - labelled == 1, number(size - labelled, f"{corpus} sentence")
                which = f"{lacking} {'has' if few else 'have'} no labels (first: {first})"
                effect = "left out" if corpus == GOLD else "counted as failed replies"
                yield f"{self.name}: {which}, {effect}"
        yield from self.notes.lines()
