"""Runs held against other labels of the test sentences than those that they were scored on."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.compare.made_runs import GOLD, STAND_INS, TEST, labelled, predicting_run
from tests.conftest import ROOT
from tinyner import cli
from tinyner.compare.other_gold import agreed_tags, read_other_gold, table_by_labels
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
    assert table.title == "Strict scores by other gold of 30 test sentences, mean ± std over 2 seeds"
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
    own, other = (tables_of(Query(significance=pair, gold=gold), source) for gold in (None, "gold.jsonl"))
    assert own[-1].notes[0].startswith("many beats few by 45.0 ")
    assert other[-1].rows[0][2] == 0.0
    assert other[1].title == "many less few: 2 seeds, 40 sentences, 95 % CI, by other gold"
    assert other[-1].title.endswith(", 95 % CI, by other gold")
    assert other[-1].notes[-1].startswith("Held against the labels in gold.jsonl: 40 of 40 test sentences")
    against = Query(["few"], against="many", gold="gold.jsonl")
    for query in (against, Query(["few", "many"], all_pairs=True, gold="gold.jsonl")):
        assert tables_of(query, source)[-1].rows[0][2] == 0.0
    with pytest.raises(UserError, match=r"--type LOC: no such entity in gold.jsonl; there are PER"):
        tables_of(Query(["few", "many"], all_pairs=True, entity_type="LOC", gold="gold.jsonl"), source)


def test_gold_that_came_later_scores_runs_of_several_teachers(workspace: Path) -> None:
    """A test set that nobody had labelled, held against the tags of two teachers: its labels score both runs."""
    write_rows(workspace / "data/prepared/test.jsonl", STAND_INS)
    write_rows(workspace / "gold.jsonl", TEST[:1])  # all have the same words
    (workspace / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    params = load_params(ROOT / "params.yaml")
    teachers = {"mine": labelled(unlabelled=5), "other": labelled(tags=("B-LOC", "I-LOC", "O"))}
    runs = [predicting_run(name, params, right, teachers[name]) for name, right in (("mine", 10), ("other", 20))]
    write_archive(workspace / "agreeing.jsonl.xz", runs)
    tables = tables_of(Query(list(teachers), all_pairs=True, gold="gold.jsonl"), open_source(["agreeing.jsonl.xz"]))
    assert [column.name for column in tables[0].columns] == ["run", "P", "R", "F1"]
    for row, right in zip(tables[0].rows, (10, 20), strict=True):
        assert str(row[2]) == str(MeanStd.of([right / 40, (right + 1) / 40]))
    assert tables[-1].notes[0].startswith("other beats mine by ")
    assert "agreement" not in "".join(table.title + "".join(table.notes) for table in tables)


def test_a_sentence_with_several_labellings_is_left_out(source: RunSource, workspace: Path) -> None:
    several: list[Sentence] = [*rows(range(2), CORRECTED), {**rows(range(1), GOLD[0])[0], "id": "again"}]
    write_rows(workspace / "gold.jsonl", several)
    (table,) = tables_of(Query(["few"], gold="gold.jsonl"), source)
    assert table.notes[0].startswith("Held against the labels in gold.jsonl: 1 of 40 test sentences")


def test_what_is_noted_while_labels_are_read_stands_below(source: RunSource, workspace: Path) -> None:
    spans = {"text": "Ann0 Lee sings", "spans": [{"start": 0, "end": 8, "label": "PER"}]}
    rejected = {**spans, "answer": "reject"}
    write_rows(workspace / "gold.jsonl", [spans, rejected])
    (table,) = tables_of(Query(["few"], gold="gold.jsonl"), source)
    assert any("reject" in note for note in table.notes[1:])


@pytest.mark.parametrize("damage", ["a sentence", "a word"])
def test_damaged_predictions_are_a_line(source: RunSource, workspace: Path, damage: str) -> None:
    write_rows(workspace / "gold.jsonl", rows(range(40), CORRECTED))
    run = source.find("few")
    predictions = {seed: [*tags] for seed, tags in run.predictions.items()}
    predictions[1] = predictions[1][:-1] if damage == "a sentence" else [["O"], *predictions[1][1:]]
    details = replace(run.details, predictions=predictions)
    damaged = replace(run, read_details=lambda: details)
    with pytest.raises(UserError, match="they are damaged: make the run's predictions"):
        table_by_labels([damaged], read_other_gold("gold.jsonl"))


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["few", "--gold", "none.jsonl"], "none.jsonl: no such file"),
        (["few", "--gold", "spare.jsonl"], "--gold spare.jsonl: no sentence of data/prepared/test.jsonl stands there"),
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


def test_runs_of_another_test_set_are_refused(source: RunSource, workspace: Path) -> None:
    write_rows(workspace / "gold.jsonl", TEST[:1])
    write_rows(workspace / "data/prepared/test.jsonl", TEST)
    with pytest.raises(UserError, match=r"few: its predictions are of other test sentences than data/prepared/test"):
        tables_of(Query(["few"], gold="gold.jsonl"), source)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["O", "B-PER", "B-LOC"])), max_size=6))
def test_a_sentence_counts_only_where_all_its_labellings_agree(pairs: list[tuple[str, str]]) -> None:
    agreed = agreed_tags({"id": "1", "words": [word], "tags": [tag]} for word, tag in pairs)
    for word in "ab":
        tags = {tag for other, tag in pairs if other == word}
        assert agreed.get((word,)) == ([tags.pop()] if len(tags) == 1 else None)
