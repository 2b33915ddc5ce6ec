"""The related sentences of a file: by rank, as many as params.yaml says."""

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tinyner.corpus_files.reading import Reading
from tinyner.errors import UserError
from tinyner.params import Params, load_params
from tinyner.prepare import related


def params_of(path: Path, size: int | None) -> Params:
    changes = {"prepare.related": str(path), "prepare.related_size": size}
    return load_params(ROOT / "params.yaml", changes)


def test_a_smaller_sample_is_the_beginning_of_a_larger_one(tmp_path: Path) -> None:
    path = tmp_path / "more.csv"
    path.write_text("text\n" + "".join(f"Note {index} is here.\n" for index in range(9)))
    samples = {}
    for size in (4, None):
        params = params_of(path, size)
        samples[size] = related.sample(params.prepare, Reading.of(params))
    assert len(samples[None]) == 9
    assert samples[4] == samples[None][:4]
    assert {row["id"] for row in samples[None]} == {f"own-news-{index:05d}" for index in range(9)}
    params = params_of(path, 10)
    with pytest.raises(UserError, match=r"prepare\.related_size: 10 sentences wanted, the source has 9"):
        related.sample(params.prepare, Reading.of(params))


def test_none_are_none() -> None:
    params = load_params(
        ROOT / "params.yaml", {"prepare.related": "none", "prepare.related_size": 0, "train.group": "D"}
    )
    assert related.sample(params.prepare, Reading.of(params)) == []
