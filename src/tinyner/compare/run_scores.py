"""The scores of runs as values and columns of a table: the strict ones, and those by the paper's scorer."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from tinyner.compare.references import GOLD, reference_name
from tinyner.compare.table import Column, Score
from tinyner.runs.run import Run
from tinyner.scores import AVERAGES

MEASURE_NAMES = {"precision": "P", "recall": "R", "f1": "F1"}
"""What the measures are called in tables."""

_CORRECTED = "conllpp_paper_summary"
PAPER_SCORERS = {"paper_summary": "paper's scorer, official test", _CORRECTED: "paper's scorer, CoNLL++"}
"""Names of the columns by the paper's scorer, by the key of their scores in metrics/evaluate.json."""

_SCORERS = (
    "Ours is strict F1 on the official test; the paper's figures are by its own scorer, which counts subwords, on "
    "CoNLL++ (docs/paper.md)."
)
_OFFICIAL = (
    "So the columns \"paper's scorer, official test\" are not on the paper's test set; set prepare.conllpp for those "
    "that are."
)


def score(run: Run | None, of: str, measure: str) -> Score | None:
    """Return a run's strict score of an average or type, over its seeds; None if there is no run or it has none.

    Args:
        run: the run, scored against gold or the teacher's tags.
        of: an average (micro, macro, weighted) or an entity type.
        measure: precision, recall or f1.

    Raises:
        UserError: if the run has no metrics/evaluate.json.
    """
    return None if run is None else _score(run.summary, of, measure, reference_name(run))


def paper_scores(run: Run | None, of: str, measure: str, paper_keys: Iterable[str]) -> list[Score | None]:
    """Return a score by the paper's scorer for each of the keys; arguments as those of ``score``."""
    return [None if run is None else _score(run.metric("evaluate").get(key, []), of, measure) for key in paper_keys]


def _score(rows: Iterable[Mapping[str, Any]], of: str, measure: str, reference: str = GOLD) -> Score | None:
    row = next((row for row in rows if row["of"] == of), None)
    return None if row is None else Score(row[measure], row[f"{measure}_std"], reference=reference)


def dev_score(run: Run) -> Score | None:
    """Return F1 on the dev slice over the seeds, None without one; ``Run.dev_by_teacher`` tells what it is."""
    if not run.dev_scores:
        return None
    # Nobody keeps which of the teacher's tags a dev slice had, so that no two such scores count as comparable.
    return replace(Score.of(run.dev_scores), reference=f"dev of {run.name}" if run.dev_by_teacher else GOLD)


def on_conll(runs: Iterable[Run]) -> bool:
    """Return whether the paper's figures have a place beside those of the runs: one of them is on its corpus."""
    return any(
        run.params.get("prepare.corpus", "wheel") == "wheel"
        or run.params.get("prepare.conllpp", "none") != "none"
        or any(run.metrics.get("evaluate", {}).get(key) for key in PAPER_SCORERS)
        for run in runs
    )


def paper_keys_of(runs: Iterable[Run]) -> list[str]:
    """Return which of PAPER_SCORERS a table has columns for.

    If every run with scores by the paper's scorer has them on CoNLL++, the paper's test set, that is the only column;
    else there is one for the official test set, too.
    """
    keys_by_run = [{key for key in PAPER_SCORERS if run.metric("evaluate").get(key)} for run in runs]
    keys = {key for run_keys in keys_by_run for key in run_keys}
    if all(_CORRECTED in run_keys for run_keys in keys_by_run if run_keys):
        keys.discard("paper_summary")
    return [key for key in PAPER_SCORERS if key in keys]


def paper_columns(paper_keys: Iterable[str], group: str = "") -> list[Column]:
    """Return the columns by the paper's scorer."""
    return [Column(PAPER_SCORERS[key], group, spread=True) for key in paper_keys]


def scorer_notes(paper_keys: Iterable[str]) -> list[str]:
    """Return notes that name the scorer and the test set of our figures and of the paper's."""
    return [_SCORERS, _OFFICIAL] if "paper_summary" in paper_keys else [_SCORERS]


def types_of(runs: Iterable[Run]) -> list[str]:
    """Return all entity types that runs have scores of, in order."""
    names = dict.fromkeys(row["of"] for run in runs for row in run.summary)
    return [name for name in names if name not in AVERAGES]


def over_seeds(runs: Iterable[Run]) -> str:
    """Return what the means are over, for a title: ``mean ± std over 3 seeds``.

    Raises:
        UserError: if a run has no metrics/evaluate.json.
    """
    return mean_over(len(run.scored_seeds) for run in runs)


def mean_over(seeds: Iterable[int]) -> str:
    """Return what means of so many seeds, a number a run, are over.

    >>> mean_over([3, 5, 3]), mean_over([2]), mean_over([1])
    ('mean ± std over 3 to 5 seeds', 'mean ± std over 2 seeds', 'one seed')
    """
    counts = sorted(set(seeds))
    if not counts:
        return "no run yet"
    if counts == [1]:
        return "one seed"
    numbers = f"{counts[0]} to {counts[-1]}" if len(counts) > 1 else f"{counts[0]}"
    return f"mean ± std over {numbers} seeds"
