"""Archives of runs: what is written is read, to the same bytes, and what is no archive is said in one line."""

import json
import lzma
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tinyner.errors import UserError
from tinyner.params import Params
from tinyner.rows import Sentence
from tinyner.runs.archive import append_to_archive, read_archive, write_archive
from tinyner.runs.calibration import calibration_of
from tinyner.runs.run import Details, Origin, Run, curves_of, digest_of
from tinyner.runs.sources import ArchiveSource
from tinyner.sealed_rows import read_line

TEST: list[Sentence] = [{"id": "t0", "words": ["Ann", "Lee", "sings"], "tags": ["B-PER", "I-PER", "O"]}]
CSV = """seed,epoch,distilled_share,original_share,sentences,lr,loss,dev_f1
1,0,1.0,0.0,24,5e-05,1.5,
1,1,0.5,0.5,22,5e-05,0.5,0.25
"""


@pytest.fixture
def run(params: Params) -> Run:
    predictions = {1: [["B-PER", "I-PER", "O"]], 2: [["O", "I-PER", "B-LOC"]]}
    details = Details(curves_of(CSV), predictions, digest_of(TEST))
    return Run("e-fixed", params.model_dump(mode="json"), {"evaluate": {"f1": 0.5}}, lambda: details)


def assert_same(run: Run, other: Run) -> None:
    """Assert that two runs are equal, with all that is read later."""
    assert (run, run.details) == (other, other.details)


