"""Stage train: ``python -m tinyner.train``."""

import shutil
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tinyner import errors, params
from tinyner.errors import UserError
from tinyner.params import Train
from tinyner.progress import board
from tinyner.rows import Example, Sentence, load, write_csv, write_json, write_rows
from tinyner.train.encode import Encoded, encode, load_tokenizer
from tinyner.train.loop import EpochRow, Job, Trained
from tinyner.train.seeds import device_of, train_all, workers_of

STUDENT = "data/student"
MODEL = Path("models/student")
PREDICTIONS = Path("predictions")


def pools(knobs: Train) -> tuple[list[Example], list[Sentence]]:
    """The group's distilled and original sentences.

    Raises:
        UserError: where the group needs sentences that are not there.
    """
    distilled: list[Example] = []
    original: list[Sentence] = []
    if knobs.group != "A":
        distilled += _prefix(load("data/aligned/conll.jsonl"), knobs, "distilled_size", "prepare.distilled_size")
    if knobs.group in ("C", "E"):
        distilled += _prefix(load("data/aligned/bbc.jsonl"), knobs, "bbc_size", "prepare.bbc and bbc_size")
    if knobs.group in ("A", "D", "E"):
        original += _prefix(load("data/prepared/original.jsonl"), knobs, "original_size", "prepare.original_size")
    return distilled, original


def _prefix(rows: list[Any], knobs: Train, key: str, source: str) -> list[Any]:
    size: int | None = getattr(knobs, key)
    if not rows or size == 0:
        raise UserError(
            f"train.group: {knobs.group} needs sentences of which there are none (see {source} and train.{key}); "
            "A needs original ones, B distilled CoNLL, C distilled CoNLL and BBC, D A's and B's, E A's and C's"
        )
    if size is not None and size > len(rows):
        raise UserError(f"train.{key}: {size} sentences wanted, there are {len(rows)} (see {source})")
    return rows[:size]


def main() -> None:
    """Train all seeds, keep the model of the one that is best on dev, and every seed's predictions."""
    everything = params.load()
    knobs, labels = everything.train, everything.labels
    device = device_of(knobs)
    distilled, original = pools(knobs)
    valid: list[Sentence] = load("data/prepared/valid.jsonl")
    dev, test = valid[: knobs.dev_size], load("data/prepared/test.jsonl")
    if knobs.dev_size > len(valid):
        raise UserError(f"train.dev_size: {knobs.dev_size} sentences wanted, the valid split has {len(valid)}")
    tokenizer = load_tokenizer(STUDENT, knobs.max_length)

    def encoded(sentences: Sequence[Example | Sentence]) -> Encoded:
        return encode(
            [row["words"] for row in sentences],
            [row["tags"] for row in sentences],
            tokenizer,
            labels,
            knobs.max_length,
        )

    sets = {"train": encoded([*distilled, *original]), "dev": encoded(dev), "test": encoded(test)}
    workers = workers_of(knobs, device)
    print(
        f"group {knobs.group}: {len(distilled)} distilled and {len(original)} original sentences, "
        f"{len(knobs.seeds)} seed(s), {workers} at once on {device}, {knobs.threads} thread(s) each",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as folder, board() as shown:
        jobs = [
            Job(
                seed=seed,
                student=STUDENT,
                knobs=knobs,
                labels=labels,
                types=list(everything.types),
                sizes=(len(distilled), len(original)),
                examples=sets["train"],
                dev=sets["dev"],
                dev_tags=[row["tags"] for row in dev],
                test=sets["test"],
                pad_id=tokenizer.pad_token_id,
                device=device,
                target=Path(folder) / str(seed),
            )
            for seed in knobs.seeds
        ]
        task = shown.task("epochs", len(jobs) * knobs.epochs)
        results = train_all(jobs, workers, lambda row: task.step(note=_note(row)))
        best = max(results, key=lambda trained: (trained.dev_f1 or 0.0, -trained.seed))
        tokenizer.save_pretrained(Path(folder) / str(best.seed))
        _replace(Path(folder) / str(best.seed), MODEL)
    shutil.rmtree(PREDICTIONS, ignore_errors=True)
    for trained in results:
        rows = [{"id": row["id"], "tags": tags} for row, tags in zip(test, trained.test_tags, strict=True)]
        write_rows(PREDICTIONS / f"seed_{trained.seed}.jsonl", rows)
    _write_curves(results)
    _write_metrics(results, best, sets, device, workers)


def _note(row: EpochRow) -> str:
    dev = "" if row.dev_f1 is None else f" dev F1 {row.dev_f1:.3f}"
    return f"(seed {row.seed}, epoch {row.epoch + 1}: loss {row.loss:.4f}{dev})"


def _replace(source: Path, target: Path) -> None:
    """Move a folder into another's place, by way of a sibling, so that the place never holds half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    sibling = target.with_name(f".{target.name}.new")
    shutil.rmtree(sibling, ignore_errors=True)
    shutil.move(source, sibling)
    shutil.rmtree(target, ignore_errors=True)
    sibling.replace(target)


def _write_curves(results: Sequence[Trained]) -> None:
    """plots/curves.csv, the mean over seeds an epoch, and plots/curves_by_seed.csv."""
    everything = [asdict(row) for trained in results for row in trained.epochs]
    write_csv(Path("plots/curves_by_seed.csv"), list(everything[0]), [list(row.values()) for row in everything])
    means: list[tuple[object, ...]] = []
    for rows in zip(*(trained.epochs for trained in results), strict=True):
        dev = _mean([row.dev_f1 for row in rows if row.dev_f1 is not None])
        loss = _mean([row.loss for row in rows])
        means.append((rows[0].epoch + 1, loss, dev, rows[0].distilled_share, rows[0].original_share))
    write_csv(Path("plots/curves.csv"), ("epoch", "loss", "dev_f1", "distilled_share", "original_share"), means)


def _mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None


def _write_metrics(
    results: Sequence[Trained], best: Trained, sets: dict[str, Encoded], device: str, workers: int
) -> None:
    metrics = {
        "dev_f1": _mean([trained.dev_f1 for trained in results if trained.dev_f1 is not None]),
        # Lists stay out of DVC's tables, which a row of many numbers would make unreadable.
        "run": [{"best_seed": best.seed, "sentences_a_seed": results[0].sentences}],
        "cut": [
            {
                "set": name,
                "sentences": one.cut_sentences,
                "words": one.cut_words,
                "without_subword": one.voiceless_words,
            }
            for name, one in sets.items()
        ],
        "seeds": [
            {"seed": one.seed, "kept_epoch": one.kept_epoch + 1, "dev_f1": one.dev_f1, "loss": one.epochs[-1].loss}
            for one in results
        ],
    }
    write_json(Path("metrics/train.json"), metrics)
    # Apart from the rest, since it alone differs from run to run.
    seconds = max(trained.seconds for trained in results)
    rate = statistics.fmean(trained.sentences / trained.seconds for trained in results)
    speed = {"seconds": seconds, "run": [{"device": device, "at_once": workers, "sentences_a_second": rate}]}
    write_json(Path("metrics/speed.json"), speed)
    print(f"best seed on dev: {best.seed}; {seconds:.0f} s a seed, {rate:.0f} sentences/s each")


if __name__ == "__main__":
    errors.run(main)
