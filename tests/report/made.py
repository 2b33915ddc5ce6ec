"""Runs made of gold tags that are spoilt at random, as many as a whole study has, and a repository for their sentences.

Nothing here is a result: the numbers only have the shape and the size of real ones.
"""

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import ROOT
from tinyner import params
from tinyner.bio import spans_to_tags, tags_to_spans
from tinyner.evaluate.__main__ import summary
from tinyner.files import load, write_csv, write_json, write_rows
from tinyner.params import Params
from tinyner.rows import Sentence, Span
from tinyner.runs.run import METRICS, CurveRow, Run, digest_of, write_archive
from tinyner.schedules import weights
from tinyner.scores import strict
from tinyner.study.plans import curve, table2, table3

TYPES = ["LOC", "MISC", "ORG", "PER"]
HOSTILE: Sentence = {
    "id": "hostile-<b>-00000",
    "words": ["<script>document.title='broken'</script>", '"><img', "src=x", "onerror=alert(1)>", "&amp;", "said"],
    "tags": ["B-PER", "B-ORG", "B-LOC", "B-MISC", "B-PER", "O"],
}
"""A test sentence that is markup, which every student gets wrong, so that the report shows it."""


def spoilt(sentence: Sentence, rate: float, chance: random.Random) -> list[str]:
    """Gold tags with some entities missed, retyped, cut short or invented; of HOSTILE all missed."""
    if sentence == HOSTILE:
        return ["O"] * len(sentence["words"])
    spans: list[Span] = []
    for start, end, label in tags_to_spans(sentence["tags"]):
        kind = chance.random()
        if kind > rate:
            spans.append((start, end, label))
        elif kind > rate * 0.65:
            spans.append((start, end, chance.choice(TYPES)))
        elif kind > rate * 0.35 and end - start > 1:
            spans.append((start + 1, end, label))
    free = [i for i, tag in enumerate(spans_to_tags(spans, len(sentence["words"]))) if tag == "O"]
    if free and chance.random() < rate * 0.6:
        at = chance.choice(free)
        spans.append((at, at + 1, chance.choice(TYPES)))
    return spans_to_tags(sorted(spans), len(sentence["words"]))


def distilled(knobs: Params) -> int:
    """How many distilled sentences an epoch draws at most."""
    target = knobs.train.target_size or knobs.prepare.target_size or 0
    return target + (knobs.train.related_size or knobs.prepare.related_size or 0) * (knobs.train.group in "CE")


def original(knobs: Params) -> int:
    """How many original sentences an epoch draws at most."""
    return knobs.train.original_size or knobs.prepare.original_size or 0


def run(name: str, knobs: Params, test: Sequence[Sentence], metrics: dict[str, object], rate: float) -> Run:
    """One run, whose students get about ``rate`` of the entities wrong."""
    predictions = {}
    curves: list[CurveRow] = []
    for seed in knobs.train.seeds:
        chance = random.Random(f"{name} {seed}")
        own = min(max(rate + chance.gauss(0, 0.012), 0.01), 0.95)
        predictions[seed] = [spoilt(row, own, chance) for row in test]
        shares = weights(knobs.train.schedule, knobs.train.group, knobs.train.epochs)
        for epoch, (w0, w1) in enumerate(shares):
            part = 1 - own - 0.4 * 0.6**epoch + chance.gauss(0, 0.01)
            loss = 0.05 + 0.6 * 0.55**epoch + own * 0.3 + chance.gauss(0, 0.01)
            lr = knobs.train.lr * knobs.train.lr_decay**epoch
            row: CurveRow = {
                "seed": seed,
                "epoch": epoch,
                "distilled_share": w0,
                "original_share": w1,
                "sentences": round(w0 * distilled(knobs)) + round(w1 * original(knobs)),
                "lr": lr,
                "loss": max(loss, 0.01),
                "dev_f1": max(part, 0.05),
            }
            curves.append(row)
    gold = [row["tags"] for row in test]
    scores = {seed: strict(gold, tags, TYPES) for seed, tags in predictions.items()}
    rows = summary(list(scores.values()))
    evaluate = {
        "f1": rows[0]["f1"],
        "f1_std": rows[0]["f1_std"],
        "summary": rows,
        "seeds": [
            {"seed": seed, "scores": [{"of": of, **one} for of, one in own_.items()]} for seed, own_ in scores.items()
        ],
    }
    if knobs.annotate.annotators[knobs.annotate.annotator].price is not None or knobs.train.group == "A":
        evaluate["cost_usd"] = 0.0
    return Run(
        name, knobs.model_dump(mode="json"), {**metrics, "evaluate": evaluate}, curves, predictions, digest_of(test)
    )


