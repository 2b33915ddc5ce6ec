"""Stage evaluate: ``python -m tinyner.evaluate``. Scores every seed's predictions, strictly and as the paper does."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tinyner import errors
from tinyner.bio import tags_to_spans
from tinyner.evaluate.confusion import confusion, confusion_rows
from tinyner.evaluate.costs import cost_of_replies
from tinyner.evaluate.predictions import read_predictions
from tinyner.evaluate.subword_scorer import paper_entities, scores_of
from tinyner.evaluate.subwords import STUDENT, count_subwords, load_tokenizer
from tinyner.evaluate.summary import Scores, summarise
from tinyner.files import load, write_csv, write_json
from tinyner.overlap import SETS, seen_in
from tinyner.params import load_params
from tinyner.rows import Sentence
from tinyner.scores import AVERAGES, strict
from tinyner.span_counts import SpanCounts, pair_types
from tinyner.tables import show_scores

Predictions = Mapping[int, Sequence[Sequence[str]]]
"""Tags of the test sentences by seed."""


def score_strictly(gold: Sequence[Sentence], predictions: Predictions, types: Sequence[str]) -> list[Scores]:
    """Return each seed's strict scores."""
    tags = [sentence["tags"] for sentence in gold]
    return [strict(tags, predicted, types) for predicted in predictions.values()]


def score_as_paper(gold: Sequence[Sentence], predictions: Predictions, types: Sequence[str]) -> list[Scores]:
    """Return each seed's scores by the paper's scorer, with the subwords of the student's tokenizer."""
    counts = count_subwords([sentence["words"] for sentence in gold], load_tokenizer(STUDENT))
    gold_entities = paper_entities([sentence["tags"] for sentence in gold], counts)
    return [scores_of(gold_entities, paper_entities(tags, counts), types) for tags in predictions.values()]


def unseen_sentences(gold: Sequence[Sentence]) -> list[int]:
    """Return the indices of the test sentences that no other prepared set has."""
    sets: dict[str, list[Sentence]] = {name: load(f"data/prepared/{name}.jsonl") for name in SETS}
    return [index for index, names in enumerate(seen_in(gold, sets)) if not names]


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
    gold: list[Sentence] = load("data/prepared/test.jsonl")
    corrected: list[Sentence] = load("data/prepared/test_conllpp.jsonl")
    predictions = read_predictions(gold)
    scores = score_strictly(gold, predictions, types)
    summary = summarise(scores)
    by_name: dict[str, dict[str, Any]] = {str(row["of"]): row for row in summary}
    micro = by_name["micro"]
    metrics: dict[str, object] = {
        **{key: micro[key] for key in ("f1", "f1_std", "precision", "recall")},
        "macro_f1": by_name["macro"]["f1"],
        **{name: by_name[name]["f1"] for name in types},
    }
    paper_summaries = {"paper": summarise(score_as_paper(gold, predictions, types))}
    if corrected:
        corrected_scores = score_strictly(corrected, predictions, types)
        metrics["conllpp_f1"] = statistics.fmean(of_seed["micro"]["f1"] for of_seed in corrected_scores)
    if len(corrected) > 1:  # the paper tests on all of CoNLL++ but its last sentence
        without_last = {seed: tags[:-1] for seed, tags in predictions.items()}
        paper_summaries["conllpp_paper"] = summarise(score_as_paper(corrected[:-1], without_last, types))
    unseen = unseen_sentences(gold)
    if unseen:  # none is left where all are seen
        metrics["unseen_f1"] = micro_f1([sentence["tags"] for sentence in gold], predictions, unseen)
    metrics |= {f"{name}_f1": rows[0]["f1"] for name, rows in paper_summaries.items()}
    usd = cost_of_replies(params.train)
    if usd is not None:
        metrics["cost_usd"] = usd
        if usd:
            metrics["f1_per_usd"] = micro["f1"] / usd
    # DVC's tables show the numbers above and leave out the lists below.
    metrics["unseen"] = [{"sentences": len(unseen), "of": len(gold)}]
    metrics["summary"] = summary
    metrics |= {f"{name}_summary": rows for name, rows in paper_summaries.items()}
    metrics["seeds"] = [
        {"seed": seed, "scores": [{"of": name, **score} for name, score in of_seed.items()]}
        for seed, of_seed in zip(predictions, scores, strict=True)
    ]
    write_json(Path("metrics/evaluate.json"), metrics)

    tags = [sentence["tags"] for sentence in gold]
    confusions = [confusion(tags, predicted) for predicted in predictions.values()]
    header = ("gold", "predicted", "entities", "share")
    write_csv(Path("plots/confusion.csv"), header, confusion_rows(confusions, types))
    f1_by_type = [(name, by_name[name]["f1"], by_name[name]["f1_std"]) for name in ("micro", *types)]
    write_csv(Path("plots/types.csv"), ("type", "f1", "f1_std"), f1_by_type)

    seeds = ", ".join(map(str, predictions))
    over = f"seed {seeds}" if len(predictions) == 1 else f"mean ± std over seeds {seeds}"
    show_scores(f"Strict entity-level scores on test, {over}", summary)
    for name, rows in paper_summaries.items():
        where = {"paper": "test", "conllpp_paper": "CoNLL++ without its last sentence"}[name]
        title = f"The paper's scorer on {where}: by subword, not comparable with the strict scores (docs/paper.md)"
        show_scores(title, rows[: len(AVERAGES)])
    if len(unseen) < len(gold):
        score = f"F1 on the others is {metrics['unseen_f1']:.3f}" if unseen else "no others are left"
        print(f"{len(gold) - len(unseen)} of {len(gold)} test sentences stand in {_listed(SETS)} too; {score}")
    if usd:
        print(f"replies: {usd:.4f} US dollars; {metrics['f1_per_usd']:.4g} of F1 a dollar")


if __name__ == "__main__":
    errors.run(main)
