"""The paper's own scores, which tables print beside ours.

From "Distilling Large Language Models into Tiny Models for Named Entity Recognition" (arXiv 2402.09282): its Tables 1
and 2, and what can be read of Table 3. Shares between 0 and 1. F1 of Tables 2 and 3 is by the paper's own scorer on
CoNLL++, which is not the strict entity-level F1 of the field.
"""

from collections.abc import Mapping

TABLE1: Mapping[str, Mapping[tuple[str, str], float]] = {
    "standard": {
        ("micro", "precision"): 0.56,
        ("micro", "recall"): 0.78,
        ("micro", "f1"): 0.65,
        ("macro", "f1"): 0.67,
        ("weighted", "f1"): 0.73,
        ("LOC", "f1"): 0.80,
        ("MISC", "f1"): 0.20,
        ("ORG", "f1"): 0.70,
        ("PER", "f1"): 0.97,
    },
    "cot": {
        ("micro", "precision"): 0.67,
        ("micro", "recall"): 0.82,
        ("micro", "f1"): 0.73,
        ("macro", "f1"): 0.72,
        ("weighted", "f1"): 0.77,
        ("LOC", "f1"): 0.84,
        ("MISC", "f1"): 0.31,
        ("ORG", "f1"): 0.77,
        ("PER", "f1"): 0.95,
    },
}
"""Scores of the teacher against gold: by prompt, then by average or type, and measure."""

TABLE2: Mapping[tuple[str, str], float] = {
    ("A", "fixed"): 0.850,
    ("B", "fixed"): 0.683,
    ("C", "fixed"): 0.713,
    ("D", "fixed"): 0.859,
    ("E", "fixed"): 0.869,
    ("A", "decay"): 0.849,
    ("B", "decay"): 0.672,
    ("C", "decay"): 0.691,
    ("D", "decay"): 0.853,
    ("E", "decay"): 0.869,
}
"""Micro F1 by group, and policy of the learning rate."""

AS_SCHEDULES: Mapping[str, Mapping[str, str]] = {
    "D": {"pure_original": "A", "pure_distilled": "B", "simple_mix": "D"},
    "E": {"pure_original": "A", "pure_distilled": "C", "simple_mix": "E"},
}
"""By the group whose data are blended, the schedules that are groups of Table 2: the same sentences and schedule."""

TABLE3: Mapping[tuple[str, str, str], float] = {
    ("simple_mix", "micro", "precision"): 0.864,
    ("simple_mix", "micro", "recall"): 0.874,
    ("simple_mix", "micro", "f1"): 0.869,
    ("sigmoid-32", "macro", "recall"): 0.855,
    ("sigmoid-32", "PER", "precision"): 0.957,
    ("power-0.2", "PER", "f1"): 0.956,
    ("power-0.2", "ORG", "f1"): 0.849,
    ("power-0.2", "ORG", "recall"): 0.853,
}
"""Scores by schedule, average or type, and measure; the policy of the learning rate can't be read."""
