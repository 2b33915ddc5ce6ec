"""The page of one run reads as a report on that model: with gold, and without it as agreement with the teacher."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.report import made
from tests.report.test_page import outline
from tests.report.test_summary import text
from tinyner.report import answers, doubts, label_next
from tinyner.report.doubts import Doubt, Doubts, doubts_of
from tinyner.report.inputs import Corpus, Inputs
from tinyner.report.page import page
from tinyner.report.scored_runs import with_scores
from tinyner.report.sections import sections
from tinyner.rows import Example, Sentence
from tinyner.runs.run import Run
from tinyner.stand_ins import AGREEMENT

TEST = made.sentences(40)
POOL: list[Sentence] = [{"id": f"n{number}", "words": ["Rosa", "left", "<b>"]} for number in range(3)]
FIRST = ["scores", "answers", "calibration", "found", "confusions", "worst", "next"]


def as_own_corpus(run: Run) -> Run:
    """Give a run the parameters of a project of one's own."""
    sections = {**run.sections, "prepare": {**run.sections["prepare"], "corpus": "data/own"}}
    return replace(run, name="workspace", sections=sections)


def inputs(*runs: Run, by_teacher: bool = False, rows: Sequence[Doubt] = ()) -> Inputs:
    test = made.stand_ins(TEST) if by_teacher else TEST
    examples: dict[str, Example] = {row["id"]: row for row in made.labels(TEST)[3:]} if by_teacher else {}
    people: list[Sentence] = [] if by_teacher else made.sentences(9)
    corpus = Corpus("claude (cot)", made.TYPES, test, POOL, people, {}, examples, [], [], [])
    return Inputs(
        {run.name: run for run in runs}, {}, [], ["none of table2"], {}, "tinyner report", [corpus], Doubts(rows, 3)
    )


DOUBTS = [Doubt(POOL[0], [(0, 1, "PER")], [0.25])]


def test_one_run_is_a_report_on_that_model() -> None:
    page_inputs = inputs(as_own_corpus(made.small_run("E", 0.4)), rows=DOUBTS)
    made_sections = sections(page_inputs)
    assert [section.key for section in made_sections if not section.folded] == FIRST
    assert not {"weights", "confusion"} & {section.key for section in made_sections}
    contents = {section.key: str(section.content) for section in made_sections}
    assert [key for key in FIRST if 'class="advice"' in contents[key]] == [
        "scores", "calibration", "confusions", "worst", "next",
    ]  # fmt: skip
    assert len(re.findall("95 % CI 0", contents["scores"])) == 2 * 3  # micro, LOC, PER: in the description, and each
    assert "Test has no MISC, ORG" in text(contents["scores"])
    assert contents["calibration"].count("<svg") == 2
    assert "lowest score 0.25, not labelled by the LLM" in text(contents["next"])
    assert "MISC first: it has fewest examples" in text(contents["next"])
    assert "none of table2" not in contents["tables"]  # the paper's tables are of its own corpus
    assert contents["found"].count('class="finding"') == 3
    whole = page(page_inputs)
    outline(whole)
    assert "<h1>How good is this model?</h1>" in whole
    assert page(page_inputs) == whole


def test_without_gold_it_never_speaks_of_accuracy_or_f1() -> None:
    run = as_own_corpus(made.small_run("B", 0.4, by_teacher=True, group="B"))
    whole = page(inputs(run, by_teacher=True, rows=DOUBTS))
    outline(whole)
    assert "<h1>How far does this model agree with its teacher?</h1>" in whole
    assert 'class="warning">Nobody labelled the test set of the model' in whole
    first = text(whole.partition('<details class="section">')[0].partition("<main")[2])
    assert "F1" not in first
    assert not re.search("gold(?! says little)", first)  # claude's limits speak of gold
    assert first.count(AGREEMENT) + first.count(AGREEMENT.capitalize()) > 8


