"""A student's answers drawn in the text of test sentences: what is right, wrong and missed, in words as well."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tinyner.bio import Span, tags_to_spans
from tinyner.plurals import number
from tinyner.report.markup import Child, Markup, element, joined, prose
from tinyner.report.scored_runs import ScoredRun
from tinyner.report.word_gaps import are_apart
from tinyner.rows import Sentence, text_of_words
from tinyner.runs.reference import Reference

EACH = 5
"""Sentences without a mistake, and with one, that are drawn."""

LONGEST = 40
"""Words of the longest sentence that is drawn."""


@dataclass(frozen=True)
class Answer:
    """A sentence with gold's spans, or those of the teacher that stand in, and those that a student predicted.

    If nobody labelled the sentence, ``is_judged`` is False, and ``gold`` is empty. ``scores`` are the probabilities of
    predicted spans that are shown, if any.
    """

    sentence: Sentence
    gold: Sequence[Span]
    predicted: Sequence[Span]
    by_teacher: bool
    is_judged: bool = True
    scores: Mapping[Span, float] = field(default_factory=dict)

    @property
    def errors(self) -> int:
        """The number of spans that only one of the two has."""
        return len(set(self.gold) ^ set(self.predicted)) if self.is_judged else 0

    @property
    def is_long(self) -> bool:
        """Whether it has too many words to be drawn."""
        return len(self.sentence["words"]) > LONGEST


@dataclass(frozen=True)
class Place:
    """Words in which spans of either side lie that overlap each other, and these spans; a half-open range."""

    start: int
    end: int
    gold: Sequence[Span]
    predicted: Sequence[Span]

    @property
    def outcome(self) -> str:
        """What the student did: right, missed, invented or wrong."""
        if not self.predicted:
            return "missed"
        if not self.gold:
            return "invented"
        return "right" if list(self.gold) == list(self.predicted) else "wrong"


def kept_seed(run: ScoredRun) -> int:
    """Return the seed whose student stage train keeps in models/student, or else a run's first seed."""
    kept = [row.get("best_seed") for row in run.metrics.get("train", {}).get("run", [])]
    return next((seed for seed in kept if seed in run.predictions), next(iter(run.predictions)))


def answers_of(reference: Reference, run: ScoredRun, seed: int) -> list[Answer]:
    """Return what the student of a seed made of each scored sentence, in the test set's order."""
    tags = reference.scored(run.predictions)[seed]
    return [
        Answer(row, tags_to_spans(row["tags"]), tags_to_spans(predicted), reference.by_teacher)
        for row, predicted in zip(reference.sentences, tags, strict=True)
    ]


def drawn_by_lot(answers: Iterable[Answer], each: int = EACH) -> list[Answer]:
    """Return sentences without and with a mistake, at most ``each``, in the order of the SHA-256 of their ids.

    Only sentences count that have an entity, predicted or not, and at most ``LONGEST`` words.
    """
    usable = [row for row in answers if (row.gold or row.predicted) and not row.is_long]
    by_lot = sorted(usable, key=lambda row: hashlib.sha256(row.sentence["id"].encode()).hexdigest())
    chosen = [row for row in by_lot if not row.errors][:each] + [row for row in by_lot if row.errors][:each]
    return [row for row in by_lot if row in chosen]


def places(answer: Answer) -> list[Place]:
    """Return the places of a sentence that have a span, from left to right; spans that overlap share one.

    >>> row = {"id": "a", "words": ["Bank", "of", "England", "said"]}
    >>> [place.outcome for place in places(Answer(row, [(0, 3, "ORG")], [(2, 3, "LOC"), (3, 4, "PER")], False))]
    ['wrong', 'invented']
    """
    merged: list[Place] = []
    sides = [(span, True) for span in answer.gold] + [(span, False) for span in answer.predicted]
    for span, of_gold in sorted(sides):
        start, end, gold, predicted = span[0], span[1], list[Span](), list[Span]()
        if merged and start < merged[-1].end:
            last = merged.pop()
            start, end = last.start, max(end, last.end)
            gold, predicted = list(last.gold), list(last.predicted)
        (gold if of_gold else predicted).append(span)
        merged.append(Place(start, end, gold, predicted))
    return merged


def key(*, by_teacher: bool) -> Markup:
    """Explain the marks."""
    who = "the teacher" if by_teacher else "gold"
    samples = (
        ("right", "Rosa", "PER ✓", f"as {who} has it"),
        ("wrong", "Rosa", f"✗ ORG, {who}: PER", "another type or other boundaries"),
        ("invented", "Rosa", f"✗ PER, {who}: none", "no entity there"),
        ("missed", "Rosa", "✗ missed PER", f"{who} has it, the student not"),
    )
    items = [element("li", _marked(name, text, label), f" {meaning}") for name, text, label, meaning in samples]
    return element("ul", *items, class_="answer-key")


