"""Notes below a table: differences between its rows that it doesn't show but that make a comparison unfair."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tinyner.compare.references import reference_notes
from tinyner.compare.table import few
from tinyner.runs.run import Run
from tinyner.scores import AVERAGES

DECODER = "train.decode"
"""The parameter that names a run's decoder."""


def parameter_text(value: object) -> str:
    """Return a parameter's value in short, on one line.

    >>> parameter_text([1, 2]), parameter_text(0.95), parameter_text(None), parameter_text("a\\nb")
    ('1, 2', '0.95', 'null', 'a b')
    """
    if value is None:
        return "null"
    if isinstance(value, list):
        return ", ".join(map(parameter_text, value))
    return f"{value:g}" if isinstance(value, float) else " ".join(str(value).split())


def differing_parameters(runs: Sequence[Run], ignored: Iterable[str] = ()) -> list[str]:
    """Return the dotted names of the parameters in which runs differ, those of train first."""
    keys = dict.fromkeys(key for run in runs for key in run.params)
    absent = object()
    differing = []
    for key in keys:
        first, *others = (run.params.get(key, absent) for run in runs)
        if key not in ignored and any(value != first for value in others):
            differing.append(key)
    return sorted(differing, key=lambda key: (not key.startswith("train."), key))


def hidden_differences(runs: Sequence[Run], shown_keys: Iterable[str]) -> list[str]:
    """Return notes on differences between runs that the table doesn't show: in parameters, and in sentences.

    Args:
        runs: in the table.
        shown_keys: parameters that the table shows or that don't matter to it.
    """
    return [*hidden_parameters(runs, shown_keys), *different_sentences(runs)]


def hidden_parameters(runs: Sequence[Run], shown_keys: Iterable[str]) -> list[str]:
    """Return notes on the parameters in which runs differ, but for ``shown_keys``; the decoder has one of its own."""
    shown_keys = set(shown_keys)
    decoders = [] if DECODER in shown_keys else decoder_notes(runs)
    parameters = []
    for key in differing_parameters(runs, shown_keys | {DECODER}):
        values = dict.fromkeys(parameter_text(run.params.get(key)) for run in runs)
        parameters.append(f"{key} ({', '.join(values)})")
    others = [f"Not all alike in what the table doesn't show: {'; '.join(parameters)}."] if parameters else []
    return [*decoders, *others]


def different_sentences(runs: Sequence[Run]) -> list[str]:
    """Return notes if the runs were not scored on the same test sentences, or not against the same tags of these."""
    rows = [(run.name, run.summary) for run in runs if not run.by_teacher]
    return [*different_supports(rows, "test sentences"), *reference_notes(runs)]


def decoder_notes(runs: Sequence[Run]) -> list[str]:
    """Return a note where not all runs chose their tags by the same decoder (train.decode)."""
    names: dict[str, list[str]] = {}
    for run in runs:
        names.setdefault(parameter_text(run.params.get(DECODER)), []).append(run.name)
    if len(names) < 2:
        return []
    counts = "; ".join(f"{decoder} for {few(of_decoder)}" for decoder, of_decoder in names.items())
    return [f"Two decoders meet ({DECODER}): {counts}. A part of such a difference is the decoder's."]


def types_without_entities(runs: Sequence[Run]) -> list[str]:
    """Return a note on the types of which no run's test set has an entity, as their score says nothing."""
    most: dict[str, int] = {}
    for row in (row for run in runs for row in run.summary if row["of"] not in AVERAGES):
        most[row["of"]] = max(row["support"], most.get(row["of"], 0))
    names = ", ".join(name for name, support in most.items() if not support)
    does = "the score there can only be 0, and macro F1 counts it only where it is predicted, as seqeval does"
    return [f"Test has no entity of {names}: {does}."] if names else []


def different_supports(rows_by_run: Sequence[tuple[str, Sequence[Mapping[str, Any]]]], what: str) -> list[str]:
    """Return a note if runs were scored on different sentences, as different numbers of gold entities show.

    Args:
        rows_by_run: each run's name and the rows of its scores.
        what: the sentences in words.
    """
    run_by_support = {
        row["support"]: name for name, rows in reversed(rows_by_run) for row in rows if row["of"] == "micro"
    }
    if len(run_by_support) < 2:
        return []
    counts = ", ".join(f"{name} of {support}" for support, name in run_by_support.items())
    return [f"Not on the same {what}, so not to be compared: entities in gold, e.g. {counts}."]
