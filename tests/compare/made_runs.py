"""Runs made up for tests: with scores alone, or with predictions and the scores of these."""

from collections.abc import Mapping, Sequence
from typing import Any

from tinyner.evaluate.summary import summarise
from tinyner.params import Params
from tinyner.rows import Example, Sentence
from tinyner.runs.reference import Reference
from tinyner.runs.run import Details, Run, digest_of
from tinyner.scores import strict

NAMES = ("micro", "macro", "weighted", "PER", "LOC")
BASE: Mapping[str, object] = {"train.epochs": 2, "annotate.annotator": "claude", "annotate.prompts.target": "cot"}

TEST: list[Sentence] = [
    {"id": f"t{number}", "words": ["Ann", "Lee", "sings"], "tags": ["B-PER", "I-PER", "O"]} for number in range(40)
]
GOLD = [sentence["tags"] for sentence in TEST]

STAND_INS: list[Sentence] = [{"id": sentence["id"], "words": sentence["words"]} for sentence in TEST]
"""TEST without gold."""


def labelled(unlabelled: int = 0, tags: Sequence[str] = ("B-PER", "I-PER", "O")) -> list[Example]:
    """Return what a teacher made of STAND_INS: the tags of each sentence but the first ``unlabelled``."""
    return [{"id": row["id"], "words": row["words"], "tags": [*tags], "spans": []} for row in STAND_INS[unlabelled:]]


def scored_run(
    name: str,
    f1: float,
    changes: Mapping[str, object] | None = None,
    by_paper: float | None = None,
    corrected: float | None = None,
    **more: Any,
) -> Run:
    """Return a run whose every strict score is ``f1`` ± 0.01, over two seeds.

    Args:
        name: its name.
        f1: its strict scores.
        changes: its parameters but those of BASE, by dotted names.
        by_paper: its scores by the paper's scorer on the official test set.
        corrected: its scores by the paper's scorer on CoNLL++.
        more: further keys of metrics/evaluate.json.
    """

    def rows(value: float) -> list[dict[str, object]]:
        spread = dict.fromkeys(("precision_std", "recall_std", "f1_std"), 0.01)
        measures = dict.fromkeys(("precision", "recall", "f1"), value)
        return [{"of": of, "support": 9, **measures, **spread} for of in NAMES]

    scores: dict[str, object] = {"f1": f1, "summary": rows(f1), "seeds": [{"seed": 1}, {"seed": 2}], **more}
    if by_paper is not None:
        scores["paper_summary"] = rows(by_paper)
    if corrected is not None:
        scores["conllpp_paper_summary"] = rows(corrected)
    metrics = {
        "evaluate": scores,
        "train": {"seeds": [{"dev_f1": 0.5}, {"dev_f1": 0.7}]},
        "align": {"teacher": [{**row, "precision": 0.9} for row in rows(f1)]},
    }
    return Run(name, {**BASE, **(changes or {})}, metrics, no_predictions)


def agreeing_run(
    name: str, agreement: float, changes: Mapping[str, object] | None = None, stand_in: str = "tags"
) -> Run:
    """Return a run whose every score against the teacher's tags is ``agreement`` ± 0.01, over two seeds.

    Args:
        name: its name.
        agreement: its scores, on test; on dev they are those of ``scored_run``.
        changes: its parameters but those of BASE, by dotted names.
        stand_in: the digest of the teacher's tags.
    """
    run = scored_run(name, agreement, {"prepare.corpus": "none", **(changes or {})})
    metrics = in_place_of_gold(run.metrics)
    del metrics["align"]["teacher"]
    return Run(name, run.sections, metrics, lambda: Details([], {}, "test", stand_in=stand_in))


def in_place_of_gold(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Return metrics whose scores of test and dev are against the teacher's tags, as stages train and evaluate do."""
    renamed = {"f1": "teacher_agreement", "summary": "teacher_agreement_summary", "seeds": "teacher_agreement_seeds"}
    evaluate = {renamed.get(key, key): value for key, value in metrics["evaluate"].items()}
    changed = {**metrics, "evaluate": evaluate}
    if "train" in metrics:
        seeds = [{"dev_teacher_agreement": row["dev_f1"]} for row in metrics["train"]["seeds"]]
        changed["train"] = {"seeds": seeds}
    return changed


def no_predictions() -> Details:
    """Fail: a table of metrics reads no predictions."""
    raise AssertionError("a table of metrics needs no predictions")


def study_runs(planned: Mapping[str, Mapping[str, object]], prefix: str = "", missing: str = "") -> dict[str, Run]:
    """Return the experiments of a study by name, but ``missing``; their strict scores are 0.5, 0.51, ..."""
    return {
        f"{prefix}{name}": scored_run(f"{prefix}{name}", 0.5 + number / 100, changes, 0.6)
        for number, (name, changes) in enumerate(planned.items())
        if name != missing
    }


def predicting_run(
    name: str,
    params: Params,
    right: int,
    teacher: Sequence[Example] | None = None,
    test: Sequence[Sentence] | None = None,
) -> Run:
    """Return a run whose two seeds have ``right`` and ``right + 1`` sentences of TEST right, and O in the others.

    Args:
        name: its name.
        params: its parameters.
        right: how many sentences are right.
        teacher: what stands in for gold; None: gold.
        test: the test set, with GOLD as its tags where a teacher does not stand in; None: TEST, or STAND_INS.
    """
    predictions = {
        seed: [tags if number < right + seed - 1 else ["O", "O", "O"] for number, tags in enumerate(GOLD)]
        for seed in (1, 2)
    }
    test = test or (TEST if teacher is None else STAND_INS)
    reference = Reference.of(test, teacher or ())
    types = list(params.types)
    scores = [strict(reference.tags, tags, types) for tags in reference.scored(predictions).values()]
    metrics: dict[str, Any] = {"evaluate": {"summary": summarise(scores), "seeds": [{"seed": 1}, {"seed": 2}]}}
    if teacher is not None:
        metrics = in_place_of_gold(metrics)
    details = Details([], predictions, digest_of(test), stand_in=reference.digest if reference.by_teacher else None)
    return Run(name, params.model_dump(mode="json"), metrics, lambda: details)
