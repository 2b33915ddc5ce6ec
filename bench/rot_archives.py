"""Archives of runs, as ``bench/rot.py`` damages them: the file, and its lines, as by an editor."""

import lzma
from pathlib import Path
from typing import Any

from rot_kind import Kind
from tinyner.runs.archive import read_archive, write_archive
from tinyner.runs.run import Details, Origin, Run

_PATH, _LINES = "runs.jsonl.xz", "lines"
_SECTIONS = {"types": {"PER": "a person"}, "train": {"lr": 5e-05, "epochs": 2, "seeds": [1, 2]}}
_SUMMARY = {"of": "micro", "precision": 0.82, "recall": 0.83, "f1": 0.825, "support": 3}
_STD = {"precision_std": 0.01, "recall_std": None, "f1_std": 0.005}


def _details() -> Details:
    curves: Any = [
        {"seed": 1, "epoch": 0, "distilled_share": 1.0, "original_share": 0.5, "sentences": 8, "lr": 5e-5}
        | {"loss": 0.25, "dev_f1": None}
    ]
    predictions = {seed: [["B-PER", "I-PER", "O"], ["O", "B-PER"]] for seed in (1, 2)}
    origin = Origin(commit="c0" * 20, lock="d1" * 32, inputs={"src/tinyner/bio.py": "e2" * 16})
    return Details(curves, predictions, "f3" * 32, origin)


def _make(folder: Path) -> Path:
    """Write two runs."""
    metrics = {"evaluate": {"f1": 0.825, "summary": [_SUMMARY | _STD], "cost_usd": 0.5}}
    write_archive(folder / _PATH, [Run(name, _SECTIONS, metrics, _details) for name in ("E-fixed", "E-„falling“")])
    return folder / _PATH


def _make_lines(folder: Path) -> Path:
    """Write their lines, which ``_read_lines`` packs."""
    (folder / _LINES).write_bytes(lzma.decompress(_make(folder).read_bytes()))
    return folder / _LINES


def _read(folder: Path) -> list[Any]:
    runs = read_archive(Path(_PATH))
    return [(name, run.sections, run.metrics, run.details) for name, run in runs.items()]


def _read_lines(folder: Path) -> list[Any]:
    (folder / _PATH).write_bytes(lzma.compress((folder / _LINES).read_bytes()))
    return _read(folder)


def _has_only(whole: list[Any], damaged: list[Any]) -> bool:
    """Return whether runs were taken out, whole, as whoever unpacks an archive may do."""
    return len(damaged) < len(whole) and all(run in whole for run in damaged)


KINDS = {
    "archive-file": Kind(_make, _read),
    "archive-lines": Kind(_make_lines, _read_lines, is_edit=_has_only, said_as=(_PATH,)),
}
