"""Archives: runs, their predictions included, in one file that git can hold.

DVC keeps experiments in one clone, and their predictions in its cache. An archive is compressed JSON, a line a run,
without any sentence's text. Each line has a checksum (``sealed_rows``); those of older versions have none.
"""

import functools
import json
import lzma
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NotRequired, cast

from pydantic import AfterValidator, Field, TypeAdapter
from typing_extensions import TypedDict

from tinyner.bio import spans_to_tags, tags_to_spans
from tinyner.errors import UserError
from tinyner.files import output
from tinyner.migration import todays_params
from tinyner.runs.calibration import Calibration
from tinyner.runs.metrics import check, check_reference, checked_metrics
from tinyner.runs.run import CurveRow, Details, Origin, Run
from tinyner.sealed_rows import read_line, seal


def _printable(name: str) -> str:
    if not name or not name.isprintable():
        raise ValueError("a name is shown in a row: it can't be empty, nor hold line ends or other control characters")
    return name


class _PackedSeed(TypedDict):
    """Predictions of one seed; each sentence as ``_packed`` writes it."""

    seed: int
    sentences: list[str]


class _Line(TypedDict):
    """A run as an archive has it, in this order of keys.

    Older archives lack ``origin`` and ``calibration``, which runs without probabilities lack too. ``stand_in`` is there
    only where the teacher's tags stand in for gold (``Details``).
    """

    name: Annotated[str, AfterValidator(_printable)]
    origin: NotRequired[Annotated[dict[str, Any], AfterValidator(Origin.model_validate)]]
    test: str
    stand_in: NotRequired[Annotated[str, Field(min_length=1)]]
    params: dict[str, Any]
    metrics: Annotated[Mapping[str, Any], AfterValidator(checked_metrics)]
    curves: Sequence[CurveRow]
    calibration: NotRequired[Calibration]
    predictions: list[_PackedSeed]


_LINE = TypeAdapter(_Line)

_SIZE_LIMIT, _STEP, _MEMORY_LIMIT = 1 << 30, 1 << 20, 1 << 30  # bytes


def write_archive(path: Path, runs: Iterable[Run]) -> None:
    """Write runs, in their order; the same runs give the same bytes. The name ends in .jsonl.xz.

    Raises:
        UserError: where it can't be written, or a run is not kept with its predictions.
    """
    _write(path, [seal(_text_of(run)) for run in runs])


def append_to_archive(path: Path, runs: Iterable[Run]) -> int:
    """Write runs behind those of an archive, which keep their bytes; return how many were added.

    A run that stands there already is left out. Without an archive there, one is made.

    Raises:
        UserError: as ``write_archive``; where the archive can't be read; where it has another run of the same name.
    """
    kept = _lines(path) if path.exists() else []
    held = _runs_of(path, kept)
    lines: list[bytes] = []
    for run in runs:
        if run.name not in held:
            lines.append(seal(_text_of(run)))
        elif _text_of(held[run.name]) != _text_of(run):
            raise UserError(
                f"{path}: has another run named {run.name}; rename the experiment, or write another archive"
            )
    if lines:
        _write(path, [*kept, *lines])
    return len(lines)


def _write(path: Path, lines: Iterable[bytes]) -> None:
    with output(path) as file:
        file.write(lzma.compress(b"".join(line + b"\n" for line in lines), preset=9))


def _text_of(run: Run) -> bytes:
    return json.dumps(_line_of(run), ensure_ascii=False, separators=(",", ":")).encode()


def _decompressed(path: Path) -> bytes:
    """Return what an xz file holds.

    Raises:
        UserError: where that is more than an archive of runs ever is.
        lzma.LZMAError: where the file is damaged, cut off or asks for more memory than xz takes at its best.
    """
    parts, size = [], 0
    packed = path.read_bytes()
    if not packed:
        raise lzma.LZMAError("it is empty")
    while packed:
        decompressor = lzma.LZMADecompressor(memlimit=_MEMORY_LIMIT)
        while not decompressor.eof:
            part = decompressor.decompress(packed, max_length=_STEP)
            packed = b""
            size += len(part)
            if size > _SIZE_LIMIT:
                raise UserError(f"{path}: holds more than {_SIZE_LIMIT} bytes, so it is no archive of runs")
            if not part and decompressor.needs_input and not decompressor.eof:
                raise lzma.LZMAError("it ends before the end")
            parts.append(part)
        packed = decompressor.unused_data
    return b"".join(parts)


def read_archive(path: Path) -> dict[str, Run]:
    """Read the runs of an archive, by name, in their order.

    Raises:
        UserError: naming the file, and what is wrong with it.
    """
    return _runs_of(path, _lines(path))


def _runs_of(path: Path, lines: Sequence[bytes]) -> dict[str, Run]:
    """Return the runs on an archive's lines, by name; raises as ``read_archive``."""
    runs: dict[str, Run] = {}
    for number, text in enumerate(lines, 1):
        where = f"{path}: line {number}"
        try:
            row = read_line(text, needs_checksum=False)
            where += _name_in_message(row)
            check(_LINE, row)
            run = _run_of(cast(_Line, row))
        except (ValueError, RecursionError) as error:
            raise UserError(f"{where}: no run: {error}; make the archive again with `tinyner archive`") from None
        if run.name in runs:
            raise UserError(f"{where}: a run of this name stands above already; make an archive of names that differ")
        runs[run.name] = run
    return runs


