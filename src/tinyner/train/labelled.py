"""Labels, entities and their probabilities from what students computed of dev and test."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinyner.bio import tags_to_spans
from tinyner.calibration import Scored, fit_temperature
from tinyner.decoding import Chances, Decoder, Logits, Scheme
from tinyner.rows import Prediction
from tinyner.train.encoded import Encoded, label_ids, tags_of

_DIGITS = 6  # of a probability in predictions/


@dataclass(frozen=True)
class Labeller:
    """Turns logits into tags by a decoder, and into probabilities under a temperature; None: there was no dev set."""

    labels: Sequence[str]
    decoder: Decoder
    temperature: float | None

    @classmethod
    def fitted(cls, labels: Sequence[str], decoder: Decoder, dev: Encoded, logits: Logits) -> "Labeller":
        """Return one whose temperature is fitted on dev: on the sentences of which the student saw every word."""
        seen = _whole_sentences(dev)
        if not seen:
            return cls(labels, decoder, None)
        words = np.concatenate([np.arange(dev.word_bounds[index], dev.word_bounds[index + 1]) for index in seen])
        lengths = np.diff(dev.word_bounds)[seen]
        bounds = np.concatenate([[0], np.cumsum(lengths)])
        temperature = fit_temperature(logits[words], bounds, Scheme.of(labels), dev.gold[words])
        return cls(labels, decoder, temperature)

    def tags(self, data: Encoded, logits: Logits) -> list[list[str]]:
        """Return the tags of each sentence."""
        return tags_of(data, label_ids(data, logits, self.labels, self.decoder), self.labels)

    def probabilities(
        self, data: Encoded, logits: Logits, tags: Sequence[Sequence[str]], temperature: float
    ) -> list[list[float]]:
        """Return the probability of each entity of the tags of each sentence."""
        scheme = Scheme.of(self.labels)
        certain = scheme.surely_outside(logits, data.firsts < 0)
        chances = Chances.of(certain, data.word_bounds, scheme, temperature)
        return [chances.of_spans(index, tags_to_spans(row)) for index, row in enumerate(tags)]

    def predictions(self, ids: Sequence[str], data: Encoded, logits: Logits) -> list[Prediction]:
        """Return a row for each sentence of the test set, with the probabilities under no temperature beside."""
        tags = self.tags(data, logits)
        plain = self.probabilities(data, logits, tags, 1.0)
        fitted = plain if self.temperature is None else self.probabilities(data, logits, tags, self.temperature)
        return [
            {"id": row_id, "tags": row, "probabilities": _rounded(after), "uncalibrated": _rounded(before)}
            for row_id, row, after, before in zip(ids, tags, fitted, plain, strict=True)
        ]

    def scored(self, dev: Encoded, logits: Logits) -> Scored:
        """Return the predicted entities of dev with their probabilities, and whether gold has them."""
        tags = self.tags(dev, logits)
        gold = [set(tags_to_spans(row)) for row in tags_of(dev, dev.gold, self.labels)]
        probabilities = self.probabilities(dev, logits, tags, self.temperature or 1.0)
        pairs = (
            (probability, span in spans)
            for row, of_row, spans in zip(tags, probabilities, gold, strict=True)
            for span, probability in zip(tags_to_spans(row), of_row, strict=True)
        )
        return Scored.of(pairs, sum(map(len, gold)))


def model_card(labeller: Labeller, dev: Encoded, logits: Logits, *, dev_is_stand_in: bool) -> dict[str, Any]:
    """Return what a model's config.json says of its tags, under the key ``tinyner``.

    ``temperature`` is None without a dev set. ``dev`` has how many labelled entities dev has, whether the teacher
    labelled them, and of the threshold of probability its precision and recall there.
    """
    scored = labeller.scored(dev, logits)
    curve = [[round(score, 4), _floored(precision), round(recall, 4)] for score, precision, recall in scored.curve()]
    return {
        "decode": labeller.decoder,
        "temperature": labeller.temperature,
        "dev": {"entities": scored.gold, "by_teacher": dev_is_stand_in, "threshold_precision_recall": curve},
    }


def _floored(share: float) -> float:
    """Return a share to four digits, and never more than it is: who asks for this precision gets it.

    >>> _floored(968 / 1019), _floored(0.57)
    (0.9499, 0.57)
    """
    return math.floor(round(share * 10_000, 6)) / 10_000


def _whole_sentences(data: Encoded) -> list[int]:
    """Return the indices of the sentences with words, each of which has a subword."""
    return [
        index
        for index in range(len(data))
        if data.word_bounds[index] < data.word_bounds[index + 1]
        and (data.firsts[data.word_bounds[index] : data.word_bounds[index + 1]] >= 0).all()
    ]


def _rounded(probabilities: Sequence[float]) -> list[float]:
    return [round(probability, _DIGITS) for probability in probabilities]