def test_long_sentences_with_a_mistake_are_counted_where_they_are_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    page_inputs = inputs(as_own_corpus(made.small_run("E", 0.4)), rows=DOUBTS)
    monkeypatch.setattr(answers, "LONGEST", 3)  # each has four words
    worst = next(text(section.content) for section in sections(page_inputs) if section.key == "worst")
    assert re.fullmatch(r"Sentences with a mistake and more than 3 words are not drawn: [1-9]\d*\.", worst.strip())


def test_two_runs_are_a_study() -> None:
    runs = [made.small_run("A", 0.4, group="A"), made.small_run("E", 0.1)]
    keys = [section.key for section in sections(inputs(*runs)) if not section.folded]
    assert keys == ["experiments", "dollars", "answers", "calibration", "found"]


def test_without_its_sentences_each_part_says_so() -> None:
    page_inputs = replace(inputs(as_own_corpus(made.small_run("E", 0.4))), corpora=[], doubts=Doubts())
    contents = {section.key: text(section.content) for section in sections(page_inputs)}
    assert all("not here" in contents[key] for key in ("scores", "answers", "confusions", "worst", "next"))
    outline(page(page_inputs))


def test_no_scored_run_is_said_and_what_was_left_out() -> None:
    (section,) = sections(inputs(replace(made.small_run("E"), metrics={})))
    assert "run `dvc repro`" in text(section.content)
    assert "Left out: E (no scores)" in text(section.content)


def test_types_with_fewest_examples_by_people_come_first() -> None:
    ((run,), _) = with_scores([made.small_run("E", 0.4)])
    page_inputs = inputs(run.run)
    drawn = str(label_next.section(run, page_inputs.corpora[0], Doubts()))
    assert re.findall(r'<th scope="row">(\w+)</th>', drawn) == ["MISC", "ORG", "LOC", "PER"]
    assert "None are listed: the model is not here" in text(drawn)


def test_a_sentence_that_people_labelled_is_no_doubt(tmp_path: Path) -> None:
    assert "not here" in doubts_of(tmp_path, POOL, []).reason
    (tmp_path / doubts.MODEL).mkdir(parents=True)
    (tmp_path / doubts.MODEL / "config.json").write_text("{}")
    assert (
        doubts_of(tmp_path, [{**POOL[0], "tags": ["O", "O", "O"]}], []).reason == "people labelled all target sentences"
    )
    assert doubts_of(tmp_path, POOL, POOL).reason == "people labelled all target sentences"
    broken = doubts_of(tmp_path, POOL, [])
    assert str(doubts.MODEL) in broken.reason
    assert not broken.rows


@pytest.mark.slow
def test_the_student_reads_what_nobody_labelled(student: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForTokenClassification

    torch.manual_seed(0)
    shape: dict[str, Any] = {
        "hidden_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 64,
    }
    config = BertConfig(**shape, id2label={0: "O", 1: "B-PER", 2: "I-PER"})
    model = BertForTokenClassification(config)
    with torch.no_grad():
        model.classifier.bias[1] = 0.5  # some entity in every sentence
    model.save_pretrained(tmp_path / doubts.MODEL)
    AutoTokenizer.from_pretrained(student).save_pretrained(tmp_path / doubts.MODEL)
    pool: list[Sentence] = [{"id": f"n{number}", "words": ["Rosa", f"left{number}"]} for number in range(30)]
    result = doubts_of(tmp_path, pool, pool[:4])
    assert result.read == 26
    assert len(result.rows) == doubts.MOST
    scores = [row.score for row in result.rows]
    assert scores == sorted(scores)
    assert all(0 < score < 1 for score in scores)
    assert not {row.sentence["id"] for row in result.rows} & {"n0", "n1", "n2", "n3"}
    assert doubts_of(tmp_path, pool, pool[:4]) == result
    with torch.no_grad():
        for weights in model.parameters():
            weights.zero_()
        model.classifier.bias[1] = 50.0
    model.save_pretrained(tmp_path / doubts.MODEL)
    assert "0.995 or more; label sentences drawn at random" in doubts_of(tmp_path, pool, []).reason