def test_what_is_written_is_read(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl.xz"
    write_archive(path, [run, replace(run, name="other")])
    runs = read_archive(path)
    assert list(runs) == ["e-fixed", "other"]
    assert_same(runs["e-fixed"], run)
    before = path.read_bytes()
    write_archive(path, runs.values())
    assert path.read_bytes() == before


def test_runs_are_added_behind_those_that_keep_their_bytes(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl.xz"
    assert append_to_archive(path, [run]) == 1
    older = line_of(run, path)
    older["params"]["train"]["added_before"] = 1  # as a version wrote it that knew other keys, with other spacing
    path.write_bytes(lzma.compress((json.dumps(older) + "\n").encode()))
    other = replace(run, name="other")
    assert append_to_archive(path, [other]) == 1
    assert append_to_archive(path, [other]) == 0
    first, second = lzma.decompress(path.read_bytes()).decode().splitlines()
    assert (first, json.loads(second)["name"]) == (json.dumps(older), "other")
    before = path.read_bytes()
    with pytest.raises(UserError, match="has another run named other"):
        append_to_archive(path, [replace(run, name="third"), replace(other, metrics={"evaluate": {"f1": 0.25}})])
    assert path.read_bytes() == before


def test_calibration_is_kept_and_an_archive_without_it_keeps_its_bytes(run: Run, tmp_path: Path) -> None:
    calibration = calibration_of(
        "scores,probability,right,entities\ncalibrated,0.91,0.9,7\nuncalibrated,0.97,0.9,7\n",
        "threshold,precision,recall\n0.0,0.9,0.5\n",
    )
    details = replace(run.details, calibration=calibration)
    path = tmp_path / "runs.jsonl.xz"
    write_archive(path, [replace(run, read_details=lambda: details), replace(run, name="before")])
    runs = read_archive(path)
    assert runs["e-fixed"].calibration == calibration
    assert runs["e-fixed"].calibration is not None
    assert runs["before"].calibration is None
    assert b"calibration" not in lzma.decompress(path.read_bytes()).split(b"\n")[1]


@pytest.mark.parametrize("damage", [{"reliability": []}, {"reliability": [], "thresholds": [{"threshold": "high"}]}])
def test_damaged_calibration_is_refused(damage: dict[str, object], run: Run, tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl.xz"
    line = line_of(run, path)
    assert "no run: calibration.thresholds" in refused(path, {**line, "calibration": damage})


def test_a_file_that_is_no_plot_is_refused() -> None:
    with pytest.raises(ValueError, match="no plot of stage evaluate"):
        calibration_of("type,f1\nPER,0.5\n", "threshold,precision,recall\n0.0,0.9,0.5\n")


def test_an_archive_of_a_version_with_other_keys_is_read(run: Run, tmp_path: Path) -> None:
    train = {key: value for key, value in run.sections["train"].items() if key != "vote_weights"} | {"forgotten": 1}
    older = replace(run, sections={**run.sections, "train": train})
    path = tmp_path / "runs.jsonl.xz"
    write_archive(path, [older])
    migrated_train = train | {"vote_weights": True}  # what was done before the key came
    assert_same(read_archive(path)["e-fixed"], replace(older, sections={**older.sections, "train": migrated_train}))
    assert ArchiveSource([str(path)]).find("e-fixed").params["train.forgotten"] == 1


def test_an_epoch_without_a_dev_set_has_no_dev_f1(run: Run) -> None:
    assert [row["dev_f1"] for row in run.curves] == [None, 0.25]
    assert run.curves[1]["sentences"] == 22


def test_other_test_sentences_have_another_digest() -> None:
    assert digest_of(TEST) != digest_of([{**TEST[0], "tags": ["B-PER", "O", "O"]}])


def line_of(run: Run, path: Path) -> Any:
    """Return a run as a line of an archive without checksums has it, to be damaged."""
    write_archive(path, [run])
    return read_line(lzma.decompress(path.read_bytes()).removesuffix(b"\n"))


def refused(path: Path, *lines: object) -> str:
    """Return what is said of an archive of these lines."""
    path.write_bytes(lzma.compress("".join(f"{json.dumps(line)}\n" for line in lines).encode()))
    with pytest.raises(UserError) as caught:
        read_archive(path)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value).removeprefix(f"{path}: ")


Damage = Callable[[Any], None]
SCORE = {"of": "micro", "support": 1, "recall": 0.5, "f1": 0.5, "recall_std": 0.1, "f1_std": 0.1, "precision_std": 0.1}


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda line: line.update(metrics=[]), "metrics: expected an object"),
        (lambda line: line.update(params=None), "params: expected an object, found null"),
        (lambda line: line["metrics"].update(align=[]), "metrics.align: expected an object"),
        (
            lambda line: line["metrics"].update(evaluate={"summary": [SCORE]}),
            "metrics.evaluate.summary.0.precision: is missing",
        ),
        (lambda line: line["metrics"].update(train={"seeds": [{}]}), "metrics.train.seeds.0.dev_f1: is missing"),
        (
            lambda line: line["curves"][1].update(epoch="1"),
            'curves.1.epoch: input should be a valid integer, found "1"',
        ),
        (lambda line: line.update(predictions=[]), "predictions: expected those of a seed, found none"),
        (lambda line: line.pop("predictions"), "predictions: is missing"),
        (
            lambda line: line["predictions"][0].update(seed="1"),
            'predictions.0.seed: input should be a valid integer, found "1"',
        ),
        (lambda line: line["predictions"][1].update(seed=1), "predictions: seed 1 is there twice"),
        (
            lambda line: line["predictions"][1]["sentences"].pop(),
            "predictions: seed 2 has 0 sentences, and seed 1 has 1",
        ),
        (
            lambda line: line["predictions"][1].update(sentences=["4"]),
            "predictions: sentence 1 has 4 words for seed 2, and 3 for seed 1",
        ),
        (
            lambda line: line["predictions"][0].update(sentences=["what is this"]),
            "predictions: seed 1, sentence 1: expected IOB2 tags, or a length and spans, found 'what'",
        ),
        (
            lambda line: line["predictions"][0].update(sentences=["3 0-x-PER"]),
            "predictions: seed 1, sentence 1: expected START-END-TYPE, found '0-x-PER'",
        ),
        (
            lambda line: line["predictions"][0].update(sentences=["3 0-9-PER"]),
            "predictions: seed 1, sentence 1: span 0:9 is no range of a sentence of 3 words",
        ),
    ],
)
def test_damage_is_said_by_line_run_and_key(damage: Damage, message: str, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl.xz"
    sound, line = line_of(run, path), line_of(replace(run, name="second"), path)
    damage(line)
    assert (
        refused(path, sound, line)
        == f"line 2, second: no run: {message}; make the archive again with `tinyner archive`"
    )


@pytest.mark.parametrize("name", ["two\nlines", "\x1b[31mred", "", 7])
def test_names_that_would_break_a_row_are_refused(name: object, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl.xz"
    assert "no run: name: " in refused(path, {**line_of(run, path), "name": name})


def test_a_name_that_is_there_twice(run: Run, tmp_path: Path) -> None:
    """Two archives in one file are a sound xz file."""
    path = tmp_path / "runs.jsonl.xz"
    write_archive(path, [run])
    path.write_bytes(path.read_bytes() * 2)
    with pytest.raises(UserError, match=r"runs.jsonl.xz: line 2, e-fixed: a run of this name stands above already"):
        read_archive(path)


def test_a_line_that_was_edited_by_hand_is_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl.xz"
    write_archive(path, [run, replace(run, name="other")])
    lines = lzma.decompress(path.read_bytes())
    path.write_bytes(lzma.compress(lines.replace(b'"name":"other"', b'"name":"mine"')))
    with pytest.raises(UserError, match=r"runs.jsonl.xz: line 2: no run: its checksum doesn't fit: it was changed"):
        read_archive(path)


@pytest.mark.parametrize("line", [[], 1, "x", None])
def test_a_line_that_is_no_object(line: object, tmp_path: Path) -> None:
    assert refused(tmp_path / "runs.jsonl.xz", line).startswith("line 1: no run: is no JSON object")


def test_separators_of_lines_within_a_text_are_none(run: Run, tmp_path: Path) -> None:
    other = replace(run, sections={**run.sections, "types": {"PER": ["a\u2028b\x85c"]}})
    path = tmp_path / "runs.jsonl.xz"
    write_archive(path, [other])
    (read,) = read_archive(path).values()
    assert_same(read, other)


def from_(origin: Origin, run: Run) -> Run:
    """Return the run as if it came from elsewhere."""
    return replace(run, read_details=lambda: replace(run.details, origin=origin))


def test_where_a_run_comes_from_is_kept(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl.xz"
    assert "origin" not in line_of(run, path), "an archive of older ones keeps their bytes"
    origin = Origin(commit="c" * 40, baseline="b" * 40, lock="a" * 64)
    recorded = from_(origin, run)
    assert list(line_of(recorded, path))[:2] == ["name", "origin"]
    assert_same(read_archive(path)["e-fixed"], recorded)
    assert ArchiveSource([f"x-={path}"]).find("x-e-fixed").origin == origin
    write_archive(path, [from_(Origin(lock="a" * 64), run)])
    assert read_archive(path)["e-fixed"].origin == Origin(lock="a" * 64)


def test_what_a_run_was_held_against_is_kept(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl.xz"
    assert "stand_in" not in line_of(run, path), "an archive of runs with gold keeps its bytes"
    metrics = {"evaluate": {"teacher_agreement": 0.5, "teacher_agreement_summary": []}}
    stand_in = replace(run, metrics=metrics, read_details=lambda: replace(run.details, stand_in="d" * 64))
    line = line_of(stand_in, path)
    assert list(line)[:4] == ["name", "test", "stand_in", "params"]
    read = read_archive(path)["e-fixed"]
    assert_same(read, stand_in)
    assert (read.by_teacher, read.reference) == (True, "d" * 64)
    del line["stand_in"]
    assert "no run: its scores are against the teacher's tags, and its test set has gold;" in refused(path, line)
    against_gold = {**line, "stand_in": "d" * 64, "metrics": run.metrics}
    assert "no run: its scores are against gold, and its test set has no gold;" in refused(path, against_gold)


@pytest.mark.parametrize("content", [b"", b"not xz", None])
def test_no_archive(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl.xz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=r"runs\.jsonl\.xz: (no archive of runs|can't be read)"):
        read_archive(path)
