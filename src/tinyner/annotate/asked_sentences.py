"""Which sentences annotators are asked for: the one answer for the stage, its estimate, a pilot, check and init."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tinyner.annotate import gold_sentences, templates
from tinyner.annotate.file_labels import FileLabels
from tinyner.annotate.gold_sentences import TEST
from tinyner.corpora import ASKED, CORPORA, GOLD
from tinyner.errors import UserError
from tinyner.files import load
from tinyner.params import Params
from tinyner.plurals import number
from tinyner.rows import Sentence


@dataclass(frozen=True)
class PreparedSets:
    """The sets that sentences are taken from, each by rank, as stage prepare writes them.

    ``original`` and ``test`` may be empty where ``annotate.gold_size`` is.
    """

    target: Sequence[Sentence]
    related: Sequence[Sentence]
    original: Sequence[Sentence] = ()
    test: Sequence[Sentence] = ()


@dataclass(frozen=True)
class AskedSentences:
    """The sentences that annotators are asked for, and the labels of those that have them in files.

    Attributes:
        corpora: the sentences by corpus; gold ones if ``annotate.gold_size`` is set.
        labels: of each annotator that has them in files.
        left_out: how many gold sentences are not asked for, as a file of labels has no row for them.
    """

    corpora: dict[str, list[Sentence]]
    labels: list[FileLabels]
    left_out: int

    def lines(self, gold_size: int | None) -> Iterator[str]:
        """Yield what is to be said of the labels, and of gold sentences that are fewer than ``annotate.gold_size``."""
        for of_files in self.labels:
            yield from of_files.lines()
        yield from self.shortage(gold_size)

    def shortage(self, gold_size: int | None) -> Iterator[str]:
        """Yield a line where the gold sentences are fewer than ``annotate.gold_size``."""
        gold = self.corpora.get(GOLD, [])
        if gold_size is not None and len(gold) < gold_size:
            there = f"are no more than {number(len(gold), 'gold sentence')}" if gold else "is no gold sentence"
            in_files = ", with a row in each file of labels" if self.labels else ""
            yield (
                f"annotate.gold_size: {gold_size}, and there {there} to ask for: of {ASKED[GOLD]}, shown by no prompt, "
                f"not of the test set{in_files}"
            )


def load_asked(params: Params) -> AskedSentences:
    """Return the sentences of data/prepared that annotators are asked for.

    Raises:
        UserError: as ``asked_sentences``; where a prepared set can't be read.
    """
    has_gold = params.annotate.gold_size is not None
    sets = PreparedSets(
        target=load(CORPORA["target"]),
        related=load(CORPORA["related"]),
        original=load(ASKED[GOLD]) if has_gold else (),
        test=load(TEST) if has_gold else (),
    )
    return asked_sentences(params, sets)


def asked_sentences(
    params: Params,
    sets: PreparedSets,
    shots: Sequence[templates.Shot] | None = None,
    unreadable: Callable[[UserError], None] | None = None,
) -> AskedSentences:
    """Return the sentences that annotators are asked for.

    Args:
        params: with who labels, by which prompts, and how many gold sentences.
        sets: that the sentences are taken from.
        shots: the fixed examples, if they are not to be read from their file.
        unreadable: called with the error of each annotator whose files can't be read, which then limits nothing; None:
            the first such error is raised.

    Raises:
        UserError: where a file of labels, a template or an example is not as expected.
    """
    corpora = {"target": list(sets.target), "related": list(sets.related)}
    if params.annotate.gold_size is not None:
        corpora[GOLD] = gold_sentences.gold_sentences(params, sets.original, sets.test, shots)
    labels = []
    for name in params.annotate.of_files:
        from tinyner.annotate.label_files import read_labels  # noqa: PLC0415, loads the readers of files

        try:
            labels.append(read_labels(params, corpora, name))
        except UserError as error:
            if unreadable is None:
                raise
            unreadable(error)
    answered = _answered(corpora.get(GOLD, []), labels)
    left_out = len(corpora.get(GOLD, [])) - len(answered)
    return AskedSentences({**corpora, GOLD: answered} if GOLD in corpora else corpora, labels, left_out)


def _answered(gold: Sequence[Sentence], labels: Sequence[FileLabels]) -> list[Sentence]:
    """Return the gold sentences that every file of labels has a row for: no vote may lack there."""
    return [
        sentence for sentence in gold if all(of_files.rows[GOLD, sentence["id"]] is not None for of_files in labels)
    ]
