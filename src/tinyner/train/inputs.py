"""What params.yaml and the files of the stages before come to: cells, and the data that they train on."""

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from tinyner import pipeline_files
from tinyner.decoding import Decoder
from tinyner.errors import UserError
from tinyner.files import load, sha256_file
from tinyner.params import Params, Train
from tinyner.rows import Example, Sentence
from tinyner.schedules import shares_by_epoch
from tinyner.stand_ins import AGREEMENT, ALIGNED, held_out, is_stand_in, tags_of_teacher, without
from tinyner.train.backend import backend_name
from tinyner.train.balance import check_encoded, check_pool, check_rows
from tinyner.train.cell import Cell, Data
from tinyner.train.cell_key import data_digest
from tinyner.train.compute_choice import choose_compute
from tinyner.train.encode import encode
from tinyner.train.encoded import Encoded
from tinyner.train.gpu import why_no_cuda
from tinyner.train.subwords import Subwords, load_tokenizer

STUDENT = Path("data/student")

# Parameters that a cell has as they stand.
_AS_THEY_STAND = (
    *("batch_size", "max_length", "lr", "lr_decay", "weight_decay", "max_grad_norm"),
    *("checkpoint", "threads", "cuda_graphs"),
)


@dataclass(frozen=True)
class Inputs:
    """The cells of an experiment, one a seed, and their data."""

    cells: list[Cell]
    decoder: Decoder
    data: Data
    sizes: tuple[int, int]  # of the group, distilled and original, used by the schedule or not
    notes: list[str]  # on sentences that are held out, or stand in for test and dev
    dev_is_stand_in: bool  # its labels are the LLM's


def read_inputs(params: Params) -> Inputs:
    """Return the inputs that these parameters mean in the current directory.

    Sentences of a kind that the schedule never draws are left out, so that a pure schedule of a
    blend is the same training as the group of that kind alone.

    Raises:
        UserError: where the parameters don't fit each other, the files or this machine.
    """
    train_params, labels = params.train, params.labels
    device = choose_device(train_params)
    valid: list[Sentence] = _rows("data/prepared/valid.jsonl")
    test: list[Sentence] = _rows("data/prepared/test.jsonl")
    if train_params.dev_size > len(valid):
        raise UserError(f"train.dev_size: {train_params.dev_size} sentences wanted, valid has {len(valid)}")
    held_out_texts = held_out(params.prepare, test, valid)
    check_rows("data/prepared/valid.jsonl", valid, labels, "prepare")
    check_rows("data/prepared/test.jsonl", test, labels, "prepare")
    distilled, original = pools(train_params, held_out_texts, labels)
    shares = shares_by_epoch(train_params.schedule, train_params.group, train_params.epochs)
    drawn_distilled = distilled if any(w0 for w0, _ in shares) else []
    drawn_original = original if any(w1 for _, w1 in shares) else []
    tokenizer = read_tokenizer(train_params)

    def encoded(rows: Sequence[Any], word_weights: list[list[float]] | None = None) -> Encoded:
        words, tags = [row["words"] for row in rows], [row["tags"] for row in rows]
        return encode(words, tags, tokenizer, labels, train_params.max_length, word_weights=word_weights)

    dev, test, notes = _labelled(valid, train_params.dev_size, test)
    word_weights = word_weights_of(drawn_distilled, drawn_original) if train_params.vote_weights else None
    data = Data(
        encoded([*drawn_distilled, *drawn_original], word_weights),
        encoded(dev),
        encoded(test),
        (len(drawn_distilled), len(drawn_original)),
    )
    for what, rows, encoded_rows in (
        ("train", [*drawn_distilled, *drawn_original], data.train),
        ("dev", dev, data.dev),
        ("test", test, data.test),
    ):
        check_encoded(what, rows, encoded_rows, labels)
    cells = cells_of(
        train_params,
        data,
        labels=labels,
        pad_id=tokenizer.pad_id,
        device=device,
        compute=choose_compute(train_params.compute, device),
        student=_student_digest(),
    )
    notes = [*_held_out_notes(train_params, held_out_texts), *notes]
    return Inputs(cells, train_params.decode, data, (len(distilled), len(original)), notes, is_stand_in(valid))


def _labelled(
    valid: Sequence[Sentence], dev_size: int, test: Sequence[Sentence]
) -> tuple[list[Sentence], list[Sentence], list[str]]:
    """Return dev and test with tags, those of stand-ins from the teacher; and what is to be said of stand-ins.

    A stand-in without labels is left out of dev. In test it is labelled all the same, so it has O here; stage
    evaluate does not score it.
    """
    sets = {"dev": list(valid[:dev_size]), "test": list(test)}
    notes = []
    for name, is_of_teacher in (("dev", is_stand_in(valid)), ("test", is_stand_in(test))):
        rows = sets[name]
        if not rows or not is_of_teacher:
            continue
        tags_by_row = tags_of_teacher(rows, _rows(ALIGNED))
        sets[name] = [
            {**row, "tags": tags or ["O"] * len(row["words"])}
            for row, tags in zip(rows, tags_by_row, strict=True)
            if tags or name == "test"
        ]
        note = f"{name}: {len(rows)} target sentences stand in, with the LLM's labels; a score on them is {AGREEMENT}"
        failed = tags_by_row.count(None)
        notes.append(f"{note}; {failed} whose replies failed have no labels and don't count" if failed else note)
    return sets["dev"], sets["test"], notes


