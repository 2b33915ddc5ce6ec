"""Archives of runs: what is written is read, to the same bytes, and what is no archive is said in one line."""

from dataclasses import replace
from pathlib import Path

import pytest

from tinyner.errors import UserError
from tinyner.params import Params
from tinyner.revisions import Source
from tinyner.rows import Sentence
from tinyner.runs import Run, curves_of, digest_of, read_archive, write_archive

TEST: list[Sentence] = [{"id": "t0", "words": ["Ann", "Lee", "sings"], "tags": ["B-PER", "I-PER", "O"]}]
CSV = """seed,epoch,distilled_share,original_share,sentences,lr,loss,dev_f1
1,0,1.0,0.0,24,5e-05,1.5,
1,1,0.5,0.5,22,5e-05,0.5,0.25
"""


@pytest.fixture
def run(knobs: Params) -> Run:
    predictions = {1: [["B-PER", "I-PER", "O"]], 2: [["O", "I-PER", "B-LOC"]]}
    return Run(
        "e-fixed",
        knobs.model_dump(mode="json"),
        {"evaluate": {"f1": 0.5}},
        curves_of(CSV),
        predictions,
        digest_of(TEST),
    )


def test_what_is_written_is_read(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl.xz"
    write_archive(path, [run, replace(run, name="other")])
    found = read_archive(path)
    assert list(found) == ["e-fixed", "other"]
    assert found["e-fixed"] == run
    before = path.read_bytes()
    write_archive(path, found.values())
    assert path.read_bytes() == before


def test_an_archive_of_a_version_with_other_keys_is_read(run: Run, tmp_path: Path) -> None:
    train = {key: value for key, value in run.knobs["train"].items() if key != "vote_weights"} | {"forgotten": 1}
    older = replace(run, knobs={**run.knobs, "train": train})
    path = tmp_path / "runs.jsonl.xz"
    write_archive(path, [older])
    assert read_archive(path)["e-fixed"] == older
    assert Source([str(path)]).find("e-fixed").knobs["train.forgotten"] == 1


def test_an_epoch_without_a_dev_set_has_no_dev_f1(run: Run) -> None:
    assert [row["dev_f1"] for row in run.curves] == [None, 0.25]
    assert run.curves[1]["sentences"] == 22


def test_other_test_sentences_have_another_digest() -> None:
    assert digest_of(TEST) != digest_of([{**TEST[0], "tags": ["B-PER", "O", "O"]}])


@pytest.mark.parametrize("content", [b"", b"not xz", None])
def test_no_archive(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl.xz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=r"runs\.jsonl\.xz: (no archive of runs|can't be read)"):
        read_archive(path)
