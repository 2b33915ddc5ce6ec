"""Made-up runs, whose predictions are gold tags with random errors, and repositories with their sentences.

Nothing here is a result: the numbers only have the shape and the size of real ones.
"""

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from tests.compare.made_runs import in_place_of_gold
from tests.conftest import ROOT
from tests.in_process import stage
from tests.predicted import prediction
from tinyner.bio import Span, spans_to_tags, tags_to_spans
from tinyner.evaluate.probabilities import pooled, scored
from tinyner.evaluate.subword_scorer import scores_of
from tinyner.evaluate.summary import summarise
from tinyner.files import load, write_csv, write_json, write_rows
from tinyner.params import Params, load_params, read_yaml
from tinyner.rows import Example, Sentence
from tinyner.runs.archive import write_archive
from tinyner.runs.calibration import Calibration
from tinyner.runs.reference import Reference
from tinyner.runs.run import METRICS, CurveRow, Details, Run, digest_of
from tinyner.schedules import shares_by_epoch
from tinyner.study.plans import curve, table2, table3

TYPES = ["LOC", "MISC", "ORG", "PER"]
HOSTILE: Sentence = {
    "id": "hostile-<b>-00000",
    "words": ["<script>document.title='broken'</script>", '"><img', "src=x", "onerror=alert(1)>", "&amp;", "said"],
    "tags": ["B-PER", "B-ORG", "B-LOC", "B-MISC", "B-PER", "O"],
}
"""A test sentence that is markup; every student gets it wrong, so that the report shows it."""


def spoil(sentence: Sentence, rate: float, generator: random.Random) -> list[str]:
    """Return gold tags with some entities missed, retyped, cut short or invented; HOSTILE loses them all."""
    if sentence == HOSTILE:
        return ["O"] * len(sentence["words"])
    spans: list[Span] = []
    for start, end, label in tags_to_spans(sentence["tags"]):
        draw = generator.random()
        if draw > rate:
            spans.append((start, end, label))
        elif draw > rate * 0.65:
            spans.append((start, end, generator.choice(TYPES)))
        elif draw > rate * 0.35 and end - start > 1:
            spans.append((start + 1, end, label))
    free = [i for i, tag in enumerate(spans_to_tags(spans, len(sentence["words"]))) if tag == "O"]
    if free and generator.random() < rate * 0.6:
        word = generator.choice(free)
        spans.append((word, word + 1, generator.choice(TYPES)))
    return spans_to_tags(sorted(spans), len(sentence["words"]))


def distilled_size(params: Params) -> int:
    """Return how many distilled sentences an epoch draws at most."""
    target = params.train.target_size or params.prepare.target_size or 0
    related = params.train.related_size or params.prepare.related_size or 0
    return target + related * (params.train.group in "CE")


def original_size(params: Params) -> int:
    """Return how many original sentences an epoch draws at most."""
    return params.train.original_size or params.prepare.original_size or 0


def run(
    name: str,
    params: Params,
    test: Sequence[Sentence],
    metrics: dict[str, object],
    rate: float,
    labelled: Sequence[Example] = (),
) -> Run:
    """Make a run whose students get about ``rate`` of the entities wrong.

    Args:
        name: its name.
        params: its parameters.
        test: its test sentences.
        metrics: of the stages before train.
        rate: the share that is wrong.
        labelled: what stands in for gold where ``test`` has none.
    """
    reference = Reference.of(test, labelled)
    tagged = {row["id"]: row for row in reference.sentences}
    predictions = {}
    curves: list[CurveRow] = []
    for seed in params.train.seeds:
        generator = random.Random(f"{name} {seed}")
        seed_rate = min(max(rate + generator.gauss(0, 0.012), 0.01), 0.95)
        predictions[seed] = [
            spoil(tagged[row["id"]], seed_rate, generator) if row["id"] in tagged else ["O"] * len(row["words"])
            for row in test
        ]
        shares = shares_by_epoch(params.train.schedule, params.train.group, params.train.epochs)
        for epoch, (w0, w1) in enumerate(shares):
            dev_f1 = 1 - seed_rate - 0.4 * 0.6**epoch + generator.gauss(0, 0.01)
            loss = 0.05 + 0.6 * 0.55**epoch + seed_rate * 0.3 + generator.gauss(0, 0.01)
            row: CurveRow = {
                "seed": seed,
                "epoch": epoch,
                "distilled_share": w0,
                "original_share": w1,
                "sentences": round(w0 * distilled_size(params)) + round(w1 * original_size(params)),
                "lr": params.train.lr * params.train.lr_decay**epoch,
                "loss": max(loss, 0.01),
                "dev_f1": max(dev_f1, 0.05),
            }
            curves.append(row)
    gold = [tags_to_spans(tags) for tags in reference.tags]
    scores = {  # in a tenth of the time of ``scores.strict``
        seed: scores_of(gold, [tags_to_spans(tags) for tags in predicted], TYPES)
        for seed, predicted in reference.scored(predictions).items()
    }
    rows = summarise(list(scores.values()))
    evaluate = {
        "f1": rows[0]["f1"],
        "f1_std": rows[0]["f1_std"],
        "summary": rows,
        "seeds": [
            {"seed": seed, "scores": [{"of": name, **measures} for name, measures in by_name.items()]}
            for seed, by_name in scores.items()
        ],
    }
    evaluate |= {"ece": 0.08, "ece_uncalibrated": 0.12}
    if params.annotate.annotators[params.annotate.names[0]].price is not None or params.train.group == "A":
        evaluate["cost_usd"] = 0.0
    details = Details(
        curves, predictions, digest_of(test), calibration=calibration(reference, reference.scored(predictions))
    )
    all_metrics = {**metrics, "evaluate": evaluate}
    if reference.by_teacher:
        details = replace(details, stand_in=reference.digest)
        all_metrics = in_place_of_gold(all_metrics)
    return Run(name, params.model_dump(mode="json"), all_metrics, lambda: details)


