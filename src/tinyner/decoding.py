"""From a student's logits to legal IOB2 tags, and to the probability of each entity.

A student scores each word by itself, so its best labels one by one may have an I- that continues nothing. Here a
sentence's labels are chosen together: of all sequences in which each I-TYPE follows a B-TYPE or an I-TYPE, the one with
the highest sum of logits (Viterbi 1967). The same sequences, each with its sum as log weight, give the probability of a
span: the share of those that have exactly this entity, by the forward-backward algorithm (Rabiner 1989). That is a
conditional random field (Lafferty et al. 2001) whose transitions are not learnt: each is free or forbidden.

As an O or a B- may follow anything, and an I- only two labels, a step takes time in proportion to the number of labels,
not to its square. All sentences take a step together, so Python's loop is over the words of the longest sentence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tinyner.bio import Span

Logits = NDArray[np.float32]
"""(W, labels) of the words of all sentences, end to end."""

Decoder = Literal["viterbi", "argmax"]
DECODERS: tuple[Decoder, ...] = ("viterbi", "argmax")
"""Legal tags chosen together; each word's best label by itself."""

Bounds = NDArray[np.int64]
"""(N + 1,) sentence i has the words ``bounds[i]:bounds[i + 1]``."""

_NEVER = -1e30
"""Log weight of what can't be; finite, so that no difference of two is undefined."""


@dataclass(frozen=True)
class Scheme:
    """Labels by id: which is O, and which are B- and I- of each type (one index a type)."""

    outside: int
    begins: NDArray[np.int64]
    insides: NDArray[np.int64]
    types: tuple[str, ...]

    @classmethod
    def of(cls, labels: Sequence[str]) -> "Scheme":
        """Return the scheme of IOB2 labels, in any order.

        >>> Scheme.of(["O", "B-PER", "I-PER"]).types
        ('PER',)

        Raises:
            ValueError: where a type lacks its B- or I-, or there is no O.
        """
        ids = {label: index for index, label in enumerate(labels)}
        types = tuple(dict.fromkeys(label[2:] for label in labels if label != "O"))
        wanted = {"O", *(f"{position}-{name}" for name in types for position in "BI")}
        if ids.keys() != wanted or len(ids) != len(labels):
            raise ValueError(f"no IOB2 labels: {', '.join(labels)}")
        begins, insides = (np.array([ids[f"{position}-{name}"] for name in types], dtype=np.int64) for position in "BI")
        return cls(ids["O"], begins, insides, types)

    @property
    def free(self) -> NDArray[np.int64]:
        """The labels that may follow any other: O and each B-."""
        return np.append(self.begins, self.outside)

    def surely_outside(self, logits: Logits, words: NDArray[np.bool_]) -> Logits:
        """Return logits in which some words (W,) are surely O: those of which a student saw nothing."""
        result = logits.copy()
        result[words] = _NEVER
        result[words, self.outside] = 0.0
        return result


@dataclass(frozen=True)
class _Steps:
    """Sentences side by side, the longest first: at step t the first ``counts[t]`` of them have a word."""

    starts: NDArray[np.int64]  # (N,) each one's first word, in the order of the steps
    lengths: NDArray[np.int64]  # (N,)
    counts: NDArray[np.int64]  # (longest,)

    @classmethod
    def of(cls, bounds: Bounds) -> "_Steps":
        lengths = np.diff(bounds)
        order = np.argsort(-lengths, kind="stable")
        lengths = lengths[order]
        longest = int(lengths[0]) if len(lengths) else 0
        counts = np.searchsorted(-lengths, -np.arange(longest), side="left")
        return cls(bounds[:-1][order], lengths, counts.astype(np.int64))

    def words(self, step: int) -> NDArray[np.int64]:
        """Return the places of the words of a step, a sentence each."""
        return self.starts[: self.counts[step]] + step

    def forwards(self) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """Yield each step and the places of its words."""
        return ((step, self.words(step)) for step in range(len(self.counts)))

    def backwards(self) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """Yield them from the last one on."""
        return ((step, self.words(step)) for step in reversed(range(len(self.counts))))


def best_labels(logits: Logits, bounds: Bounds, scheme: Scheme) -> NDArray[np.int16]:
    """Return the label ids (W,) of the legal sequence with the highest sum of logits, for each sentence.

    Of equal ones, those with the lower label ids at the end are taken, as argmax does.
    """
    steps = _Steps.of(bounds)
    best_before = np.zeros(len(logits), dtype=np.int64)  # (W,) the label before, where any may stand there
    from_inside = np.zeros((len(logits), len(scheme.types)), dtype=bool)  # an I- goes on from I-, not from B-
    sums = np.empty((len(steps.lengths), logits.shape[1]))
    for step, words in steps.forwards():
        here = logits[words].astype(np.float64)
        if step == 0:
            here[:, scheme.insides] = _NEVER
            sums[: len(words)] = here
            continue
        before = sums[: len(words)]
        best_before[words] = before.argmax(1)
        begun, going_on = before[:, scheme.begins], before[:, scheme.insides]
        from_inside[words] = going_on > begun
        here[:, scheme.free] += before.max(1)[:, None]
        here[:, scheme.insides] += np.maximum(begun, going_on)
        before[:] = here
    return _traced_back(sums.argmax(1), best_before, from_inside, steps, scheme)


