"""Curves and metrics of what an experiment's seeds gave: plots/curves*.csv, metrics/train.json and speed.json."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tinyner.files import write_csv, write_json
from tinyner.train.cell import Data
from tinyner.train.trained import Trained

_CURVE = ("epoch", "loss", "dev_f1", "distilled_share", "original_share")


def write_curves(results: Sequence[Trained]) -> None:
    """Write plots/curves.csv, the mean over seeds by epoch, and plots/curves_by_seed.csv."""
    rows = [
        {name: value for name, value in asdict(row).items() if name != "seconds"}
        for trained in results
        for row in trained.epochs
    ]
    write_csv(Path("plots/curves_by_seed.csv"), list(rows[0]), [list(row.values()) for row in rows])
    means: list[tuple[object, ...]] = []
    for seeds in zip(*(trained.epochs for trained in results), strict=True):
        dev = _mean([row.dev_f1 for row in seeds if row.dev_f1 is not None])
        loss = _mean([row.loss for row in seeds])
        means.append((seeds[0].epoch + 1, loss, dev, seeds[0].distilled_share, seeds[0].original_share))
    write_csv(Path("plots/curves.csv"), _CURVE, means)


def write_metrics(results: Sequence[Trained], best: Trained, data: Data, trained_before: int) -> None:
    """Write metrics/train.json and, apart since it alone differs from run to run, metrics/speed.json."""
    sentences = sum(row.sentences for row in best.epochs)
    cut = {name: getattr(data, name).cut.tolist() for name in ("train", "dev", "test")}
    metrics = {
        "dev_f1": _mean([trained.dev_f1 for trained in results if trained.dev_f1 is not None]),
        # Lists stay out of DVC's tables, which a row of many numbers would make unreadable.
        "run": [{"best_seed": best.seed, "sentences_a_seed": sentences, "path": best.path}],
        "cut": [
            {"set": name, "sentences": counts[0], "words": counts[1], "without_subword": counts[2]}
            for name, counts in cut.items()
        ],
        "seeds": [
            {
                "seed": trained.seed,
                "kept_epoch": trained.kept_epoch + 1,
                "dev_f1": trained.dev_f1,
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
    print(f"best seed on dev: {best.seed}; {max(seconds):.0f} s of training a seed, {rate:.0f} sentences/s each")


def _mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None
