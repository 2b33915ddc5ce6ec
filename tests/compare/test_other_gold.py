"""Runs held against other labels of the test sentences than those that they were scored on."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.compare.made_runs import GOLD, STAND_INS, TEST, labelled, predicting_run
from tests.conftest import ROOT
from tinyner import cli
from tinyner.compare.other_gold import OtherGold
from tinyner.compare.query import Query, tables_of
from tinyner.errors import UserError
from tinyner.files import write_rows
from tinyner.mean_std import MeanStd
from tinyner.params import load_params
from tinyner.rows import Sentence
from tinyner.runs.archive import write_archive
from tinyner.runs.lookup import open_source
from tinyner.runs.sources import RunSource
from tinyner.scores import strict
from tinyner.stand_ins import ALIGNED

SPARE: Sentence = {"id": "x", "words": ["Not", "of", "test"], "tags": ["O", "O", "O"]}
CORRECTED = ["B-PER", "O", "O"]


@pytest.fixture
def source(workspace: Path) -> RunSource:
    """Open an archive whose test set's first half has words of its own, so that a file can hold these alone."""
    test: list[Sentence] = [{**row, "words": [f"Ann{place}", "Lee", "sings"]} for place, row in enumerate(TEST)]
    write_rows(workspace / "data/prepared/test.jsonl", test)
    params = (ROOT / "params.yaml").read_text()
    (workspace / "params.yaml").write_text(params)
    runs = [predicting_run(name, load_params(ROOT / "params.yaml"), right, test=test) for name, right in RIGHT.items()]
    write_archive(workspace / "runs.jsonl.xz", runs)
    return open_source(["runs.jsonl.xz"])


RIGHT = {"few": 10, "many": 30}


def rows(places: range, tags: list[str]) -> list[Sentence]:
    """Return labels of some test sentences."""
    return [{"id": f"c{place}", "words": [f"Ann{place}", "Lee", "sings"], "tags": tags} for place in places]


def test_scores_are_by_the_other_labels_of_the_sentences_that_have_some(source: RunSource, workspace: Path) -> None:
    """The first 20 sentences have other tags, by which nothing is right; 20 to 29 the same, by which ``many`` is."""
    write_rows(workspace / "gold.jsonl", [*rows(range(20), CORRECTED), *rows(range(20, 30), GOLD[0]), SPARE])
    (table,) = tables_of(Query(["few", "many"], gold="gold.jsonl"), source)
    assert table.title == "Strict scores by other labels of 30 test sentences, mean ± std over 2 seeds"
    for name, (_, *other, own) in zip(RIGHT, table.rows, strict=True):
        predictions = source.find(name).predictions
        gold = [CORRECTED] * 20 + [GOLD[0]] * 10
        expected = [strict(gold, tags[:30], ["PER"])["micro"] for tags in predictions.values()]
        of_seeds = [(seed["precision"], seed["recall"], seed["f1"]) for seed in expected]
        assert [*map(str, other)] == [str(MeanStd.of(values)) for values in zip(*of_seeds, strict=True)]
        expected = [strict(GOLD[:30], tags[:30], ["PER"])["micro"] for tags in predictions.values()]
        assert str(own) == str(MeanStd.of([seed["f1"] for seed in expected]))
    assert table.notes[0] == (
        "Held against the labels in gold.jsonl: 30 of 40 test sentences, those that stand there word for word, and "
        "always with the same tags."
    )


def test_tests_are_by_the_other_labels_too(source: RunSource, workspace: Path) -> None:
    """By the test set ``many`` beats ``few``; by labels that have nothing right they are alike."""
    write_rows(workspace / "gold.jsonl", rows(range(40), CORRECTED))
    pair = [("many", "few")]
    own, other = (tables_of(Query(significance=pair, gold=gold), source)[-1] for gold in (None, "gold.jsonl"))
    assert own.notes[0].startswith("many beats few by 45.0 ")
    assert other.rows[0][2] == 0.0
    sentences = tables_of(Query(significance=pair, gold="gold.jsonl"), source)[1].title
    assert "40 sentences" in sentences
    with pytest.raises(UserError, match=r"--type LOC: no such entity in gold.jsonl; there are PER"):
        tables_of(Query(["few", "many"], all_pairs=True, entity_type="LOC", gold="gold.jsonl"), source)


def test_gold_that_came_later_scores_runs_that_agree_with_the_teacher(workspace: Path) -> None:
    """A test set that nobody had labelled: its labels score the runs; there is no other F1 beside it."""
    write_rows(workspace / "data/prepared/test.jsonl", STAND_INS)
    write_rows(workspace / ALIGNED, labelled())
    write_rows(workspace / "gold.jsonl", TEST[:1])
    (workspace / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    run = predicting_run("mine", load_params(ROOT / "params.yaml"), 10, labelled())
    write_archive(workspace / "agreeing.jsonl.xz", [run])
    (table,) = tables_of(Query(["mine"], gold="gold.jsonl"), open_source(["agreeing.jsonl.xz"]))
    assert [column.header for column in table.columns] == ["run", *(f"other gold {name}" for name in ("P", "R", "F1"))]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["few", "--gold", "none.jsonl"], "none.jsonl"),
        (["few", "--gold", "spare.jsonl"], "--gold spare.jsonl: none of its 1 sentences is one of data/prepared/test"),
        (["--gold", "spare.jsonl", "--table", "2"], "--gold spare.jsonl: goes with runs by their names and tests"),
    ],
)
def test_labels_that_score_nothing_are_refused(
    source: RunSource, workspace: Path, options: list[str], line: str
) -> None:
    write_rows(workspace / "spare.jsonl", [SPARE])
    with pytest.raises(UserError) as refused:
        cli.run(["compare", "--from", "runs.jsonl.xz", *options])
    assert line in str(refused.value)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["O", "B-PER", "B-LOC"])), max_size=6))
def test_a_sentence_counts_only_where_all_its_labellings_agree(pairs: list[tuple[str, str]]) -> None:
    gold = OtherGold.of("x", [{"id": "1", "words": [word], "tags": [tag]} for word, tag in pairs])
    for word in "ab":
        tags = {tag for other, tag in pairs if other == word}
        assert gold.tags_by_words.get((word,)) == ([tags.pop()] if len(tags) == 1 else None)
