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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypedDict

from tinyner.bio import spans_to_tags, tags_to_spans
from tinyner.errors import UserError
from tinyner.files import output
from tinyner.rows import Sentence
from tinyner.runs.old_keys import todays_params
from tinyner.runs.schema import check

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
class Origin:
    """Where a run comes from, as far as that is known; older archives don't say.

    ``commit`` is that of the experiment or revision, None of a workspace, which need not be committed. ``baseline``
    is the commit that an experiment was made on, or the one that a workspace stands on. ``lock`` is the sha256 of
    its dvc.lock, in hexadecimal, which has the hashes of its code, data and outputs.
    """

    commit: str | None = None
    baseline: str | None = None
    lock: str | None = None


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
    origin: Origin = Origin()


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
        lines = lzma.decompress(path.read_bytes()).decode().split("\n")  # not at U+2028, which a text may hold
    except OSError as error:
        raise UserError(f"{path}: can't be read: {error.strerror}") from None
    except (lzma.LZMAError, ValueError) as error:
        raise UserError(f"{path}: no archive of runs: {error}; make it with `tinyner archive`") from None
    runs: dict[str, Run] = {}
    for number, line in enumerate(lines, 1):
        if not line and number == len(lines):
            break
        where = f"{path}: line {number}"
        try:
            told = json.loads(line)
            where += _own_name(told)
            run = _run(told)
        except (ValueError, RecursionError) as error:
            raise UserError(f"{where}: no run: {error}; make the archive again with `tinyner archive`") from None
        if run.name in runs:
            raise UserError(f"{where}: a run of this name stands above already; make an archive of names that differ")
        runs[run.name] = run
    return runs


def _own_name(told: Any) -> str:
    """A line's name for a message about it, where it has one that can be shown."""
    name = told.get("name") if isinstance(told, dict) else None
    return f", {name}" if isinstance(name, str) and name and name.isprintable() else ""


def _told(run: Run) -> dict[str, Any]:
    origin = {key: value for key, value in asdict(run.origin).items() if value is not None}
    return {
        "name": run.name,
        **({"origin": origin} if origin else {}),
        "test": run.test,
        "params": dict(run.knobs),
        "metrics": dict(run.metrics),
        "curves": list(run.curves),
        "predictions": [
            {"seed": seed, "sentences": [_packed(tags) for tags in sentences]}
            for seed, sentences in run.predictions.items()
        ],
    }


def _run(told: Any) -> Run:
    check(told)
    origin = {key: value for key, value in told.get("origin", {}).items() if key in Origin.__dataclass_fields__}
    predictions: dict[int, list[list[str]]] = {}
    for one in told["predictions"]:
        tagged: list[list[str]] = []
        for number, text in enumerate(one["sentences"], 1):
            try:
                tagged.append(_unpacked(text))
            except ValueError as error:
                raise ValueError(f"predictions: seed {one['seed']}, sentence {number}: {error}") from None
        predictions[one["seed"]] = tagged
    first, *others = predictions.items()
    for seed, tagged in others:
        for number, (tags, same) in enumerate(zip(tagged, first[1], strict=True), 1):
            if len(tags) != len(same):
                raise ValueError(
                    f"predictions: sentence {number} has {len(tags)} words for seed {seed}, and {len(same)} for seed "
                    f"{first[0]}"
                )
    return Run(
        told["name"],
        todays_params(told["params"]),
        told["metrics"],
        told["curves"],
        predictions,
        told["test"],
        Origin(**origin),
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

    Raises:
        ValueError: where a text is neither.

    >>> _unpacked("3 0-2-PER"), _unpacked("I-PER O")
    (['B-PER', 'I-PER', 'O'], ['I-PER', 'O'])
    """
    first, *rest = parts = text.split(" ")
    if not re.fullmatch("[0-9]{1,6}", first):
        wrong = next((tag for tag in parts if not re.fullmatch("O|[BI]-.+", tag)), None)
        if wrong is not None:
            raise ValueError(f"expected IOB2 tags, or a length and spans, found {wrong[:40]!r}")
        return parts
    matches = [re.fullmatch("([0-9]{1,6})-([0-9]{1,6})-(.+)", one) for one in rest]
    if None in matches:
        raise ValueError(f"expected START-END-TYPE, found {rest[matches.index(None)][:40]!r}")
    spans = [(int(one[1]), int(one[2]), one[3]) for one in matches if one]
    return spans_to_tags(spans, int(first))
