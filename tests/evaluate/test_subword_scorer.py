"""The paper's scorer: its supports come out exactly, and it counts as seqeval's default does."""

import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import ROOT
from tests.conll import conll_2003
from tokenizers import Tokenizer

from tinyner.bio import tags_to_spans
from tinyner.corpus_files.reading import Reading
from tinyner.evaluate.subword_scorer import (
    MAX_LENGTH,
    by_subword,
    entities,
    paper_entities,
    paper_scores,
    scores_of,
    with_special_tokens,
)
from tinyner.evaluate.subwords import count_subwords, load_tokenizer
from tinyner.prepare import corpus
from tinyner.rows import Sentence
from tinyner.scores import AVERAGES, Score, strict

TYPES = ["LOC", "MISC", "ORG", "PER"]
CONLLPP = ROOT.parent / "shared/data/conllpp_test.txt"
TAGS = st.sampled_from(["O", *(f"{position}-{name}" for name in TYPES for position in "BI")])
PAIRS = st.lists(st.lists(st.tuples(TAGS, TAGS), max_size=8), max_size=6)


@pytest.fixture(scope="module")
def tokenizer(student: Path) -> Tokenizer:
    return load_tokenizer(student)


@pytest.fixture(scope="module")
def official() -> list[Sentence]:
    return list(conll_2003("test"))


@pytest.mark.skipif(not CONLLPP.exists(), reason=f"{CONLLPP}, which never enters the repository, is not there")
def test_the_papers_supports_come_out_exactly(tokenizer: Tokenizer) -> None:
    rows = corpus.labelled(str(CONLLPP), "test", Reading.of_types(TYPES))[:-1]
    assert len(rows) == 3452
    words, tags = [row["words"] for row in rows], [row["tags"] for row in rows]
    scores = paper_scores(words, tags, tags, tokenizer, TYPES)
    assert {name: scores[name]["support"] for name in TYPES} == {"LOC": 2132, "ORG": 2669, "PER": 2768, "MISC": 1029}
    assert scores["micro"] == {"precision": 1, "recall": 1, "f1": 1, "support": 8598}
    # Each quirk is needed for them: with the O behind the last tag, not cut, counted strictly, they are others.
    counts = count_subwords(words, tokenizer)
    spread = [by_subword(*pair) for pair in zip(tags, counts, strict=True)]
    assert sum(len(entities(row)) for row in spread) != 8598
    assert sum(map(len, paper_entities(tags, counts, 512))) != 8598
    assert sum(len(tags_to_spans(with_special_tokens(row)[:MAX_LENGTH])) for row in spread) != 8598


def seqeval_scores(gold: list[list[str]], predicted: list[list[str]]) -> dict[str, Score]:
    """Return the scores of seqeval's default mode, in our shape."""
    from seqeval.metrics import classification_report  # it loads scikit-learn, which the other workers need not

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = classification_report(gold, predicted, output_dict=True, zero_division=0)
    empty = {"precision": 0, "recall": 0, "f1-score": 0, "support": 0}
    names = {**{name: f"{name} avg" for name in AVERAGES}, **{name: name for name in TYPES}}
    rows = {name: report.get(seqeval_name, empty) for name, seqeval_name in names.items()}
    return {
        name: {"precision": row["precision"], "recall": row["recall"], "f1": row["f1-score"], "support": row["support"]}
        for name, row in rows.items()
    }


@settings(deadline=None)
@given(PAIRS)
def test_entities_are_counted_as_seqeval_does(pairs: list[list[tuple[str, str]]]) -> None:
    gold, predicted = ([[pair[side] for pair in row] for row in pairs] for side in (0, 1))
    ours = scores_of([entities(row) for row in gold], [entities(row) for row in predicted], TYPES)
    if not any(tag != "O" for row in gold + predicted for tag in row):  # seqeval's report fails without any entity
        assert all(score == {"precision": 0, "recall": 0, "f1": 0, "support": 0} for score in ours.values())
        return
    expected = seqeval_scores(gold, predicted)
    assert list(ours) == list(expected)
    for name, score in ours.items():
        assert score == pytest.approx(expected[name]), name


