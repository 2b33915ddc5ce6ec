"""Legal tags and probabilities, against all sequences of labels one by one."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tinyner.bio import spans_to_tags, tags_to_spans
from tinyner.decoding import Bounds, Chances, Logits, Scheme, best_labels

LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
SCHEME = Scheme.of(LABELS)


def is_legal(tags: list[str]) -> bool:
    return spans_to_tags(tags_to_spans(tags), len(tags)) == tags


def legal_sequences(length: int) -> list[tuple[int, ...]]:
    return [
        sequence
        for sequence in itertools.product(range(len(LABELS)), repeat=length)
        if is_legal([LABELS[index] for index in sequence])
    ]


@st.composite
def sentences(draw: st.DrawFn) -> tuple[Logits, Bounds]:
    lengths = draw(st.lists(st.integers(0, 4), min_size=1, max_size=4))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    logits = (generator.standard_normal((sum(lengths), len(LABELS))) * draw(st.sampled_from([0.1, 1, 30]))).astype(
        np.float32
    )
    return logits, np.cumsum([0, *lengths])


def weights(logits: NDArray[np.float64]) -> dict[tuple[int, ...], float]:
    """The sum of logits of each legal sequence of a sentence."""
    return {
        sequence: float(sum(logits[place, label] for place, label in enumerate(sequence)))
        for sequence in legal_sequences(len(logits))
    }


@given(sentences())
def test_the_labels_are_the_best_legal_ones(case: tuple[Logits, Bounds]) -> None:
    logits, bounds = case
    labels = best_labels(logits, bounds, SCHEME)
    for begin, end in itertools.pairwise(bounds.tolist()):
        found = tuple(labels[begin:end].tolist())
        by_sequence = weights(logits[begin:end].astype(np.float64))
        assert found in by_sequence
        assert by_sequence[found] == pytest.approx(max(by_sequence.values()), rel=1e-9, abs=1e-9)


@given(sentences())
def test_labels_that_are_legal_one_by_one_stay(case: tuple[Logits, Bounds]) -> None:
    logits, bounds = case
    best = logits.argmax(1) if len(logits) else np.zeros(0, dtype=np.int64)
    labels = best_labels(logits, bounds, SCHEME)
    for begin, end in itertools.pairwise(bounds.tolist()):
        if is_legal([LABELS[index] for index in best[begin:end]]):
            assert labels[begin:end].tolist() == best[begin:end].tolist()


@given(sentences(), st.sampled_from([0.5, 1.0, 3.0]))
def test_a_spans_probability_is_the_share_of_the_sequences_that_have_it(
    case: tuple[Logits, Bounds], temperature: float
) -> None:
    logits, bounds = case
    chances = Chances.of(logits, bounds, SCHEME, temperature)
    for sentence, (begin, end) in enumerate(itertools.pairwise(bounds.tolist())):
        by_sequence = weights(logits[begin:end].astype(np.float64) / temperature)
        highest = max(by_sequence.values())
        shares = {sequence: np.exp(weight - highest) for sequence, weight in by_sequence.items()}
        total = sum(shares.values())
        spans = [
            (first, last, name)
            for first, last in itertools.combinations(range(end - begin + 1), 2)
            for name in SCHEME.types
        ]
        expected = [
            sum(
                share
                for sequence, share in shares.items()
                if span in tags_to_spans([LABELS[index] for index in sequence])
            )
            / total
            for span in spans
        ]
        assert chances.of_spans(sentence, spans) == pytest.approx(expected, rel=1e-7, abs=1e-12)


@given(sentences())
def test_the_probabilities_of_all_sequences_sum_to_one(case: tuple[Logits, Bounds]) -> None:
    logits, bounds = case
    chances = Chances.of(logits, bounds, SCHEME)
    for sentence, (begin, end) in enumerate(itertools.pairwise(bounds.tolist())):
        logs = []
        for sequence in legal_sequences(end - begin):
            labels = np.zeros(len(logits), dtype=np.int16)
            labels[begin:end] = sequence
            logs.append(chances.log_likelihood(labels)[sentence])
        assert np.exp(logs).sum() == pytest.approx(1.0)


def test_the_order_of_labels_makes_no_difference() -> None:
    generator = np.random.default_rng(0)
    logits = generator.standard_normal((200, 5)).astype(np.float32)
    bounds = np.arange(0, 201, 8)
    order = [3, 0, 4, 2, 1]
    other = Scheme.of([LABELS[index] for index in order])
    labels = best_labels(logits, bounds, SCHEME)
    assert [order[index] for index in best_labels(logits[:, order], bounds, other)] == labels.tolist()


def test_a_word_that_the_student_did_not_see_is_outside() -> None:
    logits = np.full((3, 5), 0.0, dtype=np.float32)
    logits[:, LABELS.index("B-PER")] = 5.0
    sure = SCHEME.surely_outside(logits, np.array([False, True, False]))
    bounds = np.array([0, 3])
    assert [LABELS[index] for index in best_labels(sure, bounds, SCHEME)] == ["B-PER", "O", "B-PER"]
    assert Chances.of(sure, bounds, SCHEME).of_spans(0, [(1, 2, "PER"), (0, 2, "PER")]) == [0.0, 0.0]


@pytest.mark.parametrize("labels", [["O", "B-PER"], ["B-PER", "I-PER"], ["O", "B-PER", "I-PER", "B-PER"]])
def test_labels_that_are_no_iob2_are_refused(labels: list[str]) -> None:
    with pytest.raises(ValueError, match="no IOB2 labels"):
        Scheme.of(labels)
