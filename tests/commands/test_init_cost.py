"""The requests and the cost that ``tinyner init`` says."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.init.conftest import folder, options  # noqa: F401, fixtures
from tests.init.workspace import labelled, planned, texts, write_csv, write_jsonl
from tinyner.commands.init_cost import cost_of
from tinyner.files import write_rows
from tinyner.init import summary
from tinyner.init.options import Options

OPENAI: dict[str, object] = {"annotate.annotator": "openai"}


@pytest.fixture(autouse=True)
def _nothing_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYNER_REPLIES", str(tmp_path / "replies"))


def said(options: Options, scratch: Path) -> tuple[str, str]:  # noqa: F811
    """Return the line with the cost, and what the LLM is sent."""
    made = planned(options, scratch)
    return cost_of(made)[0][0], summary.sent(made)


def dollars(line: str) -> tuple[float, float]:
    match = re.search(r"out: \$([\d.]+), at most \$([\d.]+)", line)
    assert match
    return float(match[1]), float(match[2])


def test_related_and_gold_sentences_are_requests_too(folder: Path, options: Options, tmp_path: Path) -> None:  # noqa: F811
    more = write_csv(tmp_path / "more.csv", texts(90)[50:])
    of_file = replace(options, changes={**OPENAI, "prepare.related": str(more)})
    cost, sent = said(of_file, tmp_path)
    assert cost.startswith(f"{50 + 40 + 9} requests, about ")
    assert sent == (
        "50 sentences, 40 related ones and, to be scored, 9 labelled ones without the labels, and the 3 examples "
        "with each"
    )
    cost, sent = said(replace(options, changes=OPENAI), tmp_path)
    assert cost.startswith("59 requests, ")
    assert sent.startswith("50 sentences and, to be scored, 9 labelled ones without the labels, and the 3 examples")


def test_with_examples_by_similarity_the_cost_is_that_of_as_many_of_this_train(
    folder: Path,  # noqa: F811
    options: Options,  # noqa: F811
    tmp_path: Path,
) -> None:
    changes = {**OPENAI, "annotate.few_shot": "similar", "annotate.shots": 3}
    # The pool of a project before is no part of this one.
    write_rows(folder / "data/prepared/original.jsonl", [{"id": "x", "words": ["x"] * 900, "tags": ["O"] * 900}] * 9)
    similar = replace(options, changes=changes)
    cost, sent = said(similar, tmp_path)
    assert cost.startswith(f"{50 + 12} requests, about ")
    assert sent.endswith("and with each the 3 most like it of 12 labelled ones, with their labels")
    usual, most = dollars(cost)
    fixed_usual, fixed_most = dollars(said(replace(options, changes=OPENAI), tmp_path)[0])
    assert usual < most
    assert most == pytest.approx(fixed_most, rel=0.3)
    assert usual == pytest.approx(fixed_usual, abs=0.01)
    few = replace(similar, changes={**changes, "annotate.shots": 12})
    assert cost_of(planned(few, tmp_path))[0][0].startswith("not known: annotate.few_shot: similar wants 12 examples")


def test_labels_in_files_cost_no_request(folder: Path, options: Options, tmp_path: Path) -> None:  # noqa: F811
    write_jsonl(folder / "data/own/rules.jsonl", labelled(50, first=0))
    of_files = {"annotate.annotator": "claude", "annotate.annotators.claude.labels": "data/own/rules.jsonl"}
    made = planned(replace(options, changes=of_files), tmp_path)
    assert cost_of(made) == (["nothing is sent: all labels are in files"], False)
    votes = replace(options, changes={**of_files, "annotate.annotator": ["claude", "openai"]})
    assert cost_of(planned(votes, tmp_path))[0][0].startswith("50 requests, ")
