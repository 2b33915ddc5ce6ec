"""An experiment's cells and their data, from the files that the stages before left."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedTokenizerBase

from tinyner.errors import UserError
from tinyner.files import load
from tinyner.params import Params, Train
from tinyner.rows import Example, Sentence
from tinyner.train.cell import Cell, Data, cells, folder_digest, shares_of
from tinyner.train.compute import resolve
from tinyner.train.encode import Encoded, encode, load_tokenizer
from tinyner.train.engine import engine_of

STUDENT = Path("data/student")


@dataclass(frozen=True)
class Experiment:
    """What params.yaml and the files at hand come to."""

    cells: list[Cell]
    data: Data
    sizes: tuple[int, int]  # of the group, distilled and original, used by the schedule or not


def device_of(knobs: Train) -> str:
    """The device that ``train.device`` means on this machine.

    Raises:
        UserError: where it says cuda and there is none.
    """
    if knobs.device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if knobs.device == "cuda" and not torch.cuda.is_available() and engine_of() == "local":
        raise UserError("train.device: cuda, but torch sees no CUDA device here; set auto or cpu")
    return knobs.device


def experiment(everything: Params) -> Experiment:
    """The experiment of these parameters, in the current directory.

    Sentences of a kind that the schedule never draws are left out, so that a pure schedule of a
    blend is the same training as the group of that kind alone.

    Raises:
        UserError: where the parameters don't fit each other, the files or this machine.
    """
    knobs, labels = everything.train, everything.labels
    device = device_of(knobs)
    distilled, original = pools(knobs)
    sizes = (len(distilled), len(original))
    shares = shares_of(knobs)
    drawn: list[list[Any]] = [
        list(rows) if any(share[kind] for share in shares) else []
        for kind, rows in enumerate[list[Any]]((distilled, original))
    ]
    valid: list[Sentence] = _rows("data/prepared/valid.jsonl")
    if knobs.dev_size > len(valid):
        raise UserError(f"train.dev_size: {knobs.dev_size} sentences wanted, the valid split has {len(valid)}")
    tokenizer = tokenizer_of(knobs)

    def encoded(rows: list[Any], weights: list[list[float]] | None = None) -> Encoded:
        words, tags = [row["words"] for row in rows], [row["tags"] for row in rows]
        return encode(words, tags, tokenizer, labels, knobs.max_length, weights=weights)

    data = Data(
        encoded([*drawn[0], *drawn[1]], weights_of(drawn[0], drawn[1]) if knobs.vote_weights else None),
        encoded(valid[: knobs.dev_size]),
        encoded(_rows("data/prepared/test.jsonl")),
        (len(drawn[0]), len(drawn[1])),
    )
    compute, pad_id = resolve(knobs.compute, device), tokenizer.pad_token_id
    told = {"labels": labels, "pad_id": pad_id, "device": device, "compute": compute, "student": _student()}
    return Experiment(cells(knobs, data, **told), data, sizes)


def tokenizer_of(knobs: Train) -> PreTrainedTokenizerBase:
    """The student's."""
    return load_tokenizer(str(STUDENT), knobs.max_length)


def weights_of(distilled: Sequence[Example], original: Sequence[Sentence]) -> list[list[float]]:
    """What each word's loss counts: the share of the replies that agree on its tag; 1 of one reply, and of people's."""
    voted = [row.get("weights", [1.0] * len(row["words"])) for row in distilled]
    return [*voted, *([1.0] * len(row["words"]) for row in original)]


def pools(knobs: Train) -> tuple[list[Example], list[Sentence]]:
    """The group's distilled and original sentences.

    Raises:
        UserError: where the group needs sentences that are not there.
    """
    distilled: list[Example] = []
    original: list[Sentence] = []
    if knobs.group != "A":
        distilled += _prefix("data/aligned/target.jsonl", knobs, "target_size", "prepare.target and target_size")
    if knobs.group in ("C", "E"):
        distilled += _prefix("data/aligned/related.jsonl", knobs, "related_size", "prepare.related and related_size")
    if knobs.group in ("A", "D", "E"):
        original += _prefix("data/prepared/original.jsonl", knobs, "original_size", "prepare.original_size")
    return distilled, original


def _prefix(path: str, knobs: Train, key: str, source: str) -> list[Any]:
    rows, size = _rows(path), getattr(knobs, key)
    if not rows or size == 0:
        raise UserError(
            f"train.group: {knobs.group} needs sentences of which there are none (see {source} and train.{key}); "
            "A needs original ones, B target, C target and related, D A's and B's, E A's and C's"
        )
    if size is not None and size > len(rows):
        raise UserError(f"train.{key}: {size} sentences wanted, there are {len(rows)} (see {source})")
    return rows[:size]


@functools.cache
def _read(path: str, stamp: tuple[float, int]) -> list[Any]:
    return load(path)


def _rows(path: str) -> list[Any]:
    """A file's rows; a study asks for the same file many times."""
    file = Path(path)
    stamp = (file.stat().st_mtime, file.stat().st_size) if file.exists() else (0.0, 0)
    return _read(str(file.absolute()) if file.exists() else path, stamp)


@functools.cache
def _digest(folder: Path, stamp: float) -> str:
    return folder_digest(folder)


def _student() -> str:
    return _digest(STUDENT.absolute(), max(path.stat().st_mtime for path in STUDENT.rglob("*")))