def sentences(count: int) -> list[Sentence]:
    """Short test sentences, each with a person and a place."""
    tags = ["B-PER", "I-PER", "O", "B-LOC"]
    return [
        {"id": f"t{number}", "words": ["Ann", "Lee", "in", f"Town{number}"], "tags": tags} for number in range(count)
    ]


def own(name: str, rate: float = 0.2, **changes: Any) -> Run:
    """A run on this repository's parameters but for some of train, ``__`` for a dot; on 40 ``sentences``."""
    dotted = {f"train.{key.replace('__', '.')}": value for key, value in changes.items()}
    knobs = params.load(ROOT / "params.yaml", {"train.seeds": [1, 2, 3], **dotted})
    return run(name, knobs, sentences(40), {}, rate)


def runs(root: Path, test: Sequence[Sentence], metrics: dict[str, object], rate: float, seeds: int = 3) -> list[Run]:
    """A run for each experiment of the paper's tables and a few of the learning curve, on a repository's parameters."""
    found = []
    for name, changes in {**table2(), **table3(), **curve()}.items():
        knobs = params.load(root / "params.yaml", {**changes, "train.seeds": list(range(1, seeds + 1))})
        chance = random.Random(name)
        size = knobs.train.original_size or 1000
        worse = {"A": 0.05, "B": rate, "C": rate, "D": rate / 3, "E": rate / 4}[knobs.train.group]
        found.append(run(name, knobs, test, metrics, 0.1 + worse + 4 / size + 0.04 * chance.random()))
    return found


def repository(folder: Path, annotator: str, prompt: str) -> Path:
    """A repository whose stages up to align have run on real sentences and recorded replies.

    Its test sentences are the first 120 and HOSTILE.
    """
    for name in ("prompts", "data/recorded", "data/own"):
        shutil.copytree(ROOT / name, folder / name)
    knobs = yaml.safe_load((ROOT / "params.yaml").read_text())
    knobs["prepare"] |= {"target_size": 120, "related_size": 80, "original_size": 200}
    knobs["annotate"] |= {"annotator": annotator, "prompts": {"target": prompt, "related": prompt}}
    (folder / "params.yaml").write_text(yaml.safe_dump(knobs))
    for stage in ("prepare", "annotate", "clean", "align"):
        done = subprocess.run(
            [sys.executable, "-m", f"tinyner.{stage}"], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    path = folder / "data/prepared/test.jsonl"
    write_rows(path, [*load(path)[:120], HOSTILE])
    return folder


def archive(root: Path, rate: float) -> Path:
    """An archive in the repository of a whole study on its test sentences; ``rate``: how bad the teacher is."""
    metrics = {name: json.loads((root / f"metrics/{name}.json").read_text()) for name in METRICS[:4]}
    path = root / "runs.jsonl.xz"
    write_archive(path, runs(root, load(root / "data/prepared/test.jsonl"), metrics, rate))
    return path


def workspace(root: Path, one: Run) -> None:
    """A run's files as the stages leave them, in a repository of git and DVC."""
    write_json(root / "metrics/evaluate.json", one.metrics["evaluate"])
    test = load(root / "data/prepared/test.jsonl")
    for seed, tags in one.predictions.items():
        rows = [{"id": row["id"], "tags": own} for row, own in zip(test, tags, strict=True)]
        write_rows(root / f"predictions/seed_{seed}.jsonl", rows)
    write_csv(root / "plots/curves_by_seed.csv", list(one.curves[0]), [list(row.values()) for row in one.curves])
    (root / "params.yaml").write_text(yaml.safe_dump(dict(one.knobs), sort_keys=False))
    git = ["git", "-c", "user.name=Someone", "-c", "user.email=someone@example.org"]
    for command in (
        [*git, "init", "-q"],
        [sys.executable, "-m", "dvc", "init", "-q"],
        [*git, "add", "params.yaml", ".dvc"],
        [*git, "commit", "-qm", "made up"],
    ):
        subprocess.run(command, cwd=root, check=True, capture_output=True)
