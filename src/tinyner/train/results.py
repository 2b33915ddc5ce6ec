"""Curves and metrics of what an experiment's seeds gave: plots/curves*.csv, metrics/train.json and speed.json."""

import itertools
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from tinyner.decoding import Decoder
from tinyner.files import write_csv, write_json
from tinyner.train.cell import Data
from tinyner.train.encoded import Encoded
from tinyner.train.trained import Trained

_CURVE = ("epoch", "loss", "dev_f1", "distilled_share", "original_share")


def best_of(results: Sequence[Trained], decoder: Decoder) -> Trained:
    """Return the seed with the best dev F1 by a decoder; of equals, and without a dev set, the smallest seed."""
    return max(results, key=lambda trained: (trained.dev_f1(decoder) or 0.0, -trained.seed))


def write_curves(results: Sequence[Trained], decoder: Decoder) -> None:
    """Write plots/curves.csv, the mean over seeds by epoch, and plots/curves_by_seed.csv; dev F1 is by ``decoder``."""
    left_out = ("seconds", "dev_f1_argmax")
    rows = [
        {name: value for name, value in asdict(row).items() if name not in left_out} | {"dev_f1": row.dev(decoder)}
        for trained in results
        for row in trained.epochs
    ]
    write_csv(Path("plots/curves_by_seed.csv"), list(rows[0]), [list(row.values()) for row in rows])
    means: list[tuple[object, ...]] = []
    for seeds in zip(*(trained.epochs for trained in results), strict=True):
        dev = _mean([f1 for row in seeds if (f1 := row.dev(decoder)) is not None])
        loss = _mean([row.loss for row in seeds])
        means.append((seeds[0].epoch + 1, loss, dev, seeds[0].distilled_share, seeds[0].original_share))
    write_csv(Path("plots/curves.csv"), _CURVE, means)


def write_metrics(
    results: Sequence[Trained],
    best: Trained,
    data: Data,
    decoder: Decoder,
    *,
    trained_before: int,
    dev_is_stand_in: bool,
) -> None:
    """Write metrics/train.json and, apart since it alone differs from run to run, metrics/speed.json.

    The dev score is ``dev_teacher_agreement``, not ``dev_f1``, if the LLM's labels stand in for people's.
    """
    dev_key = "dev_teacher_agreement" if dev_is_stand_in else "dev_f1"
    sentences = sum(row.sentences for row in best.epochs)
    metrics = {
        dev_key: _mean([f1 for trained in results if (f1 := trained.dev_f1(decoder)) is not None]),
        # Lists stay out of DVC's tables, which a row of many numbers would make unreadable.
        "run": [{"best_seed": best.seed, "sentences_a_seed": sentences, "path": best.path}],
        "cut": cut_by_max_length(data),
        "seeds": [
            {
                "seed": trained.seed,
                "kept_epoch": trained.kept_epoch + 1,
                dev_key: trained.dev_f1(decoder),
                "loss": trained.epochs[-1].loss,
            }
            for trained in results
        ],
    }
    write_json(Path("metrics/train.json"), metrics)
    seconds = [sum(row.seconds for row in trained.epochs) for trained in results]
    rate = statistics.fmean(sentences / duration for duration in seconds)
    speed = {"seconds": max(seconds), "run": [{"sentences_a_second": rate, "seeds_trained_before": trained_before}]}
    write_json(Path("metrics/speed.json"), speed)
    dev = "dev, by agreement with the teacher" if dev_is_stand_in else "dev"
    print(f"best seed on {dev}: {best.seed}; {max(seconds):.0f} s of training a seed, {rate:.0f} sentences/s each")


def cut_by_max_length(data: Data) -> list[dict[str, Any]]:
    """Return what ``max_length`` cut of train, dev and test: sentences, words, entities that lost a word, of how many.

    ``without_subword`` counts the other words that the student does not see, such as control characters.
    """
    rows = []
    for name in ("train", "dev", "test"):
        encoded: Encoded = getattr(data, name)
        sentences, words, without_subword = encoded.cut.tolist()
        lost, entities = _entities_cut(encoded)
        row = {"set": name, "sentences": sentences, "words": words, "without_subword": without_subword}
        rows.append({**row, "entities": lost, "of_entities": entities})
    return rows


def cut_line(row: Mapping[str, Any]) -> str:
    """Return a line that says what was cut of a set.

    >>> cut_line({"set": "train", "sentences": 2, "words": 30, "entities": 1, "of_entities": 50})
    'train: max_length cuts 30 words off 2 sentence(s), and with them 1 of 50 entities (2.00 %)'
    """
    share = row["entities"] / row["of_entities"] if row["of_entities"] else 0
    return (
        f"{row['set']}: max_length cuts {row['words']} words off {row['sentences']} sentence(s), and with them "
        f"{row['entities']} of {row['of_entities']} entities ({share:.2%})".replace("%", " %")
    )


def _entities_cut(encoded: Encoded) -> tuple[int, int]:
    """Return how many entities have a word behind the cut, and how many there are.

    Label ids are 0 for O, then odd for a type's B- and the next even number for its I-.
    """
    begins = encoded.gold % 2 == 1
    entity = np.cumsum(begins) - 1  # of each word, the last one that began
    inside = encoded.gold > 0
    cut = np.zeros(len(encoded.gold), dtype=bool)
    for start, end in itertools.pairwise(encoded.word_bounds.tolist()):
        seen = np.flatnonzero(encoded.firsts[start:end] >= 0)
        cut[start + (int(seen[-1]) + 1 if len(seen) else 0) : end] = True
    return len(np.unique(entity[inside & cut])), int(begins.sum())


def _mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None
