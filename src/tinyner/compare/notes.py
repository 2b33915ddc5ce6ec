"""What a table doesn't show and a reader must know before comparing its rows, as notes below it."""

from collections.abc import Iterable, Sequence

from tinyner.runs.run import Run


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


def hidden_differences(
    runs: Sequence[Run], shown_keys: Iterable[str], stem: str = "evaluate", scores: str = "summary"
) -> list[str]:
    """Return notes on differences between runs that the table doesn't show: in parameters, and in sentences.

    Args:
        runs: in the table.
        shown_keys: parameters that the table shows or that don't matter to it.
        stem: of the metrics file that has the table's scores.
        scores: the key of those scores in it.
    """
    if not runs:
        return []
    parameters = []
    for key in differing_parameters(runs, set(shown_keys)):
        values = dict.fromkeys(parameter_text(run.params.get(key)) for run in runs)
        parameters.append(f"{key} ({', '.join(values)})")
    notes = [f"Not all alike in what the table doesn't show: {'; '.join(parameters)}."] if parameters else []
    return [*notes, *different_sentences(runs, stem, scores)]


def different_sentences(runs: Sequence[Run], stem: str = "evaluate", scores: str = "summary") -> list[str]:
    """Return a note if the runs' scores count different numbers of gold entities, so are of different sentences."""
    run_by_support = {
        row["support"]: run.name
        for run in reversed(runs)
        for row in run.metric(stem).get(scores) or []
        if row["of"] == "micro"
    }
    if len(run_by_support) < 2:
        return []
    counts = ", ".join(f"{name} of {support}" for support, name in run_by_support.items())
    test = "test " if stem == "evaluate" else ""
    return [f"Not on the same {test}sentences, so not to be compared: entities in gold, e.g. {counts}."]
