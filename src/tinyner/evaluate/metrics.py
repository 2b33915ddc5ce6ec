"""The strict scores in metrics/evaluate.json: against gold, or under other names, so that none is taken for the other.

Without gold, the test sentences have the teacher's labels, and a score says how far the students agree with it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

_AGREEMENT = "teacher_agreement"


def numbers(summary: Sequence[Mapping[str, Any]], types: Sequence[str], *, is_stand_in: bool) -> dict[str, object]:
    """Return the means over seeds that DVC's tables show, from the rows of ``summarise``."""
    by_name = {row["of"]: row for row in summary}
    micro, macro = by_name["micro"], by_name["macro"]
    f1_by_type = {name: by_name[name]["f1"] for name in types}
    if not is_stand_in:
        scores = {key: micro[key] for key in ("f1", "f1_std", "precision", "recall")}
        return {**scores, "macro_f1": macro["f1"], **f1_by_type}
    return {
        _AGREEMENT: micro["f1"],
        f"{_AGREEMENT}_std": micro["f1_std"],
        **{f"{_AGREEMENT}_{key}": micro[key] for key in ("precision", "recall")},
        f"{_AGREEMENT}_macro": macro["f1"],
        f"{_AGREEMENT}_types": f1_by_type,
    }


def name_of(key: str, *, is_stand_in: bool) -> str:
    """Return the name of another score, or of the rows of all scores.

    >>> [name_of(key, is_stand_in=True) for key in ("unseen_f1", "summary")]
    ['teacher_agreement_unseen', 'teacher_agreement_summary']
    """
    return f"{_AGREEMENT}_{key.removesuffix('_f1')}" if is_stand_in else key
