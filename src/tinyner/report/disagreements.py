"""Who labelled what, drawn on the sentence: gold above the words, below them the teacher or the students.

Where the teacher's tags stand in for gold, they are above the words.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tinyner.bio import Span, tags_to_spans
from tinyner.report.inputs import Corpus
from tinyner.report.markup import Markup, element
from tinyner.report.scored_runs import ScoredRun
from tinyner.report.word_gaps import are_apart
from tinyner.rows import Sentence, text_of, text_of_words
from tinyner.runs.reference import Reference

LONGEST = 60
"""Words of the longest sentence that is shown."""

MOST_ROWS = 5
"""Rows of labels below a sentence; further seeds are only in the list of differences."""


@dataclass(frozen=True)
class Disagreement:
    """A sentence with gold spans and those of labellers: the teacher, or the student on each seed.

    ``labellers`` names the teacher or run. ``errors`` is the number of missed and of wrong entities, summed over
    labellers; ``share`` is the share of labellers with an error.
    """

    sentence: Sentence
    gold: Sequence[Span]
    predictions: Mapping[str, Sequence[Span]]  # by labeller
    labellers: str
    errors: int
    share: float
    above: str = "gold"  # whose spans ``gold`` has

    @property
    def id(self) -> str:
        """The sentence's id."""
        return self.sentence["id"]

    @property
    def words(self) -> Sequence[str]:
        """The sentence's words."""
        return self.sentence["words"]

    @property
    def errors_each(self) -> float:
        """Errors a labeller."""
        return self.errors / len(self.predictions)

    @property
    def types(self) -> list[str]:
        """The types of the spans that differ."""
        return sorted({label for _, _, label, _ in _differing_spans(self)})


def of_teacher(corpus: Corpus, most: int) -> list[Disagreement]:
    """Return target sentences on which the teacher differs from gold, the hardest first, at most ``most``."""
    disagreements = []
    for row in corpus.target:
        example = corpus.examples.get(row["id"])
        if "tags" in row and example is not None:
            spans: list[Span] = [(span["start"], span["end"], span["label"]) for span in example["spans"]]
            disagreements.append(_compare(row, {"teacher": spans}, f"{corpus.teacher} on the target sentences"))
    return _hardest(disagreements, most)


def of_students(reference: Reference, run: ScoredRun, most: int) -> list[Disagreement]:
    """Return test sentences on which a run's seeds differ from gold, the hardest first, at most ``most``."""
    disagreements = []
    scored = reference.scored(run.predictions)
    above = "teacher" if reference.by_teacher else "gold"
    for index, row in enumerate(reference.sentences):
        tags = {f"seed {seed}": sentences[index] for seed, sentences in scored.items()}
        if any(list(predicted) != list(row["tags"]) for predicted in tags.values()):
            predictions = {seed: tags_to_spans(predicted) for seed, predicted in tags.items()}
            case = _compare(row, predictions, f"{run.name} on the test sentences")
            disagreements.append(replace(case, above=above))
    return _hardest(disagreements, most)


def _compare(row: Sentence, predictions: Mapping[str, Sequence[Span]], labellers: str) -> Disagreement:
    gold = tags_to_spans(row["tags"])
    errors = [len(set(gold) ^ set(spans)) for spans in predictions.values()]
    share = sum(count > 0 for count in errors) / max(len(errors), 1)
    return Disagreement(row, gold, predictions, labellers, sum(errors), share)


def _hardest(disagreements: Sequence[Disagreement], most: int) -> list[Disagreement]:
    """Sort by the share of labellers that are wrong, then by errors a labeller (both falling), then by id."""
    usable = [case for case in disagreements if case.errors and len(case.words) <= LONGEST]
    return sorted(usable, key=lambda case: (-case.share, -case.errors_each, case.id))[:most]


def _differing_spans(case: Disagreement) -> list[tuple[int, int, str, str]]:
    """Return spans that gold or some labeller lacks: start, end, label, and in words who has them."""
    count = Counter(span for spans in case.predictions.values() for span in set(spans))
    gold = set(case.gold)
    labellers = len(case.predictions)
    differing = []
    for span in sorted(gold | set(count)):
        if (span in gold) != (count[span] == labellers) or 0 < count[span] < labellers:
            owners = [case.above] if span in gold else []
            if count[span]:
                owners.append(f"{count[span]} of {labellers} seeds" if labellers > 1 else next(iter(case.predictions)))
            differing.append((*span, " and ".join(owners)))
    return differing


def card(case: Disagreement, types: Sequence[str]) -> Markup:
    """Draw a sentence with its spans above and below the words, and list what differs.

    Args:
        case: the sentence.
        types: the scheme's, in the order of their colours.
    """
    names = list(case.predictions)[:MOST_ROWS]
    length = len(case.words)
    rows = [_labels_by_word(case.gold, length), *(_labels_by_word(case.predictions[name], length) for name in names)]
    key = element(
        "span",
        element("i", case.above, class_="who"),
        element("b", ""),
        *(element("i", name, class_="who") for name in names),
        class_="w key",
        aria_hidden="true",
    )
    apart = are_apart(case.sentence)
    words = [
        element(
            "span",
            _track(rows[0][index], types),
            element("b", word),
            *(_track(row[index], types) for row in rows[1:]),
            class_=f"w{'' if index == 0 or apart[index] else ' joined'}{'' if (*apart, True)[index + 1] else ' joins'}",
        )
        for index, word in enumerate(case.words)
    ]
    differences = [
        element("li", element("q", text_of_words(case.sentence, start, end)), " ", element("b", label), f": {owners}")
        for start, end, label, owners in _differing_spans(case)
    ]
    return element(
        "article",
        element("h3", element("span", case.id, class_="id"), " ", element("span", case.labellers, class_="of")),
        element("p", error_count(case), class_="note"),
        element("p", text_of(case.sentence), class_="unseen"),
        element("div", key, *words, class_="spans", aria_hidden="true"),
        element("ul", *differences, class_="differences"),
        class_="card",
        data_types=" ".join(case.types),
    )


def error_count(case: Disagreement) -> str:
    """Say how many seeds differ, and by how many entities."""
    seeds = len(case.predictions)
    by_teacher = case.above == "teacher"
    wrong, missed = ("differ from the teacher", "lacking or added") if by_teacher else ("wrong", "missed or invented")
    text = f"{case.errors_each:.3g} entities {missed}"
    return f"{round(case.share * seeds)} of {seeds} seeds {wrong}, {text} a seed" if seeds > 1 else text


def _labels_by_word(spans: Sequence[Span], length: int) -> list[tuple[str, bool, bool] | None]:
    """Return for each word its span's type, whether it is the span's first, and whether its last; None outside."""
    labels: list[tuple[str, bool, bool] | None] = [None] * length
    for start, end, label in spans:
        for index in range(start, end):
            labels[index] = label, index == start, index == end - 1
    return labels


def _track(label_of_word: tuple[str, bool, bool] | None, types: Sequence[str]) -> Markup:
    """Draw a word's part of a row of labels."""
    if label_of_word is None:
        return element("i")
    label, first, last = label_of_word
    colour = types.index(label) if label in types else len(types)
    ends = f"{' first' if first else ''}{' last' if last else ''}"
    return element("i", label if first else "", class_=f"t c{colour % 7}{ends}")
