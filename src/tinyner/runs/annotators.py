"""Who labelled a run's sentences, from its parameters by dotted names."""

from collections.abc import Mapping


def annotators_of(params: Mapping[str, object]) -> list[str]:
    """Return the names of the annotators in the order of their votes; none where the parameters name none.

    >>> annotators_of({"annotate.annotator": "claude"}), annotators_of({"annotate.annotator": ["crowd", "claude"]})
    (['claude'], ['crowd', 'claude'])
    """
    names = params.get("annotate.annotator")
    if isinstance(names, list):
        return [str(name) for name in names]
    return [] if names is None else [str(names)]


def is_asked(params: Mapping[str, object]) -> bool:
    """Return whether one of the annotators is asked with prompts; the labels of others are in files.

    >>> is_asked({"annotate.annotator": "crowd", "annotate.annotators.crowd.labels": "data/own/crowd.txt"})
    False
    """
    return any(not params.get(f"annotate.annotators.{name}.labels") for name in annotators_of(params))
