"""Stage evaluate: ``python -m tinyner.evaluate``. Every seed's predictions against gold: strictly, and as the paper."""

import json
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from tinyner import errors, schedules
from tinyner.bio import tags_to_spans
from tinyner.errors import UserError
from tinyner.evaluate.subword_scorer import load_tokenizer, paper_entities, scores_of, subwords
from tinyner.files import load, write_csv, write_json
from tinyner.params import Train, load_params
from tinyner.rows import Prediction, Sentence
from tinyner.scores import AVERAGES, MEASURES, Score, strict
from tinyner.tables import show_scores

PREDICTIONS = Path("predictions")
STUDENT = Path("data/student")
COSTS = Path("metrics/annotate.json")
NONE = "none"  # in the confusion plot: no entity here

Scores = Mapping[str, Score]
"""Scores of one seed by average and type."""


def by_seed(gold: Sequence[Sentence]) -> dict[int, list[list[str]]]:
    """Each seed's tags of the gold sentences, in their order.

    Raises:
        UserError: where a file of predictions is missing, or not of these sentences.
    """
    files = sorted(PREDICTIONS.glob("seed_*.jsonl"), key=lambda path: int(path.stem.removeprefix("seed_")))
    if not files:
        raise UserError(f"{PREDICTIONS}/: expected seed_<n>.jsonl, found none; run `dvc repro train`")
    result: dict[int, list[list[str]]] = {}
    for path in files:
        rows: list[Prediction] = load(path)
        if [row["id"] for row in rows] != [row["id"] for row in gold]:
            raise UserError(f"{path}: not the sentences of data/prepared/test.jsonl; run `dvc repro train`")
        result[int(path.stem.removeprefix("seed_"))] = [row["tags"] for row in rows]
    return result


def std(values: Sequence[float]) -> float | None:
    """The sample standard deviation (n - 1); None for a single value, whose spread is unknown."""
    return statistics.stdev(values) if len(values) > 1 else None


def summary(scores: Sequence[Scores]) -> list[dict[str, object]]:
    """Mean and standard deviation over seeds of each measure, a row an average or type."""
    rows: list[dict[str, object]] = []
    for name in scores[0]:
        row: dict[str, object] = {"of": name, "support": scores[0][name]["support"]}
        for measure in MEASURES:
            values = [float(one[name][measure]) for one in scores]  # type: ignore[literal-required]
            row |= {measure: statistics.fmean(values), f"{measure}_std": std(values)}
        rows.append(row)
    return rows


def as_the_paper(
    gold: Sequence[Sentence], predictions: Mapping[int, Sequence[Sequence[str]]], types: Sequence[str]
) -> list[Scores]:
    """Each seed's scores as the paper counts them, by the student's subwords; the sentences are split once."""
    counts = subwords([row["words"] for row in gold], load_tokenizer(STUDENT))
    wanted = paper_entities([row["tags"] for row in gold], counts)
    return [scores_of(wanted, paper_entities(predicted, counts), types) for predicted in predictions.values()]


