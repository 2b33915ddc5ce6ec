"""What an experiment left: its parameters, metrics, curves and predictions, from wherever it is kept.

DVC keeps experiments in one clone, and their predictions in its cache. An *archive* is one file that
git can hold: a line of JSON an experiment, compressed, without any sentence's text.
"""

import csv
import hashlib
import io
import json
import lzma
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from tinyner.bio import spans_to_tags, tags_to_spans
from tinyner.errors import UserError
from tinyner.output import output
from tinyner.rows import Sentence

METRICS = ("prepare", "annotate", "clean", "align", "train", "evaluate")
"""The files of metrics/ that a run carries, without .json."""


class CurveRow(TypedDict):
    """One epoch (from 0) of one seed, a row of plots/curves_by_seed.csv; ``dev_f1`` is None without a dev set."""

    seed: int
    epoch: int
    distilled_share: float
    original_share: float
    sentences: int
    lr: float
    loss: float
    dev_f1: float | None


@dataclass(frozen=True)
class Run:
    """One experiment. ``predictions``: by seed, IOB2 tags of the test sentences in their order.

    ``knobs`` is what its params.yaml says, sections in a mapping, unchecked: keys come and go, and a run stays.
    ``test`` is ``digest_of`` the test sentences, so that predictions are never held against others.
    """

    name: str
    knobs: Mapping[str, Any]
    metrics: Mapping[str, Any]  # content of metrics/*.json by stem
    curves: Sequence[CurveRow]
    predictions: Mapping[int, Sequence[Sequence[str]]]
    test: str


def digest_of(sentences: Iterable[Sentence]) -> str:
    """Hexadecimal sha256 of the sentences' ids, words and tags."""
    told = hashlib.sha256()
    for row in sentences:
        told.update(json.dumps([row["id"], row["words"], row.get("tags")], ensure_ascii=False).encode())
    return told.hexdigest()


def curves_of(text: str) -> list[CurveRow]:
    """The rows of plots/curves_by_seed.csv."""
    whole = ("seed", "epoch", "sentences")
    return [
        {key: int(value) if key in whole else float(value) if value else None for key, value in row.items()}  # type: ignore[misc]
        for row in csv.DictReader(io.StringIO(text))
    ]


def write_archive(path: Path, runs: Iterable[Run]) -> None:
    """Write runs, in their order; the same runs give the same bytes. The name ends in .jsonl.xz.

    Raises:
        UserError: where it can't be written.
    """
    lines = (json.dumps(_told(run), ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for run in runs)
    with output(path) as file:
        file.write(lzma.compress(b"".join(lines), preset=9))


def read_archive(path: Path) -> dict[str, Run]:
    """The runs of an archive by name, in their order.

    Raises:
        UserError: naming the file, and what is wrong with it.
    """
    try:
        lines = lzma.decompress(path.read_bytes()).decode().splitlines()
        runs = [_run(json.loads(line)) for line in lines]
    except OSError as error:
        raise UserError(f"{path}: can't be read: {error.strerror}") from None
    except (lzma.LZMAError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: no archive of runs: {error}; make it with `tinyner archive`") from None
    return {run.name: run for run in runs}


def _told(run: Run) -> dict[str, Any]:
    return {
        "name": run.name,
        "test": run.test,
        "params": dict(run.knobs),
        "metrics": dict(run.metrics),
        "curves": list(run.curves),
        "predictions": [
            {"seed": seed, "sentences": [_packed(tags) for tags in sentences]}
            for seed, sentences in run.predictions.items()
        ],
    }


def _run(told: Mapping[str, Any]) -> Run:
    return Run(
        told["name"],
        dict(told["params"]),
        told["metrics"],
        told["curves"],
        {one["seed"]: [_unpacked(text) for text in one["sentences"]] for one in told["predictions"]},
        told["test"],
    )


def _packed(tags: Sequence[str]) -> str:
    """Tags of a sentence in short: its length and its spans, or, where they are no valid IOB2, the tags.

    >>> _packed(["B-PER", "I-PER", "O"]), _packed(["I-PER", "O"])
    ('3 0-2-PER', 'I-PER O')
    """
    spans = tags_to_spans(tags)
    if spans_to_tags(spans, len(tags)) != list(tags):
        return " ".join(tags)
    return " ".join([str(len(tags)), *(f"{start}-{end}-{label}" for start, end, label in spans)])


def _unpacked(text: str) -> list[str]:
    """Undo ``_packed``.

    >>> _unpacked("3 0-2-PER"), _unpacked("I-PER O")
    (['B-PER', 'I-PER', 'O'], ['I-PER', 'O'])
    """
    first, *rest = text.split(" ")
    if not re.fullmatch("[0-9]+", first):
        return text.split(" ")
    spans = [(int(start), int(end), label) for start, end, label in (one.split("-", 2) for one in rest)]
    return spans_to_tags(spans, int(first))
