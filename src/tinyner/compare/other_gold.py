"""Runs held against other labels of the test sentences than those they were scored on: a corrected test set, say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tinyner.compare.notes import decoder_notes
from tinyner.compare.run_scores import mean_over
from tinyner.compare.table import Column, Score, Table, with_best
from tinyner.errors import UserError
from tinyner.params import load_params
from tinyner.rows import Sentence
from tinyner.runs.reference import TEST, Reference, check_test, load_test
from tinyner.runs.run import Run, digest_of
from tinyner.stand_ins import is_stand_in
from tinyner.stats.significance import Counts, count


@dataclass(frozen=True)
class OtherGold:
    """Labels of sentences, some of which are the test set's.

    Attributes:
        source: the path or URL they were read from, as it was given.
        reference: those of the test sentences that have labels, with these.
        own: the same sentences as the test set has them; None where nobody had labelled it.
        notes: what was noted as they were read.

    """

    source: str
    reference: Reference
    own: Reference | None
    notes: tuple[str, ...]

    @classmethod
    def of(
        cls, source: str, labelled: Iterable[Sentence], test: Sequence[Sentence], notes: Iterable[str] = ()
    ) -> "OtherGold":
        """Return what labels say of a test set.

        Raises:
            UserError: where no test sentence has a label.
        """
        tags_by_words = agreed_tags(labelled)
        found = {place: tags_by_words.get(tuple(row["words"])) for place, row in enumerate(test)}
        places = [place for place, tags in found.items() if tags is not None]
        if not places:
            raise UserError(
                f"--gold {source}: no sentence of {TEST} stands there word for word, and always with the same tags (it "
                f"has {len(tags_by_words):,} different sentences); give labels of the test sentences"
            )

        def reference(sentences: list[Sentence], named: str) -> Reference:
            return Reference(digest_of(test), len(test), places, sentences, by_teacher=False, other_labels=named)

        own = None if is_stand_in(test) else reference([test[place] for place in places], "the test set")
        other = reference([{**test[place], "tags": found[place] or []} for place in places], source)
        return cls(source, other, own, (*notes,))

    def checked(self, runs: Iterable[Run]) -> Reference:
        """Return the reference, once it is known that these runs predicted the workspace's test set.

        Raises:
            UserError: where one predicted another. Whether the teacher's tags were alike does not matter here.
        """
        for run in runs:
            check_test(run, self.reference.test)
        return self.reference

    def note(self) -> str:
        """Return how many sentences of the test set have such labels, and which."""
        return (
            f"Held against the labels in {self.source}: {len(self.reference.places):,} of {self.reference.size:,} test "
            "sentences, those that stand there word for word, and always with the same tags."
        )


def agreed_tags(labelled: Iterable[Sentence]) -> Mapping[tuple[str, ...], list[str] | None]:
    """Return each sentence's tags by its words; None where it stands there several times with different tags."""
    tags_by_words: dict[tuple[str, ...], list[str] | None] = {}
    for sentence in labelled:
        words, tags = tuple(sentence["words"]), sentence["tags"]
        tags_by_words[words] = tags if tags_by_words.get(words, tags) == tags else None
    return tags_by_words


def read_other_gold(source: str) -> OtherGold:
    """Read labels from a path or URL, in any format of a labelled corpus, as params.yaml's ``prepare`` has it.

    Raises:
        UserError: where they can't be read, there is no test set here, or none of its sentences has labels there.
    """
    from tinyner.corpus_files.reading import Reading  # noqa: PLC0415, not before it is needed
    from tinyner.prepare import corpus  # noqa: PLC0415

    reading = Reading.of(load_params())
    labelled = corpus.labelled(source, "test", reading)
    return OtherGold.of(source, labelled, load_test(), reading.notes.lines())


def table_by_labels(runs: Sequence[Run], gold: OtherGold) -> Table:
    """Return the runs' strict scores by other labels, and F1 by those of the test set on the same sentences.

    Raises:
        UserError: where a run's predictions are not of the workspace's test set, or damaged.
    """
    other = gold.checked(runs)
    columns = [Column("run"), *(Column(name, "other gold", spread=True) for name in ("P", "R", "F1"))]
    columns += [Column("F1", "test set", spread=True)] if gold.own else []
    counts = [counts_of(run, other) for run in runs]
    rows = [
        (run.name, *_scores(counted), *(_scores(counts_of(run, gold.own))[-1:] if gold.own else ()))
        for run, counted in zip(runs, counts, strict=True)
    ]
    seeds = mean_over(len(counted.seeds) for counted in counts)
    title = f"Strict scores by other gold of {len(other.places):,} test sentences, {seeds}"
    notes = (gold.note(), *gold.notes, *decoder_notes(runs))
    return with_best(Table(title, tuple(columns), tuple(rows), notes))


def counts_of(run: Run, reference: Reference, label: str | None = None, measure: str = "") -> Counts:
    """Return a run's entity counts by a reference; arguments as those of ``stats.significance.count``.

    Raises:
        UserError: where its predictions have another number of sentences or words.
    """
    try:
        predictions = reference.scored(run.predictions)
        return count(run.name, reference.tags, predictions, reference.digest, label, measure=measure)
    except ValueError as error:
        raise UserError(
            f"{error}; they are damaged: make the run's predictions, or its archive, again, or leave it out"
        ) from None


def _scores(counts: Counts) -> list[Score]:
    """Return precision, recall and F1 over seeds, micro-averaged."""
    true, predicted, gold = counts.tp.sum(axis=1), counts.predicted.sum(axis=1), counts.gold.sum()
    shares = (true / np.maximum(predicted, 1), true / max(gold, 1), counts.f1())
    return [Score.of([float(value) for value in values]) for values in shares]
