"""Significance tests between runs of archives."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from tests.compare.made_runs import STAND_INS, TEST, labelled, predicting_run
from tests.conftest import ROOT
from tinyner.compare import render
from tinyner.compare.query import Query, tables_of
from tinyner.compare.render_text import text
from tinyner.errors import UserError
from tinyner.files import write_rows
from tinyner.params import load_params
from tinyner.runs.archive import read_archive, write_archive
from tinyner.runs.lookup import open_source
from tinyner.runs.sources import FixedSource, RunSource
from tinyner.stand_ins import AGREEMENT

PAIR = ("D-decay", "A-fixed")
OTHER = ("B-fixed", "A-fixed")


@pytest.fixture
def source(workspace: Path) -> RunSource:
    """Open the archive in the workspace."""
    return open_source(["runs.jsonl.xz"])


def test_one_pair(source: RunSource) -> None:
    tables = tables_of(Query(significance=[PAIR]), source)
    assert [row[0] for row in tables[0].rows] == ["D-decay", "A-fixed"]
    assert tables[-1].title == "Differences, each pair by its own variance over seeds, 95 % CI"
    (sentence,) = tables[-1].notes
    assert sentence.startswith("D-decay beats A-fixed by 21.7 ± 0.6 F1 (95 % CI ")
    assert sentence.endswith(", 2 seeds).")
    assert "Holm" not in sentence


def test_several_pairs_are_a_family(source: RunSource) -> None:
    table = tables_of(Query(significance=[PAIR, OTHER]), source)[-1]
    assert all("after Holm over 2" in note for note in table.notes)
    assert table.rows[0][7] == pytest.approx(2 * float(str(table.rows[0][6])))
    table = tables_of(Query(["B-fixed", "C-fixed"], against="A-fixed"), source)[-1]
    assert [row[:2] for row in table.rows] == [("B-fixed", "A-fixed"), ("C-fixed", "A-fixed")]
    table = tables_of(Query(["A-fixed", "B-fixed", "C-fixed"], all_pairs=True), source)[-1]
    assert len(table.rows) == 3


def test_a_pair_that_is_named_again_is_one_comparison(source: RunSource) -> None:
    twice = [PAIR, OTHER, ("A-fixed", "D-decay"), OTHER]
    assert tables_of(Query(significance=twice), source)[-1] == tables_of(Query(significance=[PAIR, OTHER]), source)[-1]
    alone = tables_of(Query(significance=[PAIR, PAIR]), source)[-1]
    assert "Holm" not in alone.notes[0]
    expected = r"--significance A-fixed A-fixed: a run is compared with others, not with itself"
    with pytest.raises(UserError, match=expected):
        tables_of(Query(significance=[("A-fixed", "A-fixed")]), source)


def test_p_by_sentences_stands_in_the_table_of_several(source: RunSource) -> None:
    parts, single = tables_of(Query(significance=[PAIR]), source)[1:]
    several = tables_of(Query(significance=[PAIR, OTHER]), source)[-1]
    assert [column.header for column in several.columns[6:9]] == ["p", "p, Holm", "p, sentences"]
    by_sentence = next(row[5] for row in parts.rows if row[0] == "test sentences")
    assert several.rows[0][8] == single.rows[0][8] == by_sentence


def test_precision_and_p_are_different_fields_of_csv(source: RunSource) -> None:
    tables = tables_of(Query(significance=[PAIR]), source)
    rows = list(csv.DictReader(render.comma_separated(tables).splitlines()))
    assert [float(row["p"]) for row in rows if row["p"]] == [1.0, 1.0]
    assert [row["p_value"] != "" for row in rows] == [False, False, True, True, True, True]
    assert {"p_holm", "p_sentences"} < rows[0].keys()


def test_every_row_of_a_table_against_one(source: RunSource) -> None:
    assert len(tables_of(Query(table="2", against="A-fixed"), source)[-1].rows) == 8


def test_a_single_difference_is_split_into_seeds_and_sentences(source: RunSource) -> None:
    parts, whole = tables_of(Query(significance=[PAIR]), source)[1:]
    assert parts.title == "D-decay less A-fixed: 2 seeds, 40 sentences, 95 % CI"
    assert [row[0] for row in parts.rows] == ["seeds", "test sentences", "both"]
    assert {row[1] for row in parts.rows} == {whole.rows[0][2]}
    assert parts.rows[2][3:5] == whole.rows[0][4:6]
    seeds, sentences, both = (float(str(row[2])) for row in parts.rows)
    assert both == pytest.approx((seeds**2 + sentences**2) ** 0.5)


def test_a_small_p_is_not_printed_as_0(workspace: Path) -> None:
    strong = predicting_run("strong", load_params(ROOT / "params.yaml"), 38)
    details = replace(strong.details, predictions={1: strong.predictions[1]})  # two seeds would leave p larger
    write_archive(Path("strong.jsonl.xz"), [replace(strong, read_details=lambda: details)])
    source = open_source(["runs.jsonl.xz", "strong.jsonl.xz"])
    tables = tables_of(Query(significance=[("strong", "A-fixed")]), source)
    assert 0 < float(str(tables[-1].rows[0][6])) < 0.001
    lines = [line.split() for line in text(tables).splitlines() if line.startswith(" strong   A-fixed")]
    assert [line[6] for line in lines] == ["<0.001"]
    assert " $<$0.001 " in render.latex(tables)


def test_entities_of_one_type(source: RunSource) -> None:
    table = tables_of(Query(significance=[PAIR], entity_type="PER"), source)[-1]
    assert "D-decay beats A-fixed by 21.7 ± 0.6 F1 on PER (95 % CI " in table.notes[0]
    assert table.columns[2].name == "PER F1 x 100"
    with pytest.raises(UserError, match=r"--type ORG: no such entity in data/prepared/test.jsonl; there are PER"):
        tables_of(Query(significance=[PAIR], entity_type="ORG"), source)
    with pytest.raises(UserError, match=r"--type PER: goes with --significance, --against or --pairs"):
        tables_of(Query(["A-fixed"], entity_type="PER"), source)


def test_other_test_sentences(source: RunSource) -> None:
    write_rows(Path("data/prepared/test.jsonl"), TEST[:-1])
    query = Query(significance=[PAIR])
    with pytest.raises(UserError, match=r"D-decay: its predictions are of other test sentences .* `dvc repro prepare`"):
        tables_of(query, source)
    Path("data/prepared/test.jsonl").unlink()
    with pytest.raises(UserError, match=r"test.jsonl: is not here, .*; what is predicted is held against it$"):
        tables_of(query, source)


def test_damaged_predictions(workspace: Path) -> None:
    """All seeds alike too few, so that the archive itself is sound."""
    sound = read_archive(Path("runs.jsonl.xz"))["A-fixed"]
    predictions = {seed: tags[:-1] for seed, tags in sound.predictions.items()}
    details = replace(sound.details, predictions=predictions)
    write_archive(Path("short.jsonl.xz"), [replace(sound, name="short", read_details=lambda: details)])
    query = Query(significance=[("short", "A-fixed")])
    with pytest.raises(UserError, match=r"short: gold and predicted tags differ in shape; they are damaged: make the"):
        tables_of(query, open_source(["runs.jsonl.xz", "short.jsonl.xz"]))


def test_differences_of_agreement_are_called_so(workspace: Path) -> None:
    params = load_params(ROOT / "params.yaml")
    teacher = labelled(5)
    write_rows(workspace / "data/prepared/test.jsonl", STAND_INS)
    write_rows(workspace / "data/aligned/target.jsonl", teacher)
    runs = {name: predicting_run(name, params, right, teacher) for name, right in {"a": 30, "b": 10}.items()}
    runs["other"] = predicting_run("other", params, 20, labelled(6))
    runs["gold"] = predicting_run("gold", params, 20)
    source = FixedSource(runs)
    parts, whole = tables_of(Query(significance=[("a", "b")]), source)[1:]
    (sentence,) = whole.notes
    assert sentence.startswith("a beats b by ")
    assert " points of agreement with the teacher, not accuracy (95 % CI" in sentence
    assert "F1" not in sentence
    for table in (parts, whole):
        assert table.title.endswith(f", 95 % CI: {AGREEMENT}")
        assert f"{AGREEMENT} F1 x 100" in [column.header for column in table.columns]
    assert "35 sentences" in parts.title  # those that the teacher labelled
    of_type = tables_of(Query(significance=[("a", "b")], entity_type="PER"), source)[-1]
    assert " points of agreement with the teacher on PER, not accuracy (95 % CI" in of_type.notes[0]
    with pytest.raises(UserError, match=r"--type ORG: no such entity in data/aligned/target.jsonl; there are PER"):
        tables_of(Query(significance=[("a", "b")], entity_type="ORG"), source)
    for query in (Query(["a", "b"], against="gold"), Query(["a", "gold"], all_pairs=True)):
        with pytest.raises(UserError, match=r"^gold is scored against gold, and of a there is agreement with the"):
            tables_of(query, source)
    with pytest.raises(UserError, match=r"^a and other: not held against the same tags of the teacher"):
        tables_of(Query(["a", "b", "other"], all_pairs=True), source)
