"""Sources that DVC can't see change are said, each with what to do."""

import pytest

from tests.conftest import ROOT
from tinyner.params import Params, load_params
from tinyner.prepare import unwatched


def with_sources(**sources: str) -> Params:
    params = load_params(ROOT / "params.yaml")
    return params.model_copy(update={"prepare": params.prepare.model_copy(update=sources)})


@pytest.mark.parametrize(
    "source",
    ["data/own/more.csv", "./data/own/more.csv", f"/srv/more.csv#sha256={'a' * 64}", "wheel", "none", "corpus"],
)
def test_what_dvc_sees_or_a_sha256_holds_is_not_said(source: str) -> None:
    assert list(unwatched.lines(with_sources(related=source, target=source))) == []
    assert list(unwatched.lines(with_sources(corpus="data/own", student="hf:someone/student"))) == []


@pytest.mark.parametrize(
    ("key", "source", "line"),
    [
        (
            "related",
            "my/more.csv",
            "prepare.related: my/more.csv is not under data/own, so DVC does not see that it changes; append "
            "#sha256=HEX, its sha256, or put it under data/own, or run `dvc repro -f -s prepare` when it has changed",
        ),
        (
            "target",
            "data/own/../other.csv",
            "prepare.target: data/own/../other.csv is not under data/own, so DVC does not see that it changes; append "
            "#sha256=HEX, its sha256, or put it under data/own, or run `dvc repro -f -s prepare` when it has changed",
        ),
        (
            "conllpp",
            "https://example.org/test.txt",
            "prepare.conllpp: https://example.org/test.txt is a URL, so DVC does not see that it changes; append "
            "#sha256=HEX, its sha256, or run `dvc repro -f -s prepare` when it has changed",
        ),
        (
            "student",
            "models/student",
            "prepare.student: models/student is not under data/own, so DVC does not see that it changes; put it under "
            "data/own, or run `dvc repro -f -s prepare` when it has changed",
        ),
        (
            "corpus",
            "../corpus",
            "prepare.corpus: ../corpus is not under data/own, so DVC does not see that it changes; put it under "
            "data/own, or run `dvc repro -f -s prepare` when it has changed",
        ),
    ],
)
def test_what_dvc_does_not_see_is_said(key: str, source: str, line: str) -> None:
    assert list(unwatched.lines(with_sources(**{key: source}))) == [line]
