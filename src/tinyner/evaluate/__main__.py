"""Stage evaluate: ``python -m tinyner.evaluate``. Scores every seed's predictions, strictly and as the paper does."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tinyner import errors
from tinyner.bio import stray_words, tags_to_spans, types_in
from tinyner.evaluate.confusion import confusion, confusion_rows
from tinyner.evaluate.costs import cost_of_replies
from tinyner.evaluate.metrics import name_of, numbers
from tinyner.evaluate.predictions import Predictions
from tinyner.evaluate.probabilities import by_seed, calibration_errors, write_plots
from tinyner.evaluate.subword_scorer import paper_entities, scores_of
from tinyner.evaluate.subwords import STUDENT, count_subwords, load_tokenizer
from tinyner.evaluate.summary import Scores, summarise
from tinyner.evaluate.test_set import TestSet, is_conll, read_test_set
from tinyner.files import load, write_csv, write_json
from tinyner.overlap import SETS
from tinyner.params import load_params
from tinyner.rows import Sentence
from tinyner.scores import AVERAGES, strict
from tinyner.span_counts import SpanCounts, pair_types
from tinyner.stage_lock import alone
from tinyner.stand_ins import AGREEMENT
from tinyner.tables import is_small, note_on_size, show_scores

MODEL = "models/student"
"""Where stage train puts the student, that of the seed with the best dev score."""


def score_strictly(gold: Sequence[Sentence], predictions: Predictions, types: Sequence[str]) -> list[Scores]:
    """Return each seed's strict scores."""
    tags = [sentence["tags"] for sentence in gold]
    return [strict(tags, predicted, types) for predicted in predictions.values()]


def score_as_paper(gold: Sequence[Sentence], predictions: Predictions, types: Sequence[str]) -> list[Scores]:
    """Return each seed's scores by the paper's scorer, with the subwords of the student's tokenizer."""
    counts = count_subwords([sentence["words"] for sentence in gold], load_tokenizer(STUDENT))
    gold_entities = paper_entities([sentence["tags"] for sentence in gold], counts)
    return [scores_of(gold_entities, paper_entities(tags, counts), types) for tags in predictions.values()]


def micro_f1(gold: Sequence[Sequence[str]], predictions: Predictions, indices: Sequence[int]) -> float:
    """Return the mean over seeds of the strict micro F1 on some of the sentences."""
    scores = []
    for tags in predictions.values():
        spans = [(tags_to_spans(gold[index]), tags_to_spans(tags[index])) for index in indices]
        counts = SpanCounts.of(pair for gold_spans, predicted in spans for pair in pair_types(gold_spans, predicted))
        scores.append(2 * counts.true / (counts.predicted + counts.gold) if counts.true else 0.0)
    return statistics.fmean(scores)


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def main() -> None:
    """Score all seeds and write metrics, plots and a table."""
    params = load_params()
    types = list(params.types)
    test_set = read_test_set(params.prepare)
    gold, predictions, is_stand_in = test_set.sentences, test_set.predictions, test_set.is_stand_in
    corrected: list[Sentence] = load("data/prepared/test_conllpp.jsonl")
    scores = score_strictly(gold, predictions, types)
    summary = summarise(scores)
    metrics = numbers(summary, types, is_stand_in=is_stand_in)
    paper_summaries = {}
    if is_conll(params.prepare, test_set):
        paper_summaries["paper"] = summarise(score_as_paper(gold, predictions, types))
    if corrected:
        corrected_scores = score_strictly(corrected, predictions, types)
        metrics["conllpp_f1"] = statistics.fmean(of_seed["micro"]["f1"] for of_seed in corrected_scores)
    if len(corrected) > 1:  # the paper tests on all of CoNLL++ but its last sentence
        without_last = {seed: tags[:-1] for seed, tags in predictions.items()}
        paper_summaries["conllpp_paper"] = summarise(score_as_paper(corrected[:-1], without_last, types))
    if test_set.unseen:  # none is left where all are seen
        unseen_f1 = micro_f1([sentence["tags"] for sentence in gold], predictions, test_set.unseen)
        metrics[name_of("unseen_f1", is_stand_in=is_stand_in)] = unseen_f1
    metrics |= {f"{name}_f1": rows[0]["f1"] for name, rows in paper_summaries.items()}
    after, before = by_seed(gold, predictions, test_set.probabilities)
    for name, errors_by_seed in (("ece", after), ("ece_uncalibrated", before)):
        metrics[name_of(name, is_stand_in=is_stand_in)] = calibration_errors(errors_by_seed)
    usd = cost_of_replies(params.train)
    if usd is not None:
        metrics["cost_usd"] = usd
        if usd and not is_stand_in:
            metrics["f1_per_usd"] = summary[0]["f1"] / usd
    # DVC's tables show the numbers above and leave out the lists below.
    metrics["unseen"] = [{"sentences": len(test_set.unseen), "of": len(gold)}]
    metrics[name_of("summary", is_stand_in=is_stand_in)] = summary
    metrics |= {f"{name}_summary": rows for name, rows in paper_summaries.items()}
    metrics[name_of("seeds", is_stand_in=is_stand_in)] = [
        {"seed": seed, "scores": [{"of": name, **score} for name, score in of_seed.items()]}
        for seed, of_seed in zip(predictions, scores, strict=True)
    ]
    write_json(Path("metrics/evaluate.json"), metrics)
    _write_plots(test_set, summary, types)
    write_plots(after, before)

    _show(test_set, summary, params.prepare.corpus)
    _show_strays(predictions)
    _show_calibration(metrics, is_stand_in=is_stand_in)
    for name, rows in paper_summaries.items():
        where = {"paper": "test", "conllpp_paper": "CoNLL++ without its last sentence"}[name]
        title = f"The paper's scorer on {where}: by subword, not comparable with the strict scores (docs/paper.md)"
        show_scores(title, rows[: len(AVERAGES)])
    measure = "agreement" if is_stand_in else "F1"
    if len(test_set.unseen) < len(gold):
        score = f"{measure} on the others is {unseen_f1:.3f}" if test_set.unseen else "no others are left"
        print(f"{len(gold) - len(test_set.unseen)} of {len(gold)} test sentences stand in {_listed(SETS)} too; {score}")
    if usd:
        per_usd = "" if is_stand_in else f"; {metrics['f1_per_usd']:.4g} of F1 a dollar"
        print(f"replies: {usd:.4f} US dollars{per_usd}")
    print(f"the student is in {MODEL}; it finds entities in your texts, one a line: tinyner predict FILE.txt")