def calibration(reference: Reference, predictions: Mapping[int, Sequence[Sequence[str]]]) -> Calibration:
    """Make up the plots of probabilities that are too high, but higher where an entity is right."""
    generator = random.Random("calibration")
    seeds = []
    for tags in predictions.values():
        spans = [
            [(span in tags_to_spans(row["tags"])) for span in tags_to_spans(predicted)]
            for row, predicted in zip(reference.sentences, tags, strict=True)
        ]
        chances = [[generator.betavariate(9 if is_right else 4, 2) for is_right in row] for row in spans]
        seeds.append(scored(reference.sentences, tags, chances))
    together = pooled(seeds)
    rows = [
        (name, min(bin_.mean + more, 1.0), bin_.right, bin_.count)
        for name, more in (("calibrated", 0.0), ("uncalibrated", 0.05))
        for bin_ in together.bins()
    ]
    return {
        "reliability": [
            {"scores": name, "probability": mean, "right": right, "entities": count}  # type: ignore[typeddict-item]
            for name, mean, right, count in rows
        ],
        "thresholds": [
            {"threshold": threshold, "precision": precision, "recall": recall}
            for threshold, precision, recall in together.curve()[::5]
        ],
    }


def sentences(count: int) -> list[Sentence]:
    """Make short test sentences, each with a person and a place."""
    tags = ["B-PER", "I-PER", "O", "B-LOC"]
    return [
        {"id": f"t{number}", "words": ["Ann", "Lee", "in", f"Town{number}"], "tags": tags} for number in range(count)
    ]


def small_run(name: str, rate: float = 0.2, by_teacher: bool = False, **changes: Any) -> Run:
    """Make a run on 40 ``sentences`` under this repository's parameters, some of train changed (``__`` for a dot).

    ``by_teacher``: their tags are the teacher's, which stand in for gold, of all sentences but the first three.
    """
    dotted = {f"train.{key.replace('__', '.')}": value for key, value in changes.items()}
    params = load_params(ROOT / "params.yaml", {"train.seeds": [1, 2, 3], **dotted})
    test = sentences(40)
    return (
        run(name, params, stand_ins(test), {}, rate, labels(test)[3:])
        if by_teacher
        else run(name, params, test, {}, rate)
    )


def stand_ins(test: Sequence[Sentence]) -> list[Sentence]:
    """Return the sentences without tags."""
    return [{"id": row["id"], "words": row["words"]} for row in test]


def labels(test: Sequence[Sentence]) -> list[Example]:
    """Return sentences as stage align writes what a teacher labelled."""
    return [
        {
            "id": row["id"],
            "words": row["words"],
            "tags": row["tags"],
            "spans": [{"start": start, "end": end, "label": label} for start, end, label in tags_to_spans(row["tags"])],
        }
        for row in test
    ]


def study_runs(root: Path, test: Sequence[Sentence], metrics: dict[str, object], rate: float) -> list[Run]:
    """Make a run for each experiment of the paper's tables and of the learning curve, on a repository's parameters."""
    runs = []
    for name, changes in {**table2(), **table3(), **curve()}.items():
        params = load_params(root / "params.yaml", {**changes, "train.seeds": [1, 2, 3]})
        size = params.train.original_size or 1000
        worse = {"A": 0.05, "B": rate, "C": rate, "D": rate / 3, "E": rate / 4}[params.train.group]
        noise = 0.04 * random.Random(name).random()
        runs.append(run(name, params, test, metrics, 0.1 + worse + 4 / size + noise))
    return runs