def drawing(answers: Sequence[Answer], remarks: Sequence[str] = ()) -> Markup:
    """Return the sentences as a list, each with its entities marked, its id, and a remark where there are remarks."""
    texts = remarks or [_count(row) for row in answers]
    items = [
        element(
            "li",
            _text(row),
            element("span", element("span", row.sentence["id"], class_="id"), f" {text}", class_="note"),
        )
        for row, text in zip(answers, texts, strict=True)
    ]
    return element("ol", *items, class_="answers")


def _count(answer: Answer) -> str:
    """Say how many spans are wrong, in words."""
    if answer.by_teacher:
        return f"{number(answer.errors, 'span')} differing" if answer.errors else "as the teacher"
    return f"{number(answer.errors, 'span')} missed or invented" if answer.errors else "all right"


def _text(answer: Answer) -> Markup:
    """Return the sentence's text with its places marked."""
    sentence, apart = answer.sentence, (*are_apart(answer.sentence), False)
    parts: list[Child] = []
    position = 0
    for place in places(answer):
        if position < place.start:
            parts += [" " if apart[position] else None, text_of_words(sentence, position, place.start)]
        text = text_of_words(sentence, place.start, place.end)
        outcome = place.outcome if answer.is_judged else "unjudged"
        parts += [" " if apart[place.start] else None, _marked(outcome, text, _label(place, answer))]
        position = place.end
    length = len(sentence["words"])
    if position < length:
        parts += [" " if apart[position] else None, text_of_words(sentence, position, length)]
    return element("p", *parts)


def _marked(outcome: str, text: str, label: str) -> Markup:
    return element("span", element("span", text, class_="e"), element("b", f" {label}"), class_=f"a {outcome}")


def _label(place: Place, answer: Answer) -> str:
    """Say what the student predicted at a place and what gold has there."""
    who = "the teacher" if answer.by_teacher else "gold"
    predicted, gold = _types(place, place.predicted, answer), _types(place, place.gold, answer)
    if not answer.is_judged:
        return predicted
    return {
        "right": f"{predicted} ✓",
        "missed": f"✗ missed {gold}",
        "invented": f"✗ {predicted}, {who}: none",
        "wrong": f"✗ {predicted}, {who}: {gold}",
    }[place.outcome]


def _types(place: Place, spans: Sequence[Span], answer: Answer) -> str:
    """Return the types of spans, with their texts where they are not the whole place, and scores that are shown."""
    parts = []
    for start, end, label in spans:
        is_whole = (start, end) == (place.start, place.end)
        text = "" if is_whole else f" “{text_of_words(answer.sentence, start, end)}”"
        score = answer.scores.get((start, end, label)) if spans is place.predicted else None
        parts.append(f"{label}{text}" if score is None else f"{label}{text} {score:.2f}")
    return " + ".join(parts)


def worst(answers: Iterable[Answer], most: int) -> list[Answer]:
    """Return the sentences of at most LONGEST words with most spans missed or invented, of equals by their ids."""
    usable = [row for row in answers if row.errors and not row.is_long]
    return sorted(usable, key=lambda row: (-row.errors, row.sentence["id"]))[:most]


def section(reference: Reference | None, run: ScoredRun) -> Markup:
    """Draw sentences of a run that are chosen by lot, and say how; without test sentences, say that."""
    if reference is None:
        what, command = ("the teacher’s tags of them", "align") if run.by_teacher else ("the test sentences", "prepare")
        text = (
            f"The answers of {run.spoken} can’t be drawn: {what} are not here. After `dvc repro {command}`, here or in "
            "the repository that `--data` names, they are."
        )
        return element("p", prose(text))
    seed = kept_seed(run)
    answers = answers_of(reference, run, seed)
    right = sum(not row.errors for row in answers)
    verb = "are as the teacher’s" if run.by_teacher else "are wholly right"
    about = (
        f"Answers of {run.spoken}, seed {seed}, to test sentences, drawn by lot: up to {EACH} without a mistake and "
        f"{EACH} with one, the first in the order of the SHA-256 of their ids, of those with an entity and at most "
        f"{LONGEST} words. So mistakes are more frequent here than they are: of all {len(answers):,} test sentences "
        f"{right:,} ({right / max(len(answers), 1):.0%}) {verb}."
    )
    return joined([element("p", about), key(by_teacher=run.by_teacher), drawing(drawn_by_lot(answers))])