def _show_strays(predictions: Predictions) -> None:
    """Say how many words have a tag that is not legal, and counts for nothing."""
    counts = [sum(map(stray_words, tags)) for tags in predictions.values()]
    if any(counts):
        print(
            f"{', '.join(map(str, counts))} words (a number a seed) have a tag I- that continues no entity, and count "
            "for nothing; train.decode: viterbi leaves none"
        )


def _show_calibration(metrics: Mapping[str, Any], *, is_stand_in: bool) -> None:
    after, before = (metrics[name_of(name, is_stand_in=is_stand_in)] for name in ("ece", "ece_uncalibrated"))
    if after is not None:
        agreed = ", measured on the teacher's labels" if is_stand_in else ""
        print(
            f"an entity's probability is off by {after:.3f} on average (expected calibration error{agreed}); it was "
            f"{before:.3f} before the temperature"
        )


def _write_plots(test_set: TestSet, summary: Sequence[Mapping[str, Any]], types: Sequence[str]) -> None:
    tags = [sentence["tags"] for sentence in test_set.sentences]
    confusions = [confusion(tags, predicted) for predicted in test_set.predictions.values()]
    header = ("gold", "predicted", "entities", "share")
    write_csv(Path("plots/confusion.csv"), header, confusion_rows(confusions, types))
    by_name = {row["of"]: row for row in summary}
    f1_by_type = [(name, by_name[name]["f1"], by_name[name]["f1_std"]) for name in ("micro", *types)]
    write_csv(Path("plots/types.csv"), ("type", "f1", "f1_std"), f1_by_type)


def _show(test_set: TestSet, summary: Sequence[Mapping[str, Any]], corpus: str) -> None:
    """Print the table of strict scores, with a title that says against whose labels they are.

    Args:
        test_set: that was scored.
        summary: the rows of the table.
        corpus: prepare.corpus, where people's labels may go.
    """
    seeds = ", ".join(map(str, test_set.predictions))
    over = f"seed {seeds}" if len(test_set.predictions) == 1 else f"mean ± std over seeds {seeds}"
    predicted = [types_in(tags) for tags in test_set.predictions.values()]
    if not test_set.is_stand_in:
        show_scores(f"Strict entity-level scores on test, {over}", summary, predicted=predicted)
    else:
        show_scores(f"{AGREEMENT.capitalize()}; strict, {over}", summary, f1="agreement", predicted=predicted)
    entities = summary[0]["support"]
    if is_small(entities):
        print(note_on_size(entities, "an agreement" if test_set.is_stand_in else "an F1"))
    if not test_set.is_stand_in:
        return
    failed = f" ({test_set.unlabelled} others don't count: their replies failed)" if test_set.unlabelled else ""
    print(f"{len(test_set.sentences)} target sentences with the LLM's labels stand in for test{failed}")
    put = f"put them into {corpus}/test.jsonl, or " if Path(corpus).is_dir() else ""
    print(
        f"for accuracy, label some sentences: {put}let `tinyner init ... --gold FILE --force` split them "
        "(docs/own-corpus.md)"
    )


if __name__ == "__main__":
    errors.run(alone("evaluate", main))