def _lines(path: Path) -> list[bytes]:
    try:
        lines = _decompressed(path).split(b"\n")
    except OSError as error:
        raise UserError(f"{path}: can't be read: {error.strerror}") from None
    except (lzma.LZMAError, ValueError) as error:
        raise UserError(f"{path}: no archive of runs: {error}; make it with `tinyner archive`") from None
    return lines if lines[-1] else lines[:-1]


def _name_in_message(line: Mapping[str, Any]) -> str:
    """Return the name on an archive's line for a message; "" where it has no printable name."""
    name = line.get("name")
    return f", {name}" if isinstance(name, str) and name and name.isprintable() else ""


def _line_of(run: Run) -> _Line:
    line: _Line = {
        "name": run.name,
        "origin": run.origin.model_dump(exclude_none=True),
        "test": run.test,
        "stand_in": run.details.stand_in or "",
        "params": dict(run.sections),
        "metrics": run.metrics,
        "curves": run.curves,
        "calibration": run.calibration or {"reliability": [], "thresholds": []},
        "predictions": [
            {"seed": seed, "sentences": [_packed(tags) for tags in sentences]}
            for seed, sentences in run.predictions.items()
        ],
    }
    if not line["origin"]:  # an older archive, read and written again, keeps its bytes
        del line["origin"]
    if not line["stand_in"]:
        del line["stand_in"]
    if not run.calibration:
        del line["calibration"]
    return line


def _run_of(line: _Line) -> Run:
    """Return the run on a line, which was checked before.

    Raises:
        ValueError: where its predictions are damaged, or it can't be told what they are held against.
    """
    origin, stand_in = Origin.model_validate(line.get("origin", {})), line.get("stand_in")
    details = Details(
        line["curves"],
        _predictions_of(line["predictions"]),
        line["test"],
        origin,
        stand_in,
        line.get("calibration"),
    )
    run = Run(line["name"], todays_params(line["params"]), line["metrics"], lambda: details)
    check_reference(run.metrics, stand_in)
    return run


def _predictions_of(parts: Sequence[_PackedSeed]) -> dict[int, list[list[str]]]:
    """Return predictions by seed; all seeds must have the same sentences.

    Raises:
        ValueError: naming the seed and the sentence, counted from 1.
    """
    if not parts:
        raise ValueError("predictions: expected those of a seed, found none")
    predictions: dict[int, list[list[str]]] = {}
    first_seed, count = parts[0]["seed"], len(parts[0]["sentences"])
    for part in parts:
        seed = part["seed"]
        if seed in predictions:
            raise ValueError(f"predictions: seed {seed} is there twice")
        if len(part["sentences"]) != count:
            raise ValueError(
                f"predictions: seed {seed} has {len(part['sentences'])} sentences, and seed {first_seed} has {count}"
            )
        predictions[seed] = []
        for number, text in enumerate(part["sentences"], 1):
            try:
                predictions[seed].append(_unpacked(text))
            except ValueError as error:
                raise ValueError(f"predictions: seed {seed}, sentence {number}: {error}") from None
    for seed, sentences in predictions.items():
        for number, (tags, first_tags) in enumerate(zip(sentences, predictions[first_seed], strict=True), 1):
            if len(tags) != len(first_tags):
                raise ValueError(
                    f"predictions: sentence {number} has {len(tags)} words for seed {seed}, and {len(first_tags)} for "
                    f"seed {first_seed}"
                )
    return predictions


def _packed(tags: Sequence[str]) -> str:
    """Return a sentence's tags in short: its length and its spans, or the tags where they are not valid IOB2.

    >>> _packed(["B-PER", "I-PER", "O"]), _packed(["I-PER", "O"])
    ('3 0-2-PER', 'I-PER O')
    """
    spans = tags_to_spans(tags)
    if spans_to_tags(spans, len(tags)) != list(tags):
        return " ".join(tags)
    return " ".join([str(len(tags)), *(f"{start}-{end}-{label}" for start, end, label in spans)])


@functools.lru_cache(100_000)  # seeds and runs agree on most sentences: a third of the time
def _unpacked(text: str) -> list[str]:
    """Undo ``_packed``; the same text gives the same list, which nobody changes.

    Raises:
        ValueError: where a text has neither form.

    >>> _unpacked("3 0-2-PER"), _unpacked("I-PER O")
    (['B-PER', 'I-PER', 'O'], ['I-PER', 'O'])
    """
    first, *rest = parts = text.split(" ")
    if not re.fullmatch("[0-9]{1,6}", first):
        wrong = next((tag for tag in parts if not re.fullmatch("O|[BI]-.+", tag)), None)
        if wrong is not None:
            raise ValueError(f"expected IOB2 tags, or a length and spans, found {wrong[:40]!r}")
        return parts
    matches = [re.fullmatch("([0-9]{1,6})-([0-9]{1,6})-(.+)", part) for part in rest]
    if None in matches:
        raise ValueError(f"expected START-END-TYPE, found {rest[matches.index(None)][:40]!r}")
    spans = [(int(match[1]), int(match[2]), match[3]) for match in matches if match]
    return spans_to_tags(spans, int(first))