def _held_out_notes(train_params: Train, held_out_texts: set[str]) -> list[str]:
    """Return a line that says how many of the group's distilled sentences are kept out of training."""
    counts = []
    for corpus in _corpora(train_params):
        rows = _rows(f"data/aligned/{corpus}.jsonl")
        counts.append(f"{len(rows) - len(without(rows, held_out_texts))} of {len(rows)} {corpus}")
    if not counts or not held_out_texts:
        return []
    return [f"held out of training: {' and '.join(counts)} sentences, since test or valid has their text"]


def cells_of(
    train_params: Train, data: Data, *, labels: list[str], pad_id: int, device: str, compute: str, student: str
) -> list[Cell]:
    """Return the cells of an experiment, one a seed; ``student`` is the sha256 of its files."""
    shares = shares_by_epoch(train_params.schedule, train_params.group, train_params.epochs)
    digest = data_digest(data)
    return [
        Cell(
            seed=seed,
            shares=shares,
            **{name: getattr(train_params, name) for name in _AS_THEY_STAND},
            best_by=train_params.decode if train_params.checkpoint == "best" else "viterbi",
            labels=labels,
            pad_id=pad_id,
            device=device,
            compute=compute,
            student=student,
            data=digest,
        )
        for seed in train_params.seeds
    ]


def choose_device(train_params: Train) -> str:
    """Return the device that ``train.device`` means on this machine.

    Raises:
        UserError: where it says cuda and there is none.
    """
    if train_params.device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if train_params.device == "cuda" and not torch.cuda.is_available() and backend_name() == "local":
        raise UserError(f"train.device: cuda, but torch sees no CUDA device here: {why_no_cuda()}; or set auto or cpu")
    return train_params.device


def read_tokenizer(train_params: Train) -> Subwords:
    """Load the student's tokenizer."""
    return load_tokenizer(STUDENT, train_params.max_length)


def word_weights_of(distilled: Sequence[Example], original: Sequence[Sentence]) -> list[list[float]]:
    """Return what each word's loss counts: the share of the replies that agree on its tag.

    A word that one reply labelled, or a person, counts 1.
    """
    voted = [row.get("weights", [1.0] * len(row["words"])) for row in distilled]
    return [*voted, *([1.0] * len(row["words"]) for row in original)]


def pools(train_params: Train, held_out_texts: set[str], labels: Sequence[str]) -> tuple[list[Example], list[Sentence]]:
    """Return the group's distilled sentences, but for those that are held out, and its original ones.

    Raises:
        UserError: where the group needs sentences that are not there, or their rows don't add up.
    """
    distilled: list[Example] = []
    original: list[Sentence] = []
    for corpus in _corpora(train_params):
        path, key = f"data/aligned/{corpus}.jsonl", f"{corpus}_size"
        check_rows(path, _rows(path), labels, "align")
        rows = without(_rows(path), held_out_texts)
        held = "; some are held out, by prepare.test_from_target and valid_from_target" if held_out_texts else ""
        pool = _prefix(rows, train_params, key, f"prepare.{corpus} and {key}{held}")
        check_pool(path, _rows(path), pool, held_out_texts, getattr(train_params, key))
        distilled += pool
    if train_params.group in ("A", "D", "E"):
        rows = _rows("data/prepared/original.jsonl")
        check_rows("data/prepared/original.jsonl", rows, labels, "prepare")
        original += _prefix(rows, train_params, "original_size", "prepare.corpus and original_size")
    return distilled, original


def _corpora(train_params: Train) -> tuple[str, ...]:
    """Return the sets that the group's distilled sentences are from."""
    return {"A": (), "B": ("target",), "D": ("target",)}.get(train_params.group, ("target", "related"))


def _prefix(rows: list[Any], train_params: Train, key: str, source: str) -> list[Any]:
    size = getattr(train_params, key)
    if not rows or size == 0:
        raise UserError(
            f"train.group: {train_params.group} needs sentences of which there are none (see {source} and "
            f"train.{key}); A needs original ones, B target, C target and related, D A's and B's, E A's and C's"
        )
    if size is not None and size > len(rows):
        raise UserError(f"train.{key}: {size} sentences wanted, there are {len(rows)} (see {source})")
    return rows[:size]


@functools.cache
def _read(path: str, stamp: tuple[float, int]) -> list[Any]:
    return load(path)


def _rows(path: str) -> list[Any]:
    """Return a file's rows; a study asks for the same file many times."""
    file = Path(path)
    stamp = (file.stat().st_mtime, file.stat().st_size) if file.exists() else (0.0, 0)
    return _read(str(file.absolute()) if file.exists() else path, stamp)


def folder_digest(folder: Path) -> str:
    """Return the hexadecimal sha256 of the names and contents of a folder's files."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    digests = [(path.relative_to(folder).as_posix(), sha256_file(path)) for path in files]
    return hashlib.sha256(repr(digests).encode()).hexdigest()


@functools.cache
def _digest(folder: Path, stamp: float) -> str:
    pipeline_files.check_folder(folder)
    return folder_digest(folder)


def _student_digest() -> str:
    return _digest(STUDENT.absolute(), max(path.stat().st_mtime for path in STUDENT.rglob("*")))
