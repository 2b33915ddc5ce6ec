"""The paper's scores, as its Tables 1 to 3 print them, written out a second time."""

import pytest

from tinyner.compare.paper import AS_SCHEDULES, TABLE1, TABLE2, TABLE3


def test_table_1() -> None:
    names = [("micro", "precision"), ("micro", "recall"), *((of, "f1") for of in ("micro", "macro", "weighted"))]
    names += [(of, "f1") for of in ("LOC", "ORG", "PER", "MISC")]
    standard = [0.56, 0.78, 0.65, 0.67, 0.73, 0.80, 0.70, 0.97, 0.20]
    cot = [0.67, 0.82, 0.73, 0.72, 0.77, 0.84, 0.77, 0.95, 0.31]
    expected = {"standard": dict(zip(names, standard, strict=True)), "cot": dict(zip(names, cot, strict=True))}
    assert expected == TABLE1


@pytest.mark.parametrize(
    ("group", "fixed", "decay"),
    [("A", 0.850, 0.849), ("B", 0.683, 0.672), ("C", 0.713, 0.691), ("D", 0.859, 0.853), ("E", 0.869, 0.869)],
)
def test_table_2(group: str, fixed: float, decay: float) -> None:
    assert (TABLE2[group, "fixed"], TABLE2[group, "decay"]) == (fixed, decay)
    assert len(TABLE2) == 10


def test_table_3() -> None:
    mix = {"precision": 0.864, "recall": 0.874, "f1": 0.869}
    expected = {("simple_mix", "micro", measure): score for measure, score in mix.items()}
    expected |= {("sigmoid-32", "macro", "recall"): 0.855, ("sigmoid-32", "PER", "precision"): 0.957}
    expected |= {("power-0.2", "PER", "f1"): 0.956, ("power-0.2", "ORG", "f1"): 0.849}
    expected |= {("power-0.2", "ORG", "recall"): 0.853}
    assert expected == TABLE3
    assert AS_SCHEDULES["E"] == {"pure_original": "A", "pure_distilled": "C", "simple_mix": "E"}