def _traced_back(
    last: NDArray[np.int64],
    best_before: NDArray[np.int64],
    from_inside: NDArray[np.bool_],
    steps: _Steps,
    scheme: Scheme,
) -> NDArray[np.int16]:
    """Return the labels of all words (W,), from that of each sentence's last word (N,) backwards."""
    result = np.zeros(len(best_before), dtype=np.int16)
    kinds = np.full(len(scheme.types) * 2 + 1, -1)
    kinds[scheme.insides] = np.arange(len(scheme.types))
    labels = last.copy()
    for step, words in steps.backwards():
        here = labels[: len(words)]
        result[words] = here
        if step:
            kind = kinds[here]
            goes_on = kind >= 0
            inside = from_inside[words, np.maximum(kind, 0)]
            continued = np.where(inside, scheme.insides[kind], scheme.begins[kind])
            labels[: len(words)] = np.where(goes_on, continued, best_before[words])
    return result


@dataclass(frozen=True)
class Chances:
    """What the probabilities of all spans of all sentences follow from, in logs.

    ``before`` (W,) sums over all beginnings that end before a word, ``after`` (W,) over all ends from a word on, where
    that word begins an entity or is O; ``total`` (N,) is the sum over all sequences.
    """

    logits: NDArray[np.float64]
    bounds: Bounds
    scheme: Scheme
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    total: NDArray[np.float64]

    @classmethod
    def of(cls, logits: Logits, bounds: Bounds, scheme: Scheme, temperature: float = 1.0) -> "Chances":
        """Return the sums for logits divided by ``temperature``."""
        scaled = logits.astype(np.float64) / temperature
        steps = _Steps.of(bounds)
        before = np.zeros(len(scaled))
        total = np.zeros(len(bounds) - 1)
        sums = np.empty((len(steps.lengths), scaled.shape[1]))
        for step, words in steps.forwards():
            here = scaled[words]
            if step == 0:
                here[:, scheme.insides] = _NEVER
            else:
                last = sums[: len(words)]
                before[words] = _log_sum(last)
                here[:, scheme.free] += before[words][:, None]
                here[:, scheme.insides] += np.logaddexp(last[:, scheme.begins], last[:, scheme.insides])
            sums[: len(words)] = here
        order = np.argsort(-np.diff(bounds), kind="stable")
        total[order] = np.where(steps.lengths > 0, _log_sum(sums), 0.0)
        after = np.zeros(len(scaled))
        following = np.zeros(len(steps.lengths))  # (N,) of what may follow any label; 0 behind the last word
        inside = np.zeros((len(steps.lengths), len(scheme.types)))  # the same behind a B- or I- of a type
        for _, words in steps.backwards():
            here, count = scaled[words], len(words)
            goes_on = here[:, scheme.insides] + inside[:count]
            begins = here[:, scheme.begins] + inside[:count]
            outside = here[:, scheme.outside] + following[:count]
            after[words] = _log_sum(np.column_stack([begins, outside]))
            following[:count] = after[words]
            inside[:count] = np.logaddexp(after[words][:, None], goes_on)
        return cls(scaled, bounds, scheme, before, after, total)

    def of_spans(self, sentence: int, spans: Sequence[Span]) -> list[float]:
        """Return the probability of each span of a sentence, that it is an entity of its type with these bounds."""
        start = int(self.bounds[sentence])
        length = int(self.bounds[sentence + 1]) - start
        chances = []
        for first, end, label in spans:
            kind = self.scheme.types.index(label)
            log = self.before[start + first] + self.logits[start + first, self.scheme.begins[kind]]
            log += self.logits[start + first + 1 : start + end, self.scheme.insides[kind]].sum()
            log += self.after[start + end] if end < length else 0.0
            chances.append(float(np.exp(min(log - self.total[sentence], 0.0))))
        return chances

    def log_likelihood(self, labels: NDArray[np.int16]) -> NDArray[np.float64]:
        """Return the log probability (N,) of each sentence's whole sequence of legal labels (W,)."""
        chosen = np.append(0.0, np.cumsum(self.logits[np.arange(len(labels)), labels]))
        result: NDArray[np.float64] = chosen[self.bounds[1:]] - chosen[self.bounds[:-1]] - self.total
        return result


def _log_sum(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the log of the sum of exponentials of each row."""
    highest = logs.max(1, keepdims=True) if logs.size else np.zeros((len(logs), 1))
    result: NDArray[np.float64] = highest[:, 0] + np.log(np.exp(logs - highest).sum(1))
    return result
