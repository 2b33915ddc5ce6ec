"""The scores of runs as values and columns of a table: the strict ones, and those by the paper's scorer."""

from collections.abc import Iterable

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


def score(run: Run | None, of: str, measure: str, scores: str = "summary") -> Score | None:
    """Return a run's score of an average or type, over its seeds; None if there is no run or it has none.

    Args:
        run: the run.
        of: an average (micro, macro, weighted) or an entity type.
        measure: precision, recall or f1.
        scores: the key of the scores in metrics/evaluate.json.

    Raises:
        UserError: if the run has no metrics/evaluate.json.
    """
    if run is None:
        return None
    row = next((row for row in run.metric("evaluate").get(scores, []) if row["of"] == of), None)
    return None if row is None else Score(row[measure], row[f"{measure}_std"])


def strict_and_paper_scores(run: Run | None, of: str, measure: str, paper_keys: Iterable[str]) -> list[Score | None]:
    """Return a score by the strict scorer, then by each of the paper's."""
    return [score(run, of, measure), *(score(run, of, measure, key) for key in paper_keys)]


def dev_score(run: Run) -> Score | None:
    """Return F1 on the dev slice over the seeds, None without one."""
    values = [row["dev_f1"] for row in run.metrics.get("train", {}).get("seeds", []) if row["dev_f1"] is not None]
    return Score.of(values) if values else None


def paper_keys_of(runs: Iterable[Run]) -> list[str]:
    """Return which of PAPER_SCORERS a table has columns for.

    That is CoNLL++, the paper's own test set, if all runs that were scored by the paper's scorer have it; else the
    official test too.
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
    """Return notes on which scorer and test set ours and the paper's figures are by."""
    return [_SCORERS, _OFFICIAL] if "paper_summary" in paper_keys else [_SCORERS]


def types_of(runs: Iterable[Run]) -> list[str]:
    """Return all entity types that runs have scores of, in order."""
    names = dict.fromkeys(row["of"] for run in runs for row in run.metric("evaluate").get("summary", []))
    return [name for name in names if name not in AVERAGES]


def over_seeds(runs: Iterable[Run]) -> str:
    """Return what the means are over, for a title: ``mean ± std over 3 seeds``.

    Raises:
        UserError: if a run has no metrics/evaluate.json.
    """
    counts = sorted({len(run.metric("evaluate").get("seeds", [])) for run in runs})
    if not counts:
        return "no run yet"
    if counts == [1]:
        return "one seed"
    seeds = f"{counts[0]} to {counts[-1]}" if len(counts) > 1 else f"{counts[0]}"
    return f"mean ± std over {seeds} seeds"