@settings(deadline=None)
@given(PAIRS)
def test_strict_entities_have_the_strict_scores(pairs: list[list[tuple[str, str]]]) -> None:
    gold, predicted = ([[pair[side] for pair in row] for row in pairs] for side in (0, 1))
    ours = scores_of([tags_to_spans(row) for row in gold], [tags_to_spans(row) for row in predicted], TYPES)
    expected = strict(gold, predicted, TYPES)
    for name, score in ours.items():
        assert score == pytest.approx(expected[name]), name


def test_a_sentence_by_hand(tokenizer: Tokenizer) -> None:
    """Subwords nad ##im lad ##ki: gold is three entities, a student that finds no Ladki has one of its two right."""
    words, gold, predicted = [["Nadim", "Ladki"]], [["B-PER", "I-PER"]], [["B-PER", "O"]]
    assert count_subwords(words, tokenizer) == [[2, 2]]
    assert paper_entities(gold, [[2, 2]]) == [[(1, 2, "PER"), (2, 4, "PER"), (5, 6, "PER")]]
    assert paper_entities(predicted, [[2, 2]]) == [[(1, 2, "PER"), (2, 3, "PER")]]
    scores = paper_scores(words, gold, predicted, tokenizer, TYPES)
    assert scores["PER"] == {"precision": 1 / 2, "recall": 1 / 3, "f1": pytest.approx(2 / 5), "support": 3}
    assert strict(gold, predicted, TYPES)["PER"]["f1"] == 0


def test_a_long_sentence_is_cut_to_128_with_its_special_tokens(tokenizer: Tokenizer) -> None:
    """[CLS] and 127 subwords: the rest is not scored, neither of gold nor of the predictions."""
    words = [["Paris"] * 200]
    gold, predicted = [["B-LOC"] * 200], [["B-LOC"] * 127 + ["O"] * 73]
    assert paper_scores(words, gold, predicted, tokenizer, TYPES)["LOC"] == {
        "precision": 1, "recall": 1, "f1": 1, "support": 127,
    }  # fmt: skip
    assert paper_scores(words, gold, predicted, tokenizer, TYPES, max_length=512)["LOC"]["support"] == 200


def test_words_without_a_subword_have_no_tag(tokenizer: Tokenizer) -> None:
    words = [["\x00", "Paris", "\u200b"], ["\x01"], []]
    assert count_subwords(words, tokenizer) == [[0, 1, 0], [0], []]
    gold = [["B-ORG", "B-LOC", "B-ORG"], ["B-PER"], []]
    scores = paper_scores(words, gold, gold, tokenizer, TYPES)
    # A lone subword's tag falls on [SEP].
    assert paper_entities(gold, [[0, 1, 0], [0], []]) == [[(2, 3, "LOC")], [], []]
    assert {name: scores[name]["support"] for name in TYPES} == {"LOC": 1, "MISC": 0, "ORG": 0, "PER": 0}


def test_no_sentences_score_nothing(tokenizer: Tokenizer) -> None:
    scores = paper_scores([], [], [], tokenizer, TYPES)
    assert list(scores) == [*AVERAGES, *TYPES]
    assert all(score == {"precision": 0, "recall": 0, "f1": 0, "support": 0} for score in scores.values())


@pytest.mark.parametrize("predicted", [[["O"]], [["O", "O"], ["O"]], []])
def test_tags_that_do_not_fit_are_refused(predicted: list[list[str]], tokenizer: Tokenizer) -> None:
    with pytest.raises(ValueError, match="zip"):
        paper_scores([["a", "b"]], [["O", "O"]], predicted, tokenizer, TYPES)
