"""What the teacher's F1 says about the blend to train on, by the study of four teachers in docs/results.md."""

from tinyner.params import Train
from tinyner.schedules import kind_of

_HARMFUL = 0.3  # between the study's weak teacher (.08) and its mid one (.55)
_GOOD = 0.7  # between its crowd (.63) and the worst of the good ones (.79)
_STEEP = 16.0  # a sigmoid's k from which its second half is human


def blend_advice(f1: float, train: Train) -> str | None:
    """Return a line on the blend where the study found a better one than that of params.yaml; else None.

    Args:
        f1: of the teacher against gold, 0 to 1.
        train: the parameters of training.
    """
    if train.group not in ("D", "E") or f1 >= _GOOD:
        return None
    kind = kind_of(train.schedule, train.group)
    if kind == "pure_original":
        return None
    if f1 < _HARMFUL:
        return (
            "with an LLM of so low an F1 human sentences alone made the better student (docs/results.md): mend the "
            "prompt before the LLM is asked for all, or train on group A"
        )
    if kind == "simple_mix" or (kind == "sigmoid" and (train.schedule.k or 0.0) >= _STEEP):
        return None
    return (
        "with an LLM of about this F1 students were better that learned its sentences first and the human ones last "
        "(docs/results.md): set train.schedule to {type: simple_mix, k: null, n: null}"
    )
