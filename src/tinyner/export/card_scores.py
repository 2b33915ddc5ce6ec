"""The parts of a card that have numbers: scores, the test against gold alone, calibration, cost."""

from collections.abc import Mapping, Sequence
from typing import Any

from tinyner.export.gold_only import Comparison
from tinyner.export.markdown import plain
from tinyner.export.recorded import Recorded
from tinyner.mean_std import MeanStd
from tinyner.plurals import number
from tinyner.runs.run import Run
from tinyner.stand_ins import AGREEMENT

UNKNOWN = "Not known"


def run_of(record: Recorded) -> Run:
    """Return the run that is on record, without its predictions."""

    def no_details() -> Any:
        raise AssertionError("a card needs none")

    return Run("this student", record.sections, record.metrics, no_details)


def scores(record: Recorded) -> list[str]:
    """Return the lines of the scores on test."""
    if "evaluate" not in record.metrics:
        return [f"{UNKNOWN}: {why}." for why in record.missing] or [f"{UNKNOWN}."]
    run = run_of(record)
    seeds = [row["seed"] for row in run.scored_seeds]
    trained: Mapping[str, Any] = next(iter(record.metrics.get("train", {}).get("run", [])), {})
    which = f"; this model is that of seed {trained['best_seed']}" if "best_seed" in trained else ""
    lines = [
        "Strict scores on test (an entity counts if its type and both edges are right), mean ± standard deviation over "
        f"{number(len(seeds), 'seed')} ({', '.join(map(str, seeds))}){which}.",
        "",
    ]
    if run.by_teacher:
        lines[:0] = [f"**These are {AGREEMENT}**: no test sentence has people's labels, so the teacher's stand in.", ""]
    lines += ["| | precision | recall | F1 | entities |", "| --- | --- | --- | --- | --- |"]
    for row in run.summary:
        cells = [_mean(row, name) for name in ("precision", "recall", "f1")]
        lines.append(f"| {plain(row['of'])} | {' | '.join(cells)} | {row['support']:,} |")
    by_seed = [
        f"{seed['seed']}: {score['f1']:.3f}"
        for seed in run.scored_seeds
        for score in seed["scores"]
        if score["of"] == "micro"
    ]
    lines += ["", f"Micro F1 by seed: {', '.join(by_seed)}."]
    evaluate = record.metrics["evaluate"]
    unseen = evaluate.get("teacher_agreement_unseen" if run.by_teacher else "unseen_f1")
    counts = next(iter(evaluate.get("unseen", [])), None)
    if unseen is not None and counts and counts["sentences"] < counts["of"]:
        others = counts["of"] - counts["sentences"]
        lines.append(
            f"{others:,} of {counts['of']:,} test sentences stand in train or dev too; without them it is {unseen:.3f}."
        )
    return lines


def _mean(row: Mapping[str, Any], name: str) -> str:
    return f"{MeanStd(row[name], row[f'{name}_std']):.3f}"


def gold_only(comparison: Comparison) -> list[str]:
    """Return the lines on the student that learnt from people's labels alone."""
    lines = [comparison.text[:1].upper() + comparison.text[1:]]
    if comparison.is_tested:
        lines.append(
            "The test allows for other seeds and other test sentences (Cochran and Cox's, calibrated; `tinyner compare "
            "--significance`)."
        )
        if comparison.differing:
            lines.append(f"The two differ in more than the blend: {', '.join(comparison.differing)}.")
    return lines


def calibration(record: Recorded, temperature: float | None) -> list[str]:
    """Return the lines on how far probabilities can be believed."""
    run = run_of(record)
    lines = []
    if temperature is None:
        lines.append(f"Temperature: {UNKNOWN.lower()}; none was fitted, so probabilities may be too high.")
    else:
        lines.append(
            f"Temperature {temperature:g}, fitted on dev; it is in config.json (`tinyner.temperature`), and tinyner "
            "divides the logits by it. The `transformers` pipeline does not."
        )
    names = [f"teacher_agreement_{name}" if run.by_teacher else name for name in ("ece", "ece_uncalibrated")]
    after, before = (record.metrics.get("evaluate", {}).get(name) for name in names)
    if after is None or before is None:
        return [*lines, f"Expected calibration error on test: {UNKNOWN.lower()}."]
    against = f" ({AGREEMENT})" if run.by_teacher else ""
    return [
        *lines,
        f"Expected calibration error on test{against}: {after:.3f}; before the temperature {before:.3f}.",
    ]


def cost(record: Recorded) -> list[str]:
    """Return the lines on what the labels cost."""
    annotate, evaluate = record.metrics.get("annotate"), record.metrics.get("evaluate", {})
    if annotate is None:
        return [f"Replies: {UNKNOWN.lower()}."]
    rows: Sequence[Mapping[str, Any]] = annotate.get("costs", [])
    replies, priced = (sum(row[name] for row in rows) for name in ("replies", "priced"))
    usd = evaluate.get("cost_usd")
    if usd is not None:
        return [f"The replies that it learnt from cost {usd:.4f} US dollars, as their prices are recorded."]
    return [f"{UNKNOWN}: {replies - priced:,} of {replies:,} replies have no recorded price."]