def confusion(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> Counter[tuple[str, str]]:
    """(gold type, predicted type) of every span that either has; a span that the other lacks is ``none`` there.

    >>> sorted(confusion([["B-PER", "O"]], [["B-LOC", "B-LOC"]]).items())
    [(('PER', 'LOC'), 1), (('none', 'LOC'), 1)]
    """
    counts: Counter[tuple[str, str]] = Counter()
    for gold_tags, tags in zip(gold, predicted, strict=True):
        actual = {(start, end): label for start, end, label in tags_to_spans(gold_tags)}
        found = {(start, end): label for start, end, label in tags_to_spans(tags)}
        counts.update((actual.get(place, NONE), found.get(place, NONE)) for place in actual.keys() | found.keys())
    return counts


def confusion_rows(counts: Sequence[Counter[tuple[str, str]]], types: Sequence[str]) -> list[tuple[object, ...]]:
    """Rows of plots/confusion.csv: gold type, predicted type, entities (mean over seeds), share of the gold type's.

    The share of what isn't in gold is None: how many spans there are without an entity is no figure.

    >>> confusion_rows([Counter({("PER", "PER"): 1, ("PER", "none"): 1}), Counter({("PER", "PER"): 2})], ["PER"])
    [('PER', 'PER', 1.5, 0.75), ('PER', 'none', 0.5, 0.25), ('none', 'PER', 0.0, None)]
    """
    rows: list[tuple[object, ...]] = []
    for gold in (*types, NONE):
        means = [(predicted, statistics.fmean(one[gold, predicted] for one in counts)) for predicted in (*types, NONE)]
        total = sum(mean for _, mean in means)
        share = {predicted: mean / total if gold != NONE and total else None for predicted, mean in means}
        rows += [(gold, name, mean, share[name]) for name, mean in means if (gold, name) != (NONE, NONE)]
    return rows


def spent(knobs: Train) -> float | None:
    """US dollars that the replies cost whose sentences the experiment draws; None where that is not known.

    All replies to a corpus count, whatever prefix of it is trained on.
    """
    if not any(share for share, _ in schedules.weights(knobs.schedule, knobs.group, knobs.epochs)):
        return 0.0
    used = {"B": ("target",), "D": ("target",)}.get(knobs.group, ("target", "related"))
    rows = [row for row in json.loads(COSTS.read_bytes())["costs"] if row["corpus"] in used]
    if any(row["priced"] < row["replies"] for row in rows):
        return None
    return float(sum(row["cost_usd"] for row in rows))


def main() -> None:
    """Score all seeds and write metrics, plots and a table."""
    everything = load_params()
    types = list(everything.types)
    gold: list[Sentence] = load("data/prepared/test.jsonl")
    tags = [row["tags"] for row in gold]
    predictions = by_seed(gold)
    scores = {seed: strict(tags, predicted, types) for seed, predicted in predictions.items()}
    rows = summary(list(scores.values()))
    found = {str(row["of"]): row for row in rows}
    metrics: dict[str, object] = {
        "f1": found["micro"]["f1"],
        "f1_std": found["micro"]["f1_std"],
        "precision": found["micro"]["precision"],
        "recall": found["micro"]["recall"],
        "macro_f1": found["macro"]["f1"],
        **{name: found[name]["f1"] for name in types},
    }
    papers = {"paper": summary(as_the_paper(gold, predictions, types))}
    corrected: list[Sentence] = load("data/prepared/test_conllpp.jsonl")
    if corrected:
        again = [strict([row["tags"] for row in corrected], predicted, types) for predicted in predictions.values()]
        metrics["conllpp_f1"] = statistics.fmean(one["micro"]["f1"] for one in again)
    if len(corrected) > 1:  # the paper tests on all of CoNLL++ but its last sentence
        kept = {seed: predicted[:-1] for seed, predicted in predictions.items()}
        papers["conllpp_paper"] = summary(as_the_paper(corrected[:-1], kept, types))
    metrics |= {f"{name}_f1": theirs[0]["f1"] for name, theirs in papers.items()}
    usd = spent(everything.train)
    if usd is not None:
        metrics["cost_usd"] = usd
        if usd:
            metrics["f1_per_usd"] = float(str(found["micro"]["f1"])) / usd
    # DVC's tables have the numbers above and no lists: the whole of it is below.
    metrics["summary"] = rows
    metrics |= {f"{name}_summary": theirs for name, theirs in papers.items()}
    metrics["seeds"] = [
        {"seed": seed, "scores": [{"of": of, **score} for of, score in scores[seed].items()]} for seed in scores
    ]
    counts = [confusion(tags, predicted) for predicted in predictions.values()]
    write_csv(Path("plots/confusion.csv"), ("gold", "predicted", "entities", "share"), confusion_rows(counts, types))
    of_type = [(name, found[name]["f1"], found[name]["f1_std"]) for name in ("micro", *types)]
    write_csv(Path("plots/types.csv"), ("type", "f1", "f1_std"), of_type)
    write_json(Path("metrics/evaluate.json"), metrics)
    over = f"seed {next(iter(scores))}" if len(scores) == 1 else f"mean ± std over seeds {', '.join(map(str, scores))}"
    show_scores(f"Strict entity-level scores on test, {over}", rows)
    for name, theirs in papers.items():
        where = {"paper": "test", "conllpp_paper": "CoNLL++ without its last sentence"}[name]
        title = f"The paper's scorer on {where}: by subword, not comparable with the strict scores (docs/paper.md)"
        show_scores(title, theirs[: len(AVERAGES)])
    if usd:
        print(f"replies: {usd:.4f} US dollars; {metrics['f1_per_usd']:.4g} of F1 a dollar")


if __name__ == "__main__":
    errors.run(main)
