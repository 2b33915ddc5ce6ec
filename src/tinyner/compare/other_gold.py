"""Runs held against other labels of the test sentences than those they were scored on: a corrected test set, say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tinyner.bio import tags_to_spans
from tinyner.compare.notes import decoder_notes
from tinyner.compare.run_scores import over_seeds
from tinyner.compare.table import Column, Score, Table, Value, with_best
from tinyner.errors import UserError
from tinyner.files import load
from tinyner.params import load_params
from tinyner.rows import Sentence
from tinyner.runs.reference import TEST, Reference, reference_of
from tinyner.runs.run import Run, digest_of
from tinyner.span_counts import SpanCounts, pair_types


@dataclass(frozen=True)
class OtherGold:
    """Labels of sentences, some of which are the test set's.

    Attributes:
        source: the path or URL they were read from, as it was given.
        tags_by_words: a sentence's tags; None where it stands there several times with different tags.

    """

    source: str
    tags_by_words: Mapping[tuple[str, ...], list[str] | None]

    @classmethod
    def of(cls, source: str, sentences: Sequence[Sentence]) -> "OtherGold":
        """Return the labels of sentences."""
        tags_by_words: dict[tuple[str, ...], list[str] | None] = {}
        for sentence in sentences:
            words, tags = tuple(sentence["words"]), sentence["tags"]
            tags_by_words[words] = tags if tags_by_words.get(words, tags) == tags else None
        return cls(source, tags_by_words)

    def reference(self, runs: Iterable[Run]) -> Reference:
        """Return the test sentences that have labels here, with these.

        Raises:
            UserError: where none has, or a run's predictions are of another test set than the workspace's.
        """
        reference_of(runs)
        test: list[Sentence] = load(TEST)
        found = {place: self.tags_by_words.get(tuple(row["words"])) for place, row in enumerate(test)}
        labelled = {place: tags for place, tags in found.items() if tags is not None}
        if not labelled:
            raise UserError(
                f"--gold {self.source}: none of its {len(self.tags_by_words):,} sentences is one of {TEST}, word for "
                "word; give labels of the test sentences"
            )
        sentences: list[Sentence] = [{**test[place], "tags": tags} for place, tags in labelled.items()]
        return Reference(digest_of(test), len(test), list(labelled), sentences, by_teacher=False)

    def note(self, reference: Reference) -> str:
        """Return how many sentences of the test set a reference of these labels has, and which."""
        return (
            f"Held against the labels in {self.source}: {len(reference.places):,} of {reference.size:,} test "
            "sentences, those that stand there word for word, and always with the same tags."
        )


def read_other_gold(source: str) -> OtherGold:
    """Read labels from a path or URL, in any format of a labelled corpus.

    Raises:
        UserError: where they can't be read.
    """
    from tinyner.corpus_files.reading import Reading  # noqa: PLC0415, not before it is needed
    from tinyner.prepare import corpus  # noqa: PLC0415

    return OtherGold.of(source, corpus.labelled(source, "test", Reading.of(load_params())))


def table_on(runs: Sequence[Run], gold: OtherGold) -> Table:
    """Return the runs' strict scores by other labels, and F1 by those of the test set on the same sentences.

    Raises:
        UserError: where a run's predictions are not of the workspace's test set, or no sentence of it has such labels.
    """
    workspace, other = reference_of(runs), gold.reference(runs)
    tags_by_place = dict(zip(workspace.places, workspace.tags, strict=True))
    own = None if workspace.by_teacher else [tags_by_place[place] for place in other.places]
    columns = [Column("run"), *(Column(name, "other gold", spread=True) for name in ("P", "R", "F1"))]
    columns += [] if own is None else [Column("F1", "test set", spread=True)]
    rows = []
    for run in runs:
        predictions = other.scored(run.predictions)
        row: list[Value] = [run.name, *_scores(other.tags, predictions)]
        rows.append(tuple(row if own is None else [*row, _scores(own, predictions)[-1]]))
    title = f"Strict scores by other labels of {len(other.places):,} test sentences, {over_seeds(runs)}"
    notes = (gold.note(other), *decoder_notes(runs))
    return with_best(Table(title, tuple(columns), tuple(rows), notes))


def _scores(gold: Sequence[Sequence[str]], predictions: Mapping[int, Sequence[Sequence[str]]]) -> list[Score]:
    """Return precision, recall and F1 over seeds, strict and micro-averaged."""
    counts = [
        SpanCounts.of(
            pair
            for tags, predicted in zip(gold, sentences, strict=True)
            for pair in pair_types(tags_to_spans(tags), tags_to_spans(predicted))
        )
        for sentences in predictions.values()
    ]
    shares = [(count.true / (count.predicted or 1), count.true / (count.gold or 1), count.f1) for count in counts]
    return [Score.of(values) for values in zip(*shares, strict=True)]