def repository(folder: Path, annotator: str, prompt: str, prepared: Path | None = None) -> Path:
    """Make a repository whose stages up to align have run on real sentences and recorded replies.

    Its test sentences are the first 120 and HOSTILE. Its prepared files are those of another one, where that is there.
    """
    for name in ("prompts", "data/recorded", "data/own"):
        shutil.copytree(ROOT / name, folder / name)
    content = read_yaml((ROOT / "params.yaml").read_text())
    content["prepare"] |= {"target_size": 120, "related_size": 80, "original_size": 200}
    content["annotate"] |= {"annotator": annotator, "prompts": {"target": prompt, "related": prompt}}
    (folder / "params.yaml").write_text(yaml.safe_dump(content))
    if prepared:
        for name in ("data/prepared", "data/student", "metrics"):
            shutil.copytree(prepared / name, folder / name)
    for name in ("prepare", "annotate", "clean", "align")[1 if prepared else 0 :]:
        process = stage(folder, name)
        assert process.returncode == 0, process.stderr
    path = folder / "data/prepared/test.jsonl"
    if not prepared:
        write_rows(path, [*load(path)[:120], HOSTILE])
    return folder


def archive(root: Path, rate: float) -> Path:
    """Write an archive of a whole study on the repository's test sentences; ``rate``: how bad the teacher is."""
    metrics = {name: json.loads((root / f"metrics/{name}.json").read_text()) for name in METRICS[:4]}
    path = root / "runs.jsonl.xz"
    write_archive(path, study_runs(root, load(root / "data/prepared/test.jsonl"), metrics, rate))
    return path


def archive_without_gold(root: Path) -> Path:
    """Write an archive of groups B and C in the repository, once its first 60 target sentences stand in for test.

    The repository's files become those of a project that has no human label.
    """
    target = load(root / "data/prepared/target.jsonl")
    write_rows(root / "data/prepared/target.jsonl", stand_ins(target))
    write_rows(root / "data/prepared/test.jsonl", stand_ins(target[:60]))
    labelled = [row for row in load(root / "data/aligned/target.jsonl") if row["id"] != target[7]["id"]]
    write_rows(root / "data/aligned/target.jsonl", labelled)
    align = json.loads((root / "metrics/align.json").read_text())
    write_json(root / "metrics/align.json", {key: value for key, value in align.items() if "teacher" not in key})
    metrics = {name: json.loads((root / f"metrics/{name}.json").read_text()) for name in METRICS[:4]}
    metrics["train"] = {"seeds": [{"dev_f1": 0.5}] * 3}
    runs = []
    for number, group in enumerate("BC"):
        params = load_params(root / "params.yaml", {"train.group": group, "train.seeds": [1, 2, 3]})
        sections = {**params.model_dump(mode="json")}
        sections["prepare"] |= {"corpus": "none", "original_size": None}
        made_up = run(f"{group}-fixed", params, stand_ins(target[:60]), metrics, 0.1 + number / 10, labelled)
        runs.append(replace(made_up, sections=sections))
    path = root / "runs.jsonl.xz"
    write_archive(path, runs)
    return path


def workspace(root: Path, source: Run) -> None:
    """Write a run's files as the stages leave them, in a repository of git and DVC."""
    write_json(root / "metrics/evaluate.json", source.metrics["evaluate"])
    test = load(root / "data/prepared/test.jsonl")
    for seed, sentence_tags in source.predictions.items():
        rows = [prediction(row["id"], tags) for row, tags in zip(test, sentence_tags, strict=True)]
        write_rows(root / f"predictions/seed_{seed}.jsonl", rows)
    header, rows_of_curves = list(source.curves[0]), [list(row.values()) for row in source.curves]
    write_csv(root / "plots/curves_by_seed.csv", header, rows_of_curves)
    (root / "params.yaml").write_text(yaml.safe_dump(dict(source.sections), sort_keys=False))
    git = ["git", "-c", "user.name=Someone", "-c", "user.email=someone@example.org"]
    for command in (
        [*git, "init", "-q"],
        [sys.executable, "-m", "dvc", "init", "-q"],
        [*git, "add", "params.yaml", ".dvc"],
        [*git, "commit", "-qm", "made up"],
    ):
        subprocess.run(command, cwd=root, check=True, capture_output=True)
