"""Who labelled what, drawn on the sentence: gold above the words, the teacher or each seed's student below."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tinyner.bio import tags_to_spans
from tinyner.report.inputs import Corpus
from tinyner.report.markup import Markup, element
from tinyner.report.scored_runs import Experiment
from tinyner.rows import Sentence, Span

LONGEST = 60  # words; a longer sentence is a page of its own
MOST_ROWS = 5  # seeds below a sentence


@dataclass(frozen=True)
class Disagreement:
    """A sentence with gold spans and those of others; ``wrong``: entities that someone missed or invented.

    ``share`` is the part of the others that differ from gold anywhere in the sentence.
    """

    id: str
    words: Sequence[str]
    gold: Sequence[Span]
    others: Mapping[str, Sequence[Span]]
    of: str  # whose spans the others are
    wrong: int
    share: float

    @property
    def types(self) -> list[str]:
        """The types of the spans that differ."""
        return sorted({label for _, _, label, _ in _differing(self)})


def of_teacher(one: Corpus, most: int) -> list[Disagreement]:
    """Target sentences whose gold the teacher missed by most."""
    found = []
    for row in one.target:
        example = one.examples.get(row["id"])
        if "tags" in row and example is not None:
            spans: list[Span] = [(span["start"], span["end"], span["label"]) for span in example["spans"]]
            found.append(_compared(row, {"teacher": spans}, f"{one.teacher} on the target sentences"))
    return _hardest(found, most)


def of_students(gold: Sequence[Sentence], one: Experiment, most: int) -> list[Disagreement]:
    """Test sentences that most seeds of one experiment get wrong, and most of."""
    found = []
    for index, row in enumerate(gold):
        tags = {f"seed {seed}": sentences[index] for seed, sentences in one.run.predictions.items()}
        if any(list(own) != list(row["tags"]) for own in tags.values()):
            others = {seed: tags_to_spans(own) for seed, own in tags.items()}
            found.append(_compared(row, others, f"{one.name} on the test sentences"))
    return _hardest(found, most)


def _compared(row: Sentence, others: Mapping[str, Sequence[Span]], of: str) -> Disagreement:
    gold = tags_to_spans(row["tags"])
    apart = [len(set(gold) ^ set(spans)) for spans in others.values()]
    share = sum(count > 0 for count in apart) / max(len(apart), 1)
    return Disagreement(row["id"], row["words"], gold, others, of, sum(apart), share)


def _hardest(found: Sequence[Disagreement], most: int) -> list[Disagreement]:
    """Most of the others wrong first, then most entities wrong an other, then by id."""
    usable = [one for one in found if one.wrong and len(one.words) <= LONGEST]
    return sorted(usable, key=lambda one: (-one.share, -one.wrong / len(one.others), one.id))[:most]


def _differing(one: Disagreement) -> list[tuple[int, int, str, str]]:
    """Spans that gold or some of the others lack, each with who has it."""
    count = Counter(span for spans in one.others.values() for span in set(spans))
    gold = set(one.gold)
    result = []
    for span in sorted(gold | set(count)):
        whole = len(one.others)
        if (span in gold) != (count[span] == whole) or 0 < count[span] < whole:
            who = f"{count[span]} of {whole} seeds" if whole > 1 else next(iter(one.others))
            told = ["gold"] if span in gold else []
            told += [who] if count[span] else []
            result.append((*span, " and ".join(told)))
    return result


def card(one: Disagreement, types: Sequence[str]) -> Markup:
    """The sentence with its spans above and below the words, and what differs in words."""
    names = list(one.others)[:MOST_ROWS]
    rows = [_cells(one.gold, len(one.words)), *(_cells(one.others[name], len(one.words)) for name in names)]
    key = element(
        "span",
        element("i", "gold", class_="who"),
        element("b", ""),
        *(element("i", name, class_="who") for name in names),
        class_="w key",
        aria_hidden="true",
    )
    words = [
        element(
            "span",
            _track(rows[0][index], types),
            element("b", word),
            *(_track(row[index], types) for row in rows[1:]),
            class_="w",
        )
        for index, word in enumerate(one.words)
    ]
    listed = [
        element("li", element("q", " ".join(one.words[start:end])), " ", element("b", label), f": {who}")
        for start, end, label, who in _differing(one)
    ]
    share = f"{round(one.share * len(one.others))} of {len(one.others)} seeds wrong, " if len(one.others) > 1 else ""
    entities = one.wrong / len(one.others)
    told = element("p", f"{share}{entities:.3g} entities missed or invented{' a seed' if share else ''}", class_="note")
    return element(
        "article",
        element("h3", element("span", one.id, class_="id"), " ", element("span", one.of, class_="of")),
        told,
        element("p", " ".join(one.words), class_="unseen"),
        element("div", key, *words, class_="spans", aria_hidden="true"),
        element("ul", *listed, class_="differences"),
        class_="card",
        data_types=" ".join(one.types),
    )


def _cells(spans: Sequence[Span], length: int) -> list[tuple[str, bool, bool] | None]:
    """Of each word: its span's type, whether it is the span's first, and its last."""
    cells: list[tuple[str, bool, bool] | None] = [None] * length
    for start, end, label in spans:
        for index in range(start, end):
            cells[index] = label, index == start, index == end - 1
    return cells


def _track(cell: tuple[str, bool, bool] | None, types: Sequence[str]) -> Markup:
    if cell is None:
        return element("i")
    label, first, last = cell
    colour = types.index(label) if label in types else len(types)
    ends = f"{' first' if first else ''}{' last' if last else ''}"
    return element("i", label if first else "", class_=f"t c{colour % 7}{ends}")
